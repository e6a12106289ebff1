"""docs/deformation.md tells what forecasts come to on the real tiles."""

import csv
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

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "deformation.md").read_text()
HORIZONS = ("1", "3", "6", "12", "all")
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


@pytest.fixture(scope="module")
def other_tiles():
    """(domain, network, score, horizon) -> (mean, low, high) of the recorded table 3."""
    with (DOCS / "real-run/mmstt/table3.csv").open() as lines:
        return {
            tuple(row[key] for key in ("domain", "network", "score", "horizon")): tuple(
                float(row[key] or "nan") for key in ("mean", "low", "high")
            )
            for row in csv.DictReader(lines)
        }


def test_egms_tiles_without_a_network_of_the_page(other_tiles):
    columns = ("persistence", "trend_refitted", "ridge_chosen")
    rows = documented("EGMS, forecasts without a network", "On a track the horizon")[1:]
    for tile, (_, *cells, difference) in rows:
        domain = "egms_e" if tile == "E45N17, E" else tile.split(",")[0].replace(" ", "_")
        for network, cell in zip(columns, cells, strict=True):
            rmse = [other_tiles[domain, network, "RMSE", h][0] for h in HORIZONS]
            np.testing.assert_allclose(list(map(float, NUMBER.findall(cell))), rmse, atol=5.01e-4)
        found = other_tiles[domain, "ridge_chosen", "MSE minus trend_refitted", "all"]
        np.testing.assert_allclose(
            list(map(float, NUMBER.findall(difference))), found, atol=5.01e-3
        )
    assert len(rows) == 3


def test_stations_and_mexico_city_of_the_page(other_tiles):
    domains = ("gnss_e", "gnss_e, step", "gnss_e, after the step", "mexico_city")
    names = {
        "persistence": "persistence", "trend refitted": "trend_refitted", "ridge": "ridge_chosen",
        "MM-STT": "mmstt", "ConvLSTM": "convlstm", "ConvLSTM, all inputs": "convlstm_all",
        "STGCN": "stgcn", "STGCN, all inputs": "stgcn_all",
    }  # fmt: skip
    seen = 0
    for name, cells in documented("GNSS (`gnss_e`", "No network carries over"):
        if name not in names:
            continue
        for domain, cell in zip(domains, cells, strict=True):
            horizons = ("1", "3", "all") if domain == "mexico_city" else HORIZONS
            rmse = [other_tiles[domain, names[name], "RMSE", h][0] for h in horizons]
            np.testing.assert_allclose(list(map(float, NUMBER.findall(cell))), rmse, atol=5.01e-4)
        seen += 1
    assert seen == len(names)


@pytest.mark.real_data
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


@pytest.mark.real_data
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


@pytest.mark.real_data
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
