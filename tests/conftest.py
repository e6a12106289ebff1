"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest
from checkout import Checkout, copy_checkout, run_once
from fuzzing import SEED, done
from soak_report import update_report

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data, laid out as `data_dir`; the test is skipped without it."""
    folder = Path(os.environ.get("FAULTCAST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not at hand: {folder} is no folder; FAULTCAST_DATA names it")
    return folder


@pytest.fixture(scope="session")
def chain(tmp_path_factory, worker_id) -> Checkout:
    """The whole chain run once, short, on the simulated region; not to be changed."""
    base = tmp_path_factory.getbasetemp()
    return run_once(base if worker_id == "master" else base.parent)


@pytest.fixture
def finished(chain, tmp_path) -> Checkout:
    """A copy of the finished chain in which a test may change what it likes."""
    return chain.copy(tmp_path)


@pytest.fixture
def fresh(tmp_path) -> Checkout:
    """A copy in which nothing has run."""
    return copy_checkout(tmp_path)


def pytest_collection_modifyitems(items):
    """Put the runs of Snakemake first, so that no worker ends on a long one alone."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)


def pytest_terminal_summary(terminalreporter, exitstatus):
    """Tell how much damage was done (with one process: workers keep theirs).

    `SOAK_REPORT` (environment) is a page that gets the counts if nothing failed.
    """
    if done:
        terminalreporter.section(f"damage done, seed {SEED}")
        for (what, kind), count in done.items():
            terminalreporter.write_line(f"{what}: {count} {kind}")
    if (page := os.environ.get("SOAK_REPORT")) and done:
        if exitstatus == 0:
            update_report(Path(page), done, SEED)
        terminalreporter.write_line(f"{page} {'written' if exitstatus == 0 else 'left as it was'}")
