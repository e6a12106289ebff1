"""docs/deformation.md tells what the forecasts without a network come to on the real tile."""

import re
from pathlib import Path

import numpy as np
import pytest

from faultcast.deformation import (
    chronological_windows,
    gather,
    native_tile,
    read_egms,
    read_mexico_city,
)
from faultcast.evaluate.deformation_scores import score_table
from faultcast.evaluate.mmstt import errors
from faultcast.evaluate.mmstt.score_rows import score_rows
from faultcast.forecast.deformation_baselines import (
    fit_pooled_ridge,
    persistence,
    trend_annual,
)
from faultcast.forecast.tile_baselines import run_baselines

pytestmark = pytest.mark.real_data
TEXT = (Path(__file__).parents[3] / "docs/deformation.md").read_text()
NUMBER = re.compile(r"-?\d+\.\d+")
ROWS = {
    "persistence": "persistence",
    "trend + annual, refitted": "trend_refitted",
    "ridge, 30 lags": "ridge",
    "ridge, lags chosen": "ridge_chosen",
    "DLinear, 30 lags": "dlinear",
}
WINDOWS = {"n_in": 12, "n_out": 12, "test_days": 365, "n_blocks": 4, "validation_epochs": 46}


@pytest.fixture(scope="module")
def tiles(shared_data):
    name = "deformation/egms_L3_E45N17/EGMS_L3_E45N17_100km_{}_2020_2024_1.zip"
    return {c: native_tile(read_egms(shared_data / name.format(c))[0]) for c in "UE"}


def documented(start, end):
    """Return the rows of the tables between two headings: (first cell, other cells)."""
    part = TEXT.split(start, 1)[1].split(end, 1)[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return [(row[0].strip(), row[1:]) for row in rows]


def test_the_reference_scores_of_the_page(tiles):
    tile = tiles["U"]
    split = chronological_windows(tile.n_epochs, 30, 10)
    series, origins, years = tile.series, split.test, tile.years
    made = {
        "persistence": persistence(series, origins, 10),
        "trend + annual, train only": trend_annual(
            series, years, origins, 10, train_end=split.train_end
        ),
        "trend + annual, refitted": trend_annual(series, years, origins, 10),
        "pooled ridge, 30 lags": fit_pooled_ridge(series, split.train_end).predict(series, origins),
    }
    target = gather(series, origins, 1, 10)
    seen = 0
    for name, cells in documented("### The reference scores", "### With 12 horizons"):
        if name in made:
            scores = score_table(target, made[name], series[origins], {}, (1, 5, 10))
            whole = scores.set_index("horizon").loc["all"]
            found = [*scores["rmse_mm"], whole["mae_mm"], whole["r2_level"], whole["r2_increments"]]
            np.testing.assert_allclose(np.array(cells, float), found, atol=5.01e-4)
            seen += 1
    assert seen == len(made)


@pytest.mark.parametrize(
    ("component", "protocol", "column"),
    [("U", "chronological", 0), ("E", "chronological", 0), ("U", "leak_free", 2)],
)
def test_twelve_horizons_of_the_page(tiles, component, protocol, column):
    table, _ = run_baselines({component: tiles[component]}, protocol=protocol, **WINDOWS)
    made = score_rows([errors.numbers(table)], ("trend_refitted",))
    made = made.set_index(["network", "score", "horizon"]).sort_index()
    here, seen = False, 0
    for name, cells in documented("### With 12 horizons", "35 origins hold"):
        if not name:
            here = cells[0].split()[1] == component
        key = next((ROWS[text] for text in ROWS if name.startswith(text)), "")
        if not (here and key):
            continue
        rmse = made.loc[(key, "RMSE"), "mean"].loc[["1", "3", "6", "12", "all"]]
        told = [float(text) for text in NUMBER.findall(cells[column])]
        np.testing.assert_allclose(told, rmse, atol=5.01e-4)
        difference = [float(text) for text in NUMBER.findall(cells[column + 1])]
        if difference:
            row = made.loc[(key, "MSE minus trend_refitted", "all"), ["mean", "low", "high"]]
            np.testing.assert_allclose(difference, row.astype(float), atol=5.01e-3)
            seen += 1
    assert seen == 3


def test_where_the_printed_r2_is_trivial(tiles, shared_data):
    """Level R2 of persistence on every real tile at hand, as the page has it."""
    pairs = {f"E45N17, {c}": (tile.series[256:-2], tile.series[258:]) for c, tile in tiles.items()}
    folder = shared_data / "deformation"
    for name in ("E32N34", "E29N33", "E36N31", "E37N41"):
        path = folder / "egms_L3_author_artifacts" / f"{name}_native_cells_20221205_20221217.npz"
        with np.load(path) as held:
            pairs[f"{name}, U, {len(held['disp_mm']):,}"] = tuple(held["disp_mm"].T.astype(float))
    mexico = read_mexico_city(folder / "mexico_city_s1_cropA/derived_los_displacement_mm.npz")
    *before, last = mexico.series
    design = np.column_stack([np.ones(len(before)), mexico.years[:-1]])
    line = np.array([1.0, mexico.years[-1]]) @ np.linalg.lstsq(design, np.array(before))[0]
    pairs["Mexico City, last epoch 12 days"] = (before[-1], last)
    pairs["Mexico City, last epoch 12 days, straight line"] = (line, last)
    rows = documented("### Where a level R^2", "The four tiles after")
    assert len(rows) == len(pairs) + 1
    for name, cells in rows[1:]:
        label = f"{name}{cells[0].rstrip()}" if "Mexico" in name else name
        key = label if label in pairs else next(key for key in pairs if name.startswith(key))
        told, target = pairs[key]
        known = np.isfinite(told) & np.isfinite(target)
        rmse, deviation = np.sqrt(np.mean((told - target)[known] ** 2)), target[known].std()
        found = [deviation, rmse, 1 - (rmse / deviation) ** 2, deviation * np.sqrt(0.0003)]
        np.testing.assert_allclose([float(cell) for cell in cells[1:]], found, rtol=0, atol=5.01e-3)
