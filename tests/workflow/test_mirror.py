"""Real data from a mirror: fetched, checked, drawn."""

import shutil

import pytest

from faultcast.catalog.download import file_fault
from faultcast.catalog.registry import load_registry

pytestmark = [pytest.mark.workflow, pytest.mark.real_data]


def test_landers_is_fetched_from_the_mirror_and_drawn(fresh, shared_data):
    """No network, no address: what the mirror holds is enough for figure 6."""
    checkout = fresh.overlay({"papers": {"kamer2020": {"aftershocks": "landers"}}})
    checkout.overlays = (*checkout.overlays, mirror_of(checkout, shared_data))
    checkout.snakemake("fetch")
    registry = load_registry(checkout / "resources/datasets.yaml")
    # the program's own runs are wanted where they are at hand, as here
    needed = ("landers", "cfm_traces", "kamer_reference")
    files = [file for name in needed for file in registry[name].files]
    for file in files:
        assert file_fault(checkout / f"data/{file.path}", file) is None
    placed = [path for path in (checkout / "data").rglob("*") if path.is_file()]
    kept = {str(path.relative_to(checkout / "data")) for path in placed}
    assert {name for name in kept if not name.startswith(".partial")} == {f.path for f in files}

    shutil.rmtree(checkout / "data/.partial", ignore_errors=True)
    checkout.snakemake("results/tiny/kamer2020/figures/fig06.png")
    assert (checkout / "results/tiny/kamer2020/figures/fig06.png").stat().st_size > 20_000


def mirror_of(checkout, shared_data) -> str:
    path = "config/mirror.yaml"
    (checkout / path).write_text(f"mirror: {shared_data}\n", encoding="utf-8")
    return path
