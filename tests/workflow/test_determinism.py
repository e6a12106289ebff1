"""The same input gives the same results: in another folder, on another number of cores."""

import pytest

from faultcast.io import content_digest

pytestmark = pytest.mark.workflow

RESULTS = "results/tiny"
TARGETS = (
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


def test_chain_from_catalog_to_faults_and_a_training_are_the_same_again(chain, fresh):
    fresh.snakemake(*(f"{RESULTS}/{target}" for target in TARGETS), cores=1)
    again, first = fresh / RESULTS, chain / RESULTS
    made = [
        path.relative_to(again)
        for path in sorted(again.rglob("*.*"))
        if path.is_file() and not {"logs", "benchmarks"} & set(path.relative_to(again).parts)
    ]
    kinds = {path.suffix for path in made}
    assert {".parquet", ".csv", ".json", ".safetensors", ".pdf", ".png"} <= kinds
    different = [
        str(path)
        for path in made
        if "checkpoints" not in str(path)
        and path.name != ".snakemake_timestamp"
        and content_digest(again / path) != content_digest(first / path)
    ]
    assert not different
