import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.deformation_scores import paired_difference, score_table
from faultcast.evaluate.mmstt import (
    claims,
    errors,
    fig02,
    fig03,
    fig04,
    fig05,
    fig06,
    ours,
    table1,
    table2,
    table4,
)
from faultcast.evaluate.mmstt.score_rows import score_rows
from faultcast.plots.mmstt import fig02 as draw02
from faultcast.plots.mmstt import fig03 as draw03
from faultcast.plots.mmstt import fig04 as draw04
from faultcast.plots.mmstt import fig05 as draw05
from faultcast.plots.mmstt import fig06 as draw06

N_ORIGINS, N_OUT, N_CELLS = 30, 12, 9
REFERENCES = ("persistence", "trend_refitted", "ridge", "ridge_chosen")
RIVALS = ("convlstm", "stgcn", "staeformer")


def truth(seed=0):
    rng = np.random.default_rng(seed)
    target = rng.normal(size=(N_ORIGINS, N_OUT, N_CELLS)).cumsum(axis=1).round(3)
    last = rng.normal(scale=5.0, size=(N_ORIGINS, N_CELLS)).round(3)
    target += last[:, None]
    target[rng.random(target.shape) < 0.05] = np.nan
    return target, last


def told(target, quality, seed):
    """Return forecasts whose error is `quality` times a normal number."""
    noise = np.random.default_rng(seed).normal(scale=quality, size=target.shape)
    return (np.nan_to_num(target) + noise).round(3)


def table(model, prediction, target, last, *, seed=-1, protocol="leak_free", domain="u"):
    origin, horizon, cell = np.nonzero(np.isfinite(target))
    return pd.DataFrame(
        {
            "domain": domain, "protocol": protocol, "model": model, "seed": seed, "fold": 0,
            "origin": 100 + origin, "horizon": 1 + horizon, "cell": cell,
            "last": last[origin, cell], "target": target[origin, horizon, cell],
            "prediction": prediction[origin, horizon, cell],
        }
    )  # fmt: skip


def all_errors(protocols=("leak_free", "with_leaks"), networks=("mmstt", *RIVALS)):
    target, last = truth()
    made = []
    for protocol in protocols:
        for k, name in enumerate(REFERENCES):
            made.append(table(name, told(target, 2.0, k), target, last, protocol=protocol))
        for k, name in enumerate(networks):
            for seed in (0, 1):
                forecast = told(target, 1.0 + k, 10 * k + seed)
                made.append(table(name, forecast, target, last, seed=seed, protocol=protocol))
    return [errors.numbers(one) for one in made]


def test_scores_are_those_of_the_plain_formulas():
    target, last = truth()
    forecast, reference = told(target, 1.0, 5), told(target, 2.0, 6)
    tables = [
        errors.numbers(table(name, values, target, last))
        for name, values in (("ridge", forecast), ("persistence", reference))
    ]
    made = score_rows(tables, ("persistence",), n_resamples=200)
    made = made[made["network"] == "ridge"].set_index(["horizon", "score"])["mean"]
    plain = score_table(target, forecast, last, {"persistence": reference}).set_index("horizon")
    names = {
        "rmse_mm": "RMSE", "mae_mm": "MAE", "r2_increments": "R2 of increments",
        "r2_level": "R2 level", "skill_persistence": "skill, persistence",
    }  # fmt: skip
    for horizon in ("1", "3", "6", "12", "all"):
        for theirs, mine in names.items():
            assert made[horizon, mine] == pytest.approx(plain.loc[horizon, theirs], abs=1e-9)


def test_differences_are_paired_and_drawn_in_blocks():
    target, last = truth()
    forecast, reference = told(target, 1.0, 5), told(target, 2.0, 6)
    tables = [
        errors.numbers(table(name, values, target, last))
        for name, values in (("ridge", forecast), ("persistence", reference))
    ]
    made = score_rows(tables, ("persistence",), n_resamples=300, seed=7)
    row = made[(made["horizon"] == "all") & (made["score"] == "MSE minus persistence")].iloc[0]
    plain = paired_difference(target, forecast, reference, block=N_OUT, n_resamples=300, seed=7)
    assert (row["mean"], row["low"], row["high"]) == pytest.approx(tuple(plain))


def test_table1_says_who_wins():
    made = table1.numbers(errors=all_errors(), n_tried={"mmstt": 9})
    note = made[(made["score"] == "RMSE") & (made["horizon"] == "all")].set_index(
        ["protocol", "network"]
    )["note"]
    assert note["leak_free", "mmstt"].startswith("a win: beats persistence")
    assert note["leak_free", "staeformer"].startswith("no win: loses to")
    assert note["leak_free", "ridge"] == ""
    assert note["leak_free", "mmstt"].endswith("; configurations tried: 9")
    assert note["leak_free", "convlstm"].endswith("; configurations tried: 1")
    first = made[(made["network"] == "mmstt")].iloc[0]
    assert first["n_seeds"] == 2 and first["standard_deviation"] > 0
    # networks first, as the registry has them
    assert list(dict.fromkeys(made["network"]))[:2] == ["mmstt", "convlstm"]
    lacking = [e for e in all_errors() if e["model"].iloc[0] != "ridge_chosen"]
    with pytest.raises(DataError, match="no errors of ridge_chosen"):
        table1.numbers(errors=lacking, n_tried={})


def test_table2_holds_variants_against_the_whole():
    made = table2.numbers(errors=all_errors(["leak_free"], ["mmstt", "no_statics"]))
    row = made[(made["horizon"] == "all") & (made["network"] == "no_statics")]
    assert row.set_index("score").loc["MSE minus mmstt", "low"] > 0
    assert set(made["network"]) == {"mmstt", "no_statics", "persistence"}


def test_table4_says_what_spread_makes_the_printed_r2_trivial():
    made = table4.numbers(errors=all_errors(["chronological", "with_leaks"], ["mmstt"]))
    row = made[(made["horizon"] == "all") & (made["network"] == "persistence")].set_index("score")
    rmse = row.loc["RMSE", "mean"].iloc[0]
    spread = row.loc[table4.NEEDED, "mean"].iloc[0]
    assert 1 - rmse**2 / spread**2 == pytest.approx(0.9997)
    target, _ = truth()
    told_spread = made[(made["horizon"] == "all") & (made["score"] == table4.SPREAD)]
    assert told_spread["mean"].to_numpy() == pytest.approx(np.nanstd(target))
    assert len(told_spread) == 2 * (1 + 3) and (made["note"] == "").all()


def test_table4_marks_where_persistence_has_the_printed_r2():
    """A tile whose cells lie a metre apart and tremble by a millimetre."""
    target, last = truth()
    apart = 400.0 * np.arange(N_CELLS)
    target, last = target + apart, last + apart
    tables = [
        errors.numbers(table(name, told(target, 2.0, k), target, last, protocol="chronological"))
        for k, name in enumerate(REFERENCES)
    ]
    made = table4.numbers(errors=tables)
    marked = made[made["note"] != ""]
    assert set(marked["network"]) == {"persistence", "trend_refitted", "ridge_chosen"}
    assert (marked["note"] == "R2 0.9997 is trivial here").all()
    level = made[made["score"] == "R2 level"]
    assert (level["mean"] > 0.9997).all()
    assert (made.loc[made["score"] == "R2 of increments", "mean"] < 0.9).all()


def test_too_few_origins_have_no_interval_and_no_winner():
    few = [one[one["origin"] < 100 + 2 * N_OUT - 1] for one in all_errors(["leak_free"])]
    made = table1.numbers(errors=few, n_tried={})
    assert made["low"].isna().all() and made["mean"].notna().all()
    row = made[(made["network"] == "mmstt") & (made["note"] != "")].iloc[0]
    assert row["note"].startswith("too few origins to tell;")
    assert (claims.numbers(errors=few, domains=["u"])["reading"].isin(["cannot tell", ""])).all()


def test_claims_compare_at_the_longest_horizon_and_become_ours():
    made = claims.numbers(errors=all_errors(), domains=["u"])
    beats = made[(made["id"] == "claims.mmstt_beats_stgcn")].iloc[0]
    assert beats["reading"] == "below 0" and beats["horizon"] == "12"
    ratio = made[made["claim"] == "RMSE ratio"].iloc[0]
    assert ratio["mean"] == pytest.approx(2.0, rel=0.15)
    mine = ours.numbers(made)
    assert set(mine["protocol"]) == {"as_published", "leak_free"}
    row = mine[mine["id"] == "claims.mmstt_beats_stgcn"].iloc[0]
    assert row["value"] == 1.0 and not row["undecided"]
    with pytest.raises(DataError, match="no errors of stgcn"):
        claims.numbers(
            errors=all_errors(networks=["mmstt", "convlstm", "staeformer"]), domains=["u"]
        )
    # another tile stands below it, but the printed numbers are held against the first
    other = [one.assign(domain="a", squared=9.0 * one["squared"]) for one in all_errors()]
    both = claims.numbers(errors=other + all_errors(), domains=["u", "a"])
    pd.testing.assert_frame_equal(both.iloc[: len(made)], made)
    assert (both.iloc[len(made) :][["domain", "id"]].to_numpy() == ["a", ""]).all()
    pd.testing.assert_frame_equal(ours.numbers(both), mine)
    with pytest.raises(DataError, match="no errors on the tile 'b'"):
        claims.numbers(errors=all_errors(), domains=["b"])


def test_models_of_other_windows_are_not_compared():
    target, last = truth()
    tables = [
        errors.numbers(table("persistence", told(target, 1.0, 0), target, last)),
        errors.numbers(table("ridge", told(target, 1.0, 1)[:-1], target[:-1], last[:-1])),
    ]
    with pytest.raises(DataError, match="same windows only"):
        score_rows(tables, ())
    bad = table("ridge", told(target, 1.0, 1), target, last)
    bad.loc[3, "prediction"] = np.nan
    with pytest.raises(DataError, match=r"1 of \d+ predictions or targets are not finite"):
        errors.numbers(bad)
    with pytest.raises(DataError, match="without the columns"):
        errors.numbers(bad.drop(columns="last"))


def test_figures_show_what_they_say():
    target, last = truth()
    forecast = told(target, 1.0, 3)
    predictions = pd.concat(
        [
            table("mmstt", forecast, target, last, seed=0),
            table("mmstt", told(target, 1.0, 4), target, last, seed=1),
        ]
    )
    record = {
        "name": "u",
        "dates": pd.date_range("2020-01-01", periods=200, freq="6D").strftime("%Y%m%d").tolist(),
        "lattice": {"n_rows": 3, "n_columns": 3},
    }
    maps = fig03.numbers(predictions=predictions, tile=record)
    assert maps["date"].unique().tolist() == ["2021-11-21"]
    seen = maps[maps["horizon"] == 6]
    middle = N_ORIGINS // 2
    known = np.isfinite(target[middle, 5])
    np.testing.assert_allclose(seen["change"], (target[middle, 5] - last[middle])[known])
    np.testing.assert_allclose(seen["residual"], (forecast - target)[middle, 5][known])
    with pytest.raises(DataError, match="no predictions of the tile"):
        fig03.numbers(predictions=predictions, tile={**record, "name": "e"})

    counts = fig04.numbers(predictions=predictions, domain="u")
    residuals = counts[counts["panel"] == "residual"]
    assert residuals.groupby("horizon")["n"].sum().le(N_ORIGINS * N_CELLS).all()
    assert counts.loc[counts["panel"] == "level", "r2"].iloc[0] > 0.9
    lines = fig05.numbers(errors=all_errors())
    assert lines["horizon"].max() == N_OUT and lines["low"].le(lines["high"]).all()
    assert len(draw03.draw(maps, "test").axes) == 10
    assert len(draw04.draw(counts, "test").axes) == 5
    assert len(draw05.draw(lines, "test").axes) == 2


def test_series_are_those_of_the_cells_that_the_rules_choose():
    dates = pd.date_range("2020-01-01", periods=200, freq="6D")
    stamps = dates.strftime("%Y%m%d").tolist()
    years = np.arange(200) * 6 / 365.25
    series = np.zeros((200, N_CELLS))
    series[:, 3] = -20.0 * years
    series[:, 5] = 8.0 * np.cos(2 * np.pi * years)
    step = np.zeros((200, N_CELLS))
    step[120:, 7] = 30.0
    place = pd.DataFrame({"row": np.arange(N_CELLS) // 3, "column": np.arange(N_CELLS) % 3})
    cells = [
        pd.concat([place, pd.DataFrame(values.T, columns=stamps)], axis=1)
        for values in (series, step)
    ]
    target, last = truth()
    forecast = told(target, 1.0, 3)
    record = {"name": "u", "dates": stamps, "lattice": {"n_rows": 3, "n_columns": 3}}
    made = fig06.numbers(
        predictions=table("mmstt", forecast, target, last, seed=0),
        cells=cells[0], tile=record,
        step_predictions=table("mmstt", forecast, target, last, seed=0, domain="s, step"),
        step_cells=cells[1], step_tile={**record, "name": "s"},
        step=dates[120].strftime("%Y-%m-%d"),
    )  # fmt: skip
    chosen = made.groupby("panel")[["row", "column"]].first()
    assert chosen.loc["steady"].tolist() == [1, 0]
    assert chosen.loc["seasonal"].tolist() == [1, 2]
    assert chosen.loc["coseismic"].tolist() == [2, 1]
    one = made[(made["panel"] == "steady") & (made["horizon"] == 12)]
    known = np.isfinite(target[:, 11, 3])
    np.testing.assert_allclose(one["value"], forecast[known, 11, 3])
    assert one["date"].iloc[0] == dates[112 + np.flatnonzero(known)[0]].strftime("%Y-%m-%d")
    assert len(draw06.draw(made, "test").axes) == 3


def test_the_area_shows_priors_of_training_epochs_alone():
    dates = pd.date_range("2020-01-01", periods=200, freq="6D", tz="UTC")
    stamps = dates.strftime("%Y%m%d").tolist()
    years = np.arange(200) * 6 / 365.25
    values = np.outer(np.arange(N_CELLS) - 4.0, years)
    values[:, 140:] += 1000.0
    cells = pd.concat(
        [
            pd.DataFrame({"row": np.arange(N_CELLS), "column": 1, "height_m": np.nan}),
            pd.DataFrame(values, columns=stamps),
        ],
        axis=1,
    )
    lattice = {"west": 4.5e6, "south": 1.7e6, "cell": 100.0, "n_rows": 16, "n_columns": 16}
    made = fig02.numbers(cells=cells, tile={"name": "u", "dates": stamps, "lattice": lattice})
    np.testing.assert_allclose(made["velocity_mm_a"], np.arange(N_CELLS) - 4.0, atol=1e-9)
    assert made["last"].iloc[0] == dates[139].strftime("%Y-%m-%d")
    assert made["latitude_deg"].between(30, 50).all()
    assert len(draw02.draw(made, "test").axes) == 6
