"""Gains on a control of which the truth is known, and their share of the oracle's."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake import control_runs, maps, table_controls
from faultcast.synthetic.quake_controls import TrueMap, poisson_cube
from faultcast.train.quake import run_quake

LENGTHS = {"test_days": 60, "validation_before_test": [[60, 40]], "warmup_days": 6}


class Blurred:
    """The truth with noise on its logarithm: a worse forecast of the same days."""

    def __init__(self, oracle):
        self.oracle = oracle

    def scores(self, days):
        p = self.oracle.scores(days)
        noise = np.random.default_rng(0).lognormal(0.0, 2.5, p.shape[1])
        return np.broadcast_to((p[0] * noise).clip(0, 0.9).astype(np.float32), p.shape)


@pytest.fixture(scope="module")
def control(quake_case, tmp_path_factory):
    """A Poisson cube, its maps, and a network that one pass was run for."""
    rate = np.random.default_rng(2).gamma(0.3, 0.05, 120)
    longer = replace(quake_case.cube(), n_days=700)  # the regression asks for a year of history
    cube = poisson_cube(longer, rate, magnitude_min=4.0, seed=3)
    labels = {"magnitude_min": 4.0, "n_origins": 2, "near": 2, "far": 6}
    table = maps.numbers(cube=cube, map_magnitudes=[4.0], **labels, **LENGTHS)
    folder = tmp_path_factory.mktemp("network")
    paths = {
        name: str(folder / file)
        for name, file in (("weights", "w.safetensors"), ("history", "h.csv"), ("record", "r.json"))
    }
    trained = run_quake(
        cube, table, variant="baseline", form="leak_free", seed=0, passes=1, pass_days=60,
        device="cpu", **labels, **LENGTHS,
    )  # fmt: skip
    trained.write({}, **paths)
    inputs = {
        "cube": cube,
        "maps": table,
        "weights": [paths["weights"]],
        "records": [paths["record"]],
        "map_magnitudes": [4.0],
        "block_days": 8,
        "region_km": 2.0,
        "n_resamples": 200,
        **labels,
        **LENGTHS,
    }
    return inputs, TrueMap(rate, near=2, far=6)


def test_on_a_poisson_control_only_the_truth_gains(control):
    inputs, oracle = control
    runs = control_runs.numbers(**inputs, oracle=oracle)
    whole = runs[runs["draw"] == control_runs.WHOLE].set_index("model")
    assert whole.loc["smoothed_map", "gain"] == pytest.approx(0.0, abs=1e-9)
    assert whole.loc["oracle", "gain"] > 0
    # the honest map lost what its few train days could not tell; only what saw the test beats truth
    gains = whole["gain"].sort_values(ascending=False)
    assert list(gains.index[:2]) == ["all_days_map", "oracle"]
    assert set(whole["n_origins"]) == {2}
    assert whole.loc["baseline", "kind"] == "network"

    table = table_controls.numbers(poisson=runs, etas=runs)
    assert list(table.columns) == list(table_controls.COLUMNS)
    rows = table[table["control"] == "poisson"].set_index("model")
    # a leak-free network: within the interval of the honest map, or below it
    assert rows.loc["baseline", "reading"] in ("none", "loss")
    assert rows.loc["all_days_map", "gain"] > rows.loc["oracle", "gain"]
    assert rows.loc["baseline", "holds"] and rows.loc["baseline", "n_comparisons"] == 1
    assert rows.loc["oracle", "fraction"] == 1.0
    assert rows.loc["baseline", "fraction"] == pytest.approx(
        rows.loc["baseline", "gain"] / rows.loc["oracle", "gain"]
    )


def test_a_worse_oracle_is_found_out(control):
    """What the check is for: a forecast that beats the alleged truth."""
    inputs, oracle = control
    runs = control_runs.numbers(**inputs, oracle=Blurred(oracle))
    rows = table_controls.numbers(poisson=runs, etas=runs).set_index(["control", "model"])
    row = rows.loc["poisson", "baseline"]
    assert not row["holds"] and row["margin"] > 0


def made_up(model, kind, seed, gains):
    return pd.DataFrame(
        {
            "model": model,
            "kind": kind,
            "seed": seed,
            "n_origins": 1,
            "n_positive": 9,
            "draw": range(-1, len(gains) - 1),
            "gain": gains,
        }
    )


def test_shares_are_paired_and_bounded():
    oracle = made_up("oracle", "oracle", -1, [1.0, 0.5, 1.0, 2.0])
    half = [made_up("temporal", "network", s, [0.5 + s, 0.25, 0.5, 1.0]) for s in (0, 1)]
    weak = made_up("oracle", "oracle", -1, [0.1, -0.1, 0.1, 0.2])
    table = table_controls.numbers(
        poisson=pd.concat([weak, *half]), etas=pd.concat([oracle, *half])
    ).set_index(["control", "model"])
    etas = table.loc["etas", "temporal"]
    assert (etas["fraction_low"], etas["fraction_high"]) == (0.5, 0.5)
    assert etas["gain"] == etas["fraction"] == 1.0
    assert etas["standard_deviation"] == pytest.approx(np.std([0.5, 1.5], ddof=1))
    assert etas["reading"] == "gain" and etas["n_seeds"] == 2
    # the oracle's own gain may be 0: its share has no bounds
    assert np.isnan(table.loc["poisson", "temporal"]["fraction_low"])
    with pytest.raises(DataError, match="poisson hold no oracle"):
        table_controls.numbers(poisson=pd.concat(half), etas=oracle)


def test_without_a_network_of_the_form_it_is_told(control, tmp_path):
    inputs, oracle = control
    record = tmp_path / "run.json"
    record.write_text('{"runs": [{"form": "as_published_reset"}]}')
    with pytest.raises(DataError, match="none of 1 trainings holds"):
        control_runs.numbers(**inputs | {"records": [record]}, oracle=oracle)
