"""Figure 4 of EQPRED: which shock it shows, and what of it."""

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.eqpred import fig04
from faultcast.plots import style
from faultcast.plots.eqpred import fig04 as draw_fig04
from faultcast.train.smoothing import loess

OPTIONS = {
    "extreme_magnitude": {"as_published": 4.5, "leak_free": 4.0},
    "smoothing_days": 7,
    "window_days": 30,
    "before_days": 40,
    "after_days": 10,
}


def made(protocol, seed, events=(330, 360), first_test=300, origin=0, n_days=400):
    """Predictions of one job: a raised target on event days, detected where above 1.5."""
    rng = np.random.default_rng([seed, origin])
    day = np.arange(n_days)
    target = rng.random(n_days) + 2.0 * (day == events[0]) + 3.0 * (day == events[-1])
    prediction = np.where(day < 20, np.nan, target + 0.1 * rng.normal(size=n_days))
    part = np.select(
        [day < 20, day < 200, day < first_test], ["warmup", "train", "validation"], "test"
    )
    return pd.DataFrame(
        {
            "protocol": protocol,
            "seed": seed,
            "origin": origin,
            "day": day,
            "date": pd.date_range("2000-01-01", periods=n_days, tz="UTC"),
            "part": part,
            "target": target,
            "prediction": prediction,
            "error": target if protocol == "leak_free" else target + 1.0,
            "is_detected": prediction > 1.5,
            "is_event_day": np.isin(day, events),
            "is_complete": day != 390,
        }
    )


@pytest.fixture
def jobs():
    return [made(p, seed) for p in ("leak_free", "as_published") for seed in (0, 1, 2)]


def test_the_highest_event_day_that_both_protocols_test(jobs):
    table = fig04.numbers(jobs, **OPTIONS)
    shocks = table[(table["panel"] == "shock") & (table["offset"] == 0)]
    assert shocks["protocol"].tolist() == ["as_published", "leak_free"]
    assert shocks["day"].tolist() == [360, 360]
    assert (shocks["n_detected"] == 3).all()
    # day 360 is no event day of the second protocol: 330 is the one they share
    other = [made("leak_free", seed, events=(330, 390)) for seed in (0, 1, 2)]
    table = fig04.numbers([*jobs[3:], *other], **OPTIONS)
    assert set(table.loc[table["offset"] == 0, "day"]) == {330}


def test_each_its_own_where_they_share_none(jobs):
    late = [made("leak_free", 0, events=(310, 350)), made("as_published", 0)]
    table = fig04.numbers(late, **OPTIONS)
    shocks = table[(table["panel"] == "shock") & (table["offset"] == 0)]
    assert shocks["day"].tolist() == [360, 350]
    # no event day in the test part at all: the highest day stands in
    quiet = [frame.assign(is_event_day=False) for frame in jobs]
    assert not fig04.numbers(quiet, **OPTIONS)["is_event_day"].any()


def test_lines_are_those_of_the_origin_that_tests_the_shock(jobs):
    early = made("leak_free", 0, origin=0, n_days=330)
    late = made("leak_free", 0, origin=1, first_test=330)
    table = fig04.numbers([early, late], **OPTIONS)
    window = table[table["panel"] == "shock"].set_index("day")
    assert window.index.tolist() == list(range(320, 371))
    np.testing.assert_array_equal(window["target_mean"], late["target"].iloc[320:371])
    # the network sees the past alone, smoothed
    smooth = loess(late["target"].to_numpy(), 7, one_sided=True)
    np.testing.assert_allclose(window["input_mean"], smooth[320:371])
    assert window.index[window["in_window"]].tolist() == list(range(330, 360))
    assert window.loc[325, "part"] == "validation"
    assert window["threshold"].iloc[0] == late.loc[~late["is_detected"], "prediction"].max()
    assert table[table["panel"] == "test"]["day"].tolist() == list(range(300, 400))


def test_means_ranges_and_nse_over_seeds(jobs):
    table = fig04.numbers(jobs, **OPTIONS)
    seeds = np.array(
        [job["prediction"].iloc[355] for job in jobs if job["protocol"].iloc[0] == "leak_free"]
    )
    row = table[(table["protocol"] == "leak_free") & (table["day"] == 355)].iloc[0]
    assert row["prediction_mean"] == pytest.approx(seeds.mean())
    assert (row["prediction_low"], row["prediction_high"]) == (seeds.min(), seeds.max())
    nse = []
    for job in jobs[:3]:
        test = job[(job["part"] == "test") & job["is_complete"]]
        misses = ((test["target"] - test["prediction"]) ** 2).sum()
        nse.append(1 - misses / ((test["target"] - test["target"].mean()) ** 2).sum())
    last = table[(table["panel"] == "test") & (table["protocol"] == "leak_free")].iloc[-1]
    assert last["nse_mean"] == pytest.approx(np.mean(nse))
    assert last["nse_std"] == pytest.approx(np.std(nse, ddof=1))
    # dots of the scatter are the first seed's
    assert last["prediction"] == jobs[0]["prediction"].iloc[-1]


def test_nothing_to_show_is_said(jobs):
    with pytest.raises(DataError, match="no predictions"):
        fig04.numbers([], **OPTIONS)
    with pytest.raises(DataError, match="no day of a test part"):
        fig04.numbers([job[job["part"] == "train"] for job in jobs], **OPTIONS)


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_the_figure_says_who_detects_the_shock(jobs, tmp_path, n_seeds):
    chosen = [job for job in jobs if job["seed"].iloc[0] < n_seeds]
    fig04.numbers(chosen, **OPTIONS).to_csv(tmp_path / "numbers.csv", index=False)
    figure = draw_fig04.draw(pd.read_csv(tmp_path / "numbers.csv"), "test")
    titles = [axis.get_title() for axis in figure.axes]
    assert (
        titles[0]
        == f"as published: smoothed target, shock detected by {n_seeds} of {n_seeds} seeds"
    )
    assert titles[2].startswith("leak-free: raw target")
    assert titles[3].startswith("NSE 0.9")
    assert "days after the shock of 2000-12-26" in figure.axes[0].get_xlabel()
    style.save(figure, "test", tmp_path / "a.pdf", tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000
