"""The same input gives the same results: in another folder, on other cores, in another time zone.

In the usual run a cut of the short chain is made again; with `SOAK_TWICE=demo` (environment), as
in `make soak`, all of the demo is made twice.
"""

import os
from collections import Counter

import pytest
import short_run
from checkout import DEMO, OVERLAYS, Checkout, copy_checkout
from fuzzing import done
from soak_report import TWICE

from faultcast.io import content_digest

pytestmark = [pytest.mark.workflow, pytest.mark.twice]

ALL_OF_THE_DEMO = os.environ.get("SOAK_TWICE") == "demo"
TARGETS = tuple(
    f"results/tiny/{target}"
    for target in (
        "kamer2020/figures/fig09.pdf",
        "kamer2020/figures/mechanisms.pdf",
        "kamer2020/tables/student_t.html",
        "kamer2020/tables/forecast_gap.html",
        "kamer2020/tables/relocated.html",
        "kamer2020/tables/catalog_variants.html",
        "kamer2020/tables/engines.html",
        "kamer2020/views/network3d.html",
        "faults/simulated/condensed/global_exact_2",
        "train/control_poisson/leak_free/eqpred/seed0/weights.safetensors",
        "hierarchicalquake/tables/table_controls.html",
    )
)
_LIMIT_S = 4 * 3600.0  # of one pass of the demo, on a machine that does other things


def measurements(checkout: Checkout) -> set[str]:
    """Return the files that are, or show, a measurement of time or memory."""
    found = set()
    for numbers in (checkout / "results").rglob("*_cost.csv"):
        name = numbers.stem.removesuffix("_cost")
        shown = {numbers.with_name(f"{name}.{kind}") for kind in ("png", "pdf", "html")}
        found |= {str(path.relative_to(checkout.folder)) for path in {numbers, *shown}}
    return found


@pytest.fixture
def first(request, tmp_path) -> Checkout:
    """What was made once, on two cores."""
    if not ALL_OF_THE_DEMO:
        chain: Checkout = request.getfixturevalue("chain")
        return chain
    checkout = copy_checkout(tmp_path / "once")
    checkout.overlays = DEMO
    checkout.snakemake(timeout_s=_LIMIT_S)
    return checkout


def test_all_is_the_same_again_in_another_folder_on_another_number_of_cores(first, tmp_path):
    again = copy_checkout(tmp_path / "zum zweiten Mal für 二度")
    again.overlays = DEMO if ALL_OF_THE_DEMO else OVERLAYS
    targets = () if ALL_OF_THE_DEMO else TARGETS
    # neither the order of Python's sets nor the local time may matter
    again.snakemake(*targets, cores=1, timeout_s=_LIMIT_S, PYTHONHASHSEED="1", TZ="Asia/Tokyo")

    made = [str(path) for path in short_run.results_of(again)]
    if ALL_OF_THE_DEMO:
        assert made == [str(path) for path in short_run.results_of(first)]
    left_out = measurements(again)
    equal = {
        path: content_digest(again / path) == content_digest(first / path)
        for path in made
        if path not in left_out
    }
    assert not [path for path, same in equal.items() if not same]
    kinds = Counter("." + path.rsplit(".", 1)[-1] for path in equal)
    assert {".parquet", ".csv", ".json", ".safetensors", ".pdf", ".png"} <= set(kinds)
    for kind, n in kinds.most_common():
        done[f"{TWICE}: {kind}", "same"] = n
    n_measured = len(left_out & set(made))
    if n_measured:
        done[f"{TWICE}: measurements of time and memory", "not compared"] = n_measured
