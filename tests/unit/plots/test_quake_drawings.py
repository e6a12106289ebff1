"""Figures of HierarchicalQuake: drawn from tables as they are read back from their files."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from faultcast.grid import sinusoidal
from faultcast.plots import style
from faultcast.plots.hierarchicalquake import (
    fig01,
    fig_attention,
    fig_maps,
    fig_memory,
    fig_reliability,
)

FORMS = ["as_published_reset", "leak_free"]


def drawn(module, table, folder):
    """Figure of a table that went through its file, laid out."""
    table.to_csv(folder / "numbers.csv", index=False)
    figure = module.draw(pd.read_csv(folder / "numbers.csv"), "test")
    figure.draw_without_rendering()
    return figure


def texts(figure):
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def test_training_shows_seeds_transitions_and_the_floor(tmp_path):
    rows = []
    for form in FORMS:
        for seed in (0, 1, 2):
            for kind in ("train", "validation"):
                loss = 0.4 + 0.3 / np.arange(1, 6)
                rows += [
                    (form, kind, seed, 100 * i, value, value - loss[0])
                    for i, value in enumerate(loss)
                ]
        rows += [(form, "transition", 0, place, np.nan, np.nan) for place in (150, 250)]
    rows.append((FORMS[0], "floor", np.nan, np.nan, 0.3133, np.nan))
    columns = ["form", "kind", "seed", "iteration", "loss", "change"]
    figure = drawn(fig01, pd.DataFrame(rows, columns=columns), tmp_path)
    published, honest = figure.axes
    # three seeds of two curves, two transitions, and the floor where there is one
    assert [len(axis.lines) for axis in figure.axes] == [9, 8]
    assert published.get_ylabel() == "loss"
    assert honest.get_ylabel() == "change of the loss (nats)"
    assert honest.get_title() == "leak-free"
    (legend,) = figure.legends
    assert "loss floor 0.3133" in [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize("panels", [("leak_free",), ("leak_free", "as_published")])
def test_reliability_draws_what_is_shown(tmp_path, panels):
    rows = []
    curves = {
        "leak_free": [("temporal", "leak_free"), ("smoothed_map", "")],
        "as_published": [("temporal", "as_published_reset"), ("baseline", "as_published_reset")],
    }
    for panel in panels:
        for model, form in curves[panel]:
            for i, low in enumerate([0.0, 1e-4, 1e-3, 1e-2]):
                middle = max(low, 1e-6) * 1.5
                n = 10 ** (7 - i)
                shares = middle, 0.8 * middle, 1.2 * middle
                rows.append((panel, model, form, low, 10 * low, middle, n, *shares, i > 0))
    columns = [
        *("panel", "model", "form", "bin_low", "bin_high", "mean_probability", "n"),
        *("share", "low", "high", "is_shown"),
    ]
    figure = drawn(fig_reliability, pd.DataFrame(rows, columns=columns), tmp_path)
    assert len(figure.axes) == 2 * len(panels)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    # the floor, whose form is empty in the file, is there too
    assert labels == ["+ temporal attention", "honest map", "as forecast"]
    assert all(len(line.get_xdata()) == 3 for line in figure.axes[0].lines[:2])
    if len(panels) > 1:
        other = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
        assert other == ["state reset: a line a network", "as forecast"]


@pytest.mark.parametrize("unit", ["deg", "km"])
def test_maps_show_one_scale_the_coast_and_the_positives(tmp_path, unit):
    rows, columns = 12, 9
    row, column = np.divmod(np.arange(rows * columns), columns)
    x, y = (-121.0 + 0.5 * column, 33.0 + 0.3 * row) if unit == "deg" else (
        800.0 + 60.0 * column, 700.0 + 60.0 * row,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "kind": "cell", "row": row, "column": column, "x": x, "y": y,
            "label": (row == 3).astype(int), "recent": (column == 4) * 2,
            "honest": rng.uniform(1e-4, 1e-2, rows * columns), "as_published_reset": 0.4,
            "leak_free": rng.uniform(1e-4, 1e-2, rows * columns),
        }
    )  # fmt: skip
    crs = sinusoidal(27.0, 127.0).crs if unit == "km" else ""
    notes = pd.DataFrame(
        {"kind": ["day", "unit", "crs"], "text": ["2014-09-28", unit, crs], "row": np.nan}
    )
    figure = drawn(fig_maps, pd.concat([table, notes], ignore_index=True), tmp_path)
    panels = figure.axes[:4]
    titles = [axis.get_title() for axis in panels]
    assert titles == ["last year", "honest map", "as published,\nstate reset", "leak-free"]
    limits = {axis.collections[-1].get_clim() for axis in panels[1:]}
    assert len(limits) == 1
    assert limits.pop()[1] == 0.4
    for axis in panels:
        assert len(axis.lines[-1].get_xdata()) == columns
        coast = [c for c in axis.collections if isinstance(c, LineCollection)]
        assert len(coast) == 2
    assert "2014-09-28" in figure.get_suptitle()
    if unit == "km":
        style.save(figure, "test", tmp_path / "a.pdf", tmp_path / "a.png")
        assert (tmp_path / "a.png").stat().st_size > 10_000


def test_attention_marks_the_region_that_asks(tmp_path):
    rows = []
    for form in FORMS:
        for head in (0, 1):
            for number, query in enumerate(["most active", "median", "least active"]):
                for key in range(12):
                    ratio = 3.0 if key == 2 and form == "leak_free" else 1.0
                    place = divmod(number, 4), divmod(key, 4)
                    rows.append((form, head, query, *place[0], *place[1], ratio, 0.25, 11.5))
    columns = [
        *("form", "head", "query", "query_row", "query_column", "key_row", "key_column"),
        *("ratio", "day_to_day", "effective_regions"),
    ]
    figure = drawn(fig_attention, pd.DataFrame(rows, columns=columns), tmp_path)
    maps = figure.axes[:12]
    assert maps[0].get_title() == "as published,\nstate reset\nhead 1\n12 of 12, 25.0 %"
    assert maps[4].get_title() == "12 of 12, 25.0 %"
    corners = [axis.patches[0].get_xy() for axis in maps[::4]]
    assert corners == [(-0.5, -0.5), (0.5, -0.5), (1.5, -0.5)]
    # equal weights are not blown up to the full range of colours
    limits = [axis.collections[0].get_clim() for axis in maps[:4]]
    assert limits[0] == pytest.approx((1 / 1.02, 1.02))
    assert limits[3] == pytest.approx((1 / 3, 3))


def test_memory_says_how_often_it_is_shortest(tmp_path):
    n = 60
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "form": form,
                    "day": np.arange(n),
                    "date": pd.date_range("2013-07-20", periods=n, tz="UTC"),
                    "entropy": np.linspace(0.01, 0.5, n) if form == "leak_free" else 0.8,
                    "memory_length": 10,
                    "n_positive": np.arange(n) % 7,
                    "correlation": 0.25 if form == "leak_free" else np.nan,
                    "share_at_base": 1.0,
                }
            )
            for form in FORMS
        ]
    )
    figure = drawn(fig_memory, table, tmp_path)
    assert [axis.get_title() for axis in figure.axes[:2]] == [
        "as published,\nstate reset", "leak-free",
    ]  # fmt: skip
    # a correlation that is not known is not written
    assert texts(figure) == ["shortest on 100 % of days"] * 2 + ["correlation +0.25"]
    assert figure.axes[0].get_ylim()[0] < 10
