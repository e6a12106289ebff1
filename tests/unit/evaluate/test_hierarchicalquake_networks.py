"""Scores of trained networks: paired with the floors', and of the right files."""

from itertools import islice

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.cell_scores import SCORES
from faultcast.evaluate.hierarchicalquake import floor_scores, maps, table1, table_origins
from faultcast.evaluate.hierarchicalquake.network_scores import numbers
from faultcast.evaluate.hierarchicalquake.score_rows import COLUMNS
from faultcast.grid import WindowLabels
from faultcast.io import read_table, write_table
from faultcast.train.quake import run_quake
from faultcast.train.quake_result import join_trainings

UNITS = {"region_km": 4.0, "block_days": 10, "n_resamples": 40}
PARTS = ("test_days", "validation_before_test", "validation_days", "dropped_days", "warmup_days")


@pytest.fixture(scope="module")
def basis(quake_case):
    """Catalog, what labels it, lengths of its parts, maps."""
    lengths = {name: quake_case.settings[name] for name in PARTS}
    labels = {"magnitude_min": 4.0, "near": 2, "far": 6}
    choices = {**labels, "map_magnitudes": (3.0, 4.0), "n_origins": 2, **lengths}
    cube = quake_case.cube()
    return cube, choices, maps.numbers(cube=cube, **choices)


def trained(quake_case, basis, folder, form, variant, seeds=(0, 1)):
    cube, _, table = basis
    folder = folder / f"{form}-{variant}"
    folder.mkdir(parents=True)
    quick = {"passes": 1, "segments": 1, "pass_days": 16, "validate_every": 10}
    settings = quake_case.settings | quick | {"variant": variant, "form": form}
    join_trainings([run_quake(cube, table, **settings | {"seed": seed}) for seed in seeds]).write(
        {},
        weights=str(folder / "weights.safetensors"),
        history=str(folder / "history.csv"),
        record=str(folder / "run.json"),
    )
    return folder / "weights.safetensors", folder / "run.json"


@pytest.fixture(scope="module")
def files(quake_case, basis, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trainings")
    return {
        (form, variant): trained(quake_case, basis, folder, form, variant)
        for form, variant in [
            ("leak_free", "temporal"), ("leak_free", "baseline"), ("as_published_reset", "baseline")
        ]
    }  # fmt: skip


@pytest.fixture(scope="module")
def leak_free(basis, files):
    weights, records = zip(
        files["leak_free", "temporal"], files["leak_free", "baseline"], strict=True
    )
    cube, _, table = basis
    return numbers(
        cube=cube, maps=table, weights=weights, records=records, form="leak_free", **UNITS
    )


def test_every_network_is_scored_at_every_origin_and_seed(leak_free):
    table, bins = leak_free
    assert tuple(table.columns) == COLUMNS
    assert table["model"].unique().tolist() == ["baseline", "temporal"]
    assert set(zip(table["seed"], table["origin"], strict=True)) == {
        (seed, origin) for seed in (0, 1, -1) for origin in (0, 1, -1)
    }
    assert len(table) == 2 * 9 * (len(SCORES) + 1)
    assert set(table["kind"]) == {"network"} and set(table["parts"]) == {"rolling"}
    assert bins.groupby(["model", "seed", "origin"])["n"].sum().eq(54 * 120).all()


def test_means_over_seeds_and_origins(leak_free):
    table, _ = leak_free
    values = table.pivot_table("value", ["model", "score", "origin"], "seed")
    np.testing.assert_allclose(values[-1], (values[0] + values[1]) / 2)
    over = table.pivot_table("value", ["model", "score", "seed"], "origin")
    np.testing.assert_allclose(over[-1], (over[0] + over[1]) / 2)


@pytest.fixture(scope="module")
def floors(basis):
    """The first three floors, which need no long history."""
    cube, choices, _ = basis
    every = floor_scores.fitted_floors
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor_scores, "fitted_floors", lambda *a, **k: islice(every(*a, **k), 3))
        return floor_scores.numbers(cube=cube, **choices, **UNITS)[0]


def test_differences_are_paired_with_the_floors_by_the_same_draws(floors, leak_free):
    rolling = floors[floors["parts"] == "rolling"].set_index(["model", "origin", "score"])
    honest = rolling.loc["smoothed_map"]
    table, _ = leak_free
    compared = table[table["score"] != "val_loss"]
    base = honest["value"].reindex(list(zip(compared["origin"], compared["score"], strict=True)))
    np.testing.assert_allclose(
        compared["difference"], compared["value"] - base.to_numpy(), atol=1e-12
    )
    # the honest map gains the same over the uniform rate in both jobs
    gains = compared.pivot_table("value", ["model", "seed", "origin"], "score")
    gap = gains["information_gain_poisson"] - gains["information_gain"]
    expected = honest["value"].xs("information_gain_poisson", level="score")
    np.testing.assert_allclose(gap, expected.reindex(gap.index.get_level_values("origin")))


def test_the_validation_loss_has_no_interval(leak_free):
    table, _ = leak_free
    loss = table[table["score"] == "val_loss"]
    assert loss["value"].gt(0).all()
    ends = ["low", "high", "difference", "difference_low", "difference_high"]
    assert loss[ends].isna().all(axis=None)


def test_published_forms_are_scored_on_the_lineage_s_days(basis, files):
    cube, _, table = basis
    weights, record = files["as_published_reset", "baseline"]
    found, bins = numbers(
        cube=cube,
        maps=table,
        weights=[weights],
        records=[record],
        form="as_published_reset",
        **UNITS,
    )
    assert set(found["parts"]) == {"lineage"} and set(found["origin"]) == {0}
    days = np.arange(420 - 60 + 3, 420 - 6)
    truth = WindowLabels(cube, 4.0, 2, 6).at(days)
    assert (found["n_positive"] == truth.sum()).all()
    assert bins[bins["seed"] == 0]["n"].sum() == truth.size


def test_files_of_another_form_are_refused(basis, files):
    cube, _, table = basis
    weights, record = files["as_published_reset", "baseline"]
    with pytest.raises(DataError, match="not 'leak_free'"):
        numbers(
            cube=cube, maps=table, weights=[weights], records=[record], form="leak_free", **UNITS
        )
    with pytest.raises(DataError, match="no training"):
        numbers(cube=cube, maps=table, weights=[], records=[], form="leak_free", **UNITS)


def test_tables_take_the_scores_as_they_lie_on_disk(leak_free, floors, tmp_path):
    for name, table in (("networks", leak_free[0]), ("floors", floors)):
        write_table(table, tmp_path / f"{name}.parquet")
    networks, below = ([read_table(tmp_path / f"{n}.parquet")] for n in ("networks", "floors"))
    first = table1.numbers(networks=networks, floors=below)
    assert first[first["score"] == "ROC-AUC"]["key"].tolist() == [
        "baseline",
        "temporal",
        "",
        "",
        "",
    ]
    own = first[(first["key"] == "temporal") & (first["score"] == "ROC-AUC")].iloc[0]
    of = leak_free[0]
    of = of[(of["model"] == "temporal") & (of["score"] == "auc")].set_index(["seed", "origin"])
    assert own["mean"] == of.loc[(-1, -1), "value"]
    assert own["standard_deviation"] == pytest.approx(
        abs(of.loc[(0, -1), "value"] - of.loc[(1, -1), "value"]) / np.sqrt(2)
    )
    origins = table_origins.numbers(made_up=[*networks, *below])
    assert set(origins["origin"]) == {"0", "1", "all"}
