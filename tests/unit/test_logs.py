import logging
from pathlib import Path

import pytest

from faultcast import logs
from faultcast.errors import DataError


def test_an_error_is_told_on_the_screen_and_in_the_log(tmp_path, capfd):
    path = tmp_path / "made/job.log"
    with pytest.raises(SystemExit) as ended, logs.job(path) as logger:
        logger.info("begun")
        raise DataError("nothing but NaN")
    assert ended.value.code == 1
    assert capfd.readouterr().err == "faultcast: nothing but NaN\n"
    assert path.read_text() == "INFO faultcast: begun\nERROR faultcast: nothing but NaN\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_log_on_a_full_disk_hides_no_error(capfd):
    with pytest.raises(SystemExit), logs.job("/dev/full") as logger:
        logger.info("begun")
        raise DataError("nothing but NaN")
    assert capfd.readouterr().err == "faultcast: nothing but NaN\n"
    assert not logging.getLogger("faultcast").handlers


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_job_without_errors_ends_well_though_its_log_cannot_be_written(capfd):
    with logs.job("/dev/full") as logger:
        logger.info("begun")
    assert capfd.readouterr().err == ""


def test_the_level_of_the_package_is_as_it_was(tmp_path):
    before = logging.getLogger("faultcast").level
    with logs.to_file(tmp_path / "job.log") as logger:
        assert logger.level == logging.INFO
    assert logger.level == before
