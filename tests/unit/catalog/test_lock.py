import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from faultcast.catalog.lock import exclusive, read_lock, record_file
from faultcast.errors import DownloadError


def _record(job: tuple[str, int]) -> None:
    path, number = job
    for k in range(10):
        record_file(path, f"set{number}/file{k}", {"bytes": k, "sha256": str(number)})


def test_two_jobs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_record, [(str(path), number) for number in range(4)]))
    assert set(read_lock(path)) == {f"set{n}/file{k}" for n in range(4) for k in range(10)}
    assert not list(tmp_path.glob("*.partial"))


def test_no_lock_file_is_an_empty_one(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "lock.json") == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', '{"a": {"bytes": 1}}'])
def test_a_damaged_lock_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock.json").write_text(text)
    with pytest.raises(DownloadError, match=r"lock\.json is damaged .*delete it to record"):
        read_lock(tmp_path / "lock.json")


def test_a_held_lock_is_not_waited_for_without_end(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "a"),
        pytest.raises(DownloadError, match="another job has held"),
        exclusive(tmp_path / "a", wait_s=0.1),
    ):
        pass
    with exclusive(tmp_path / "a", wait_s=0.0):
        pass


def test_the_lock_file_is_plain_json(tmp_path: Path) -> None:
    record_file(tmp_path / "lock.json", "landers/landers.mat", {"bytes": 3, "sha256": "ab"})
    record = json.loads((tmp_path / "lock.json").read_text())
    assert record == {"landers/landers.mat": {"bytes": 3, "sha256": "ab"}}
