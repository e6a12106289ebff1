from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from faultcast.condense import assign_events, condensation_summary, condense
from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import fig09, fig10
from faultcast.evaluate.kamer2020.condensation import published_numbers
from faultcast.location import make_kernels
from faultcast.plots.kamer2020 import fig09 as draw09
from faultcast.plots.kamer2020 import fig10 as draw10

ROOT = Path(__file__).resolve().parents[3]


def cloud(n=400, seed=0):
    rng = np.random.default_rng(seed)
    sigma = 0.5 * np.exp(0.8 * rng.standard_normal((n, 3)))
    return make_kernels(
        np.arange(n).astype(str), np.zeros(n, int), np.ones(n),
        [30, 10, 2] * rng.standard_normal((n, 3)),
        np.array([np.diag(s**2) for s in sigma]),
    )  # fmt: skip


def test_fig09_curves_end_at_the_total():
    kernels = cloud()
    condensed = condense(kernels)
    table = fig09.numbers(kernels, condensed, n_points=50)
    for series, source in (("before", kernels), ("condensed", condensed)):
        curve = table[(table["series"] == series) & (table["kind"] == "curve")]
        assert len(curve) <= 50
        assert curve["n_kernels"].iloc[[0, -1]].tolist() == [0, len(source)]
        assert curve["cumulative_weight"].iloc[-1] == pytest.approx(400)
        assert (np.diff(curve["cumulative_weight"]) >= 0).all()
    marks = table[(table["series"] == "condensed") & (table["kind"] == "mark")]
    assert (marks["share_of_weight"] <= [0.05, 0.10]).all()
    weight = np.sort(condensed["weight"])
    count = marks["n_kernels"].iloc[1]
    assert weight[:count].sum() <= 40 < weight[: count + 1].sum()


def test_fig10_gathers_many_kernels_in_cells():
    condensed = condense(cloud())
    condensed = condensed.assign(n_events=np.arange(len(condensed)) % 3)
    each = fig10.numbers(condensed)
    assert set(each["kind"]) == {"kernel"}
    assert (each["panel"] == "a").sum() == len(condensed)
    assert (each["panel"] == "b").sum() == (condensed["n_events"] > 0).sum()
    cells = fig10.numbers(condensed, max_points=100)
    for panel, column in (("a", "weight"), ("b", "n_events")):
        part = cells[cells["panel"] == panel]
        shown = condensed[condensed[column] > 0]
        assert part["n_kernels"].sum() == len(shown) == part["n_in_panel"].iloc[0]
        assert part["value"].max() == shown[column].max()
        assert (part["kind"] == "cell").all()
    with pytest.raises(DataError, match="n_events"):
        fig10.numbers(condensed.drop(columns="n_events"))


def test_figures_draw_from_their_tables_alone(tmp_path):
    kernels = cloud(60)
    condensed = condense(kernels).assign(n_events=1)
    for module, table in (
        (draw09, fig09.numbers(kernels, condensed)),
        (draw10, fig10.numbers(condensed)),
        (draw10, fig10.numbers(condensed.assign(n_events=0))),
    ):
        table.to_csv(tmp_path / "numbers.csv", index=False)
        figure = module.draw(pd.read_csv(tmp_path / "numbers.csv"), "demo")
        assert len(figure.axes) >= 1
        figure.canvas.draw()


def test_published_numbers_are_those_of_the_registry():
    kernels = cloud(60)
    condensed = condense(kernels)
    assigned = assign_events(kernels, condensed, 20)
    summary = condensation_summary(kernels, condensed, assigned, assigned)
    ours = published_numbers(summary).set_index("id")["value"]
    printed = pd.read_csv(ROOT / "resources" / "published" / "kamer2020.csv")["id"]
    assert set(ours.index) <= set(printed)
    assert ours["fig09.n_events"] == 60
    assert ours["fig09.share_of_mixtures"] == 0
    # no event has several components, so there is no mean over such events
    assert "fig09.components_per_mixture" not in ours.index
    assert 0 < ours["fig10.condensed_size"] <= 100
