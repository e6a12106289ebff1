"""What befalls a run from outside: each is told in words, and the next run ends as it should."""

import os
import subprocess
import time

import pytest
import short_run
from checkout import Checkout
from disks import small_disk

pytestmark = pytest.mark.workflow

# the branch of the short run from the fetch over the network to the figure
FIGURE = short_run.TARGETS[0]
NUMBERS = FIGURE.replace(".png", ".csv")
EVENTS = f"{short_run.RESULTS}/catalog/fetched/events.parquet"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> tuple[Checkout, dict[str, str]]:
    """The branch run without harm, and the digests of what it made; not to be changed."""
    checkout = short_run.prepare(tmp_path_factory.mktemp("drawn"))
    checkout.snakemake(FIGURE)
    return checkout, short_run.digests(checkout)


def run(checkout: Checkout, target: str = FIGURE, code: int = 0) -> str:
    """Run the branch, which must end with `code`; return what the user sees."""
    done = checkout.snakemake(target, check=False)
    shown = done.stdout + done.stderr
    assert done.returncode == code, shown[-6000:]
    assert "Traceback" not in shown
    return shown


def remove(checkout: Checkout, *paths: str) -> None:
    """Remove results, so that they are made again."""
    for path in paths:
        (checkout / path).unlink()


def test_a_clock_that_was_ahead(drawn, tmp_path):
    """All was made ten years from now; then the clock was set right."""
    checkout = drawn[0].copy(tmp_path / "copy")
    ahead = time.time() + 10 * 365 * 86400
    for top in ("data", "results"):
        for path in (checkout / top).rglob("*"):
            os.utime(path, (ahead, ahead))
    remove(checkout, NUMBERS, FIGURE)
    shown = run(checkout, code=1)
    (cure,) = [line for line in shown.splitlines() if line.startswith("  find ")]
    assert "from the future. The clock was set back since" in shown
    assert not (checkout / NUMBERS).exists()

    subprocess.run(cure, shell=True, check=True, cwd=checkout.folder)
    run(checkout)
    assert short_run.digests(checkout) == drawn[1]


def test_two_snakemakes_in_one_folder(drawn, tmp_path):
    """The second is turned away and harms nothing."""
    checkout = drawn[0].copy(tmp_path / "copy")
    remove(checkout, NUMBERS, FIGURE)
    # the first is held up while it holds the folder
    with (checkout / "Snakefile").open("a") as stream:
        stream.write('\n\nonstart:\n    shell("while [ ! -e go ]; do sleep 0.1; done")\n')
    first = short_run.start(checkout, "--until", "network_map_figure")
    try:
        deadline = time.monotonic() + 300
        while not any((checkout / ".snakemake/locks").glob("*")):
            assert first.poll() is None and time.monotonic() < deadline, short_run.shown(checkout)
            time.sleep(0.1)
        shown = run(checkout, code=1)
    finally:
        (checkout / "go").touch()
        first.wait(600)
    assert "Error: Directory cannot be locked" in shown and "--unlock" in shown
    assert first.returncode == 0, short_run.shown(checkout)[-3000:]
    made = short_run.digests(checkout)
    assert {path: made[path] for path in drawn[1]} == drawn[1]


def test_an_input_that_vanishes_during_the_run(drawn, tmp_path):
    checkout = drawn[0].copy(tmp_path / "copy")
    remove(checkout, EVENTS)
    whole = (checkout / "Snakefile").read_text(encoding="utf-8")
    vanish = f'\n\nonstart:\n    shell("rm {short_run.FETCHED}")\n'
    (checkout / "Snakefile").write_text(whole + vanish, encoding="utf-8")
    shown = run(checkout, EVENTS, code=1)
    assert f"{short_run.FETCHED} (missing locally" in shown
    # the next run fetches it again
    (checkout / "Snakefile").write_text(whole, encoding="utf-8")
    run(checkout, EVENTS)
    assert short_run.digests(checkout) == drawn[1]


def test_a_disk_that_fills_up_twice_and_is_freed(drawn, tmp_path):
    """Results on a disk too small for an early job, then for Snakemake's own last records."""
    checkout = short_run.prepare(tmp_path / "fresh")
    disk = checkout / "results"
    with small_disk(disk, "size=40k"):
        for enlarged in ("200k", "20m"):
            shown = run(checkout, code=1)
            assert "faultcast: " in shown and "the disk is full: free some space" in shown
            assert "point the config key `results` elsewhere" in shown
            assert short_run.digests(checkout).items() <= drawn[1].items()
            assert short_run.leftovers(checkout) == []
            remount = ["mount", "-o", f"remount,size={enlarged}", str(disk)]
            subprocess.run(remount, check=True)
        run(checkout)
        assert short_run.digests(checkout) == drawn[1]


def test_a_full_disk_below_the_downloads(tmp_path):
    checkout = short_run.prepare(tmp_path / "fresh")
    with small_disk(checkout / "data", "size=16k"):
        shown = run(checkout, code=1)
        assert "faultcast: cannot write data/made/quakes.csv: No space left on device" in shown
        assert "free some space, mend the permissions or point the config key `data_dir`" in shown
        assert not (checkout / short_run.FETCHED).exists()


def test_catalogs_without_events_and_one_of_ten_thousand(tmp_path):
    checkout = short_run.prepare(tmp_path / "fresh")
    header = ",".join(short_run.COLUMNS.values()) + "\n"
    (checkout / "nothing.csv").write_text("")
    (checkout / "header.csv").write_text(header)
    short_run.quakes(10_000).to_csv(checkout / "large.csv", index=False)
    entry = {"format": "csv", "columns": short_run.COLUMNS}
    names = ("nothing", "header", "large")
    checkout = checkout.overlay(
        {
            "catalogs": {name: {"path": f"{name}.csv", **entry} for name in names},
            "network": {"catalog": "large"},
        },
        "sizes",
    )
    catalogs = [f"{short_run.RESULTS}/catalog/{name}/events.parquet" for name in names]
    done = checkout.snakemake(*catalogs, FIGURE, check=False)
    shown = done.stdout + done.stderr
    assert done.returncode == 1 and "Traceback" not in shown
    assert "faultcast: nothing.csv is empty" in shown
    assert "faultcast: header.csv holds no valid event" in shown
    assert [(checkout / path).exists() for path in catalogs] == [False, False, True]
    assert (checkout / FIGURE).stat().st_size > 20_000


def test_a_configuration_of_another_version(fresh):
    """Keys that this version lacks, and one that is a table now."""
    checkout = fresh.overlay(
        {
            "network": {"subsets": 4},
            "papers": {"eqpred": {"magnitude_min": 2.5, "epochs": 10}},
        }
    )
    done = checkout.snakemake(check=False)
    shown = done.stdout + done.stderr
    assert done.returncode == 1 and "Traceback" not in shown
    assert "the configuration has 3 fault(s)" in shown
    assert "network.subsets: no such key; did you mean 'n_subsets'?" in shown
    assert "papers.eqpred.epochs: no such key; known here: catalog" in shown
    assert "papers.eqpred.magnitude_min = 2.5: expected" in shown
    assert "docs/configuration.md" in shown and "CHANGELOG.md" in shown
    assert not (checkout / "results").exists()
