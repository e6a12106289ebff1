import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.eqpred import fig_window, table1_leak, table_white_noise
from faultcast.train.step_protocols import ALL, NONE, step_protocols

N_DAYS, TEST = 1200, 900
DAY = np.arange(N_DAYS)
PART = np.where(DAY < 50, "warmup", np.where(DAY < 700, "train", "validation")).astype(object)
PART[TEST:] = "test"


def nse(target, prediction):
    return 1 - ((target - prediction) ** 2).sum() / ((target - target.mean()) ** 2).sum()


def made_up(protocol, seed, noise, *, threshold=1.5, probability=None):
    """A job's predictions: the target plus `noise` times white noise; event days at random."""
    truth = np.random.default_rng(8)
    target, event = truth.exponential(size=N_DAYS), truth.random(N_DAYS) < 0.05
    generator = np.random.default_rng(seed)
    prediction = target + noise * generator.normal(size=N_DAYS)
    frame = pd.DataFrame(
        {
            "model": "eqpred",
            "protocol": protocol,
            "seed": seed,
            "origin": 0,
            "day": DAY,
            "part": PART,
            "target": target,
            "prediction": prediction,
            "error": 0.1,
            "is_positive": target > threshold,
            "is_detected": prediction > threshold,
            "event_probability": np.nan if probability is None else probability,
            "is_event_day": event,
            "is_quiet": DAY % 2 == 0,
            "is_complete": np.arange(N_DAYS) % 50 != 7,
            "n_events": 3,
        }
    )
    # what happens on days that are not complete must not count
    frame.loc[~frame["is_complete"], "prediction"] = 50.0
    return frame


def steps(**special):
    """All rows alike but those named."""
    frames = []
    for seed in (0, 1):
        for step in step_protocols():
            kept = {"noise": 1.0} | special.get(step.name, {})
            frames.append(made_up(step.name, seed, **kept))
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def leak():
    special = {
        "+ smoothing": {"noise": 0.1},
        ALL: {"noise": 0.1},
        "as published without smoothing": {"noise": 1.0},
        "as published without scaler": {"noise": 0.1},
        "as published without selection": {"noise": 0.1},
        "as published without threshold": {"noise": 0.1, "threshold": 99.0},
    }
    table = steps(**special)
    return table, table1_leak.numbers(predictions=table, n_resamples=80)


def test_both_comparisons_start_with_the_row_they_are_held_against(leak):
    numbers = leak[1]
    assert list(numbers.columns) == list(table1_leak.COLUMNS)
    for comparison, start, n_steps in (
        ("one step added", NONE, 6),
        ("one step taken away", ALL, 5),
    ):
        part = numbers[numbers["comparison"] == comparison]
        assert part["step"].iloc[0] == start
        assert part["step"].nunique() == n_steps
        assert len(part) == 4 * n_steps
        assert part.loc[part["step"] == start, "difference"].isna().all()
    assert not numbers.duplicated(["comparison", "step", "score"]).any()


def cell(numbers, step, score):
    return numbers[(numbers["step"] == step) & (numbers["score"] == score)].iloc[0]


def test_scores_are_those_of_complete_test_days(leak):
    table, numbers = leak
    values = []
    for seed in (0, 1):
        rows = table[(table["protocol"] == NONE) & (table["seed"] == seed)]
        rows = rows[(rows["part"] == "test") & rows["is_complete"]]
        values.append(nse(rows["target"].to_numpy(), rows["prediction"].to_numpy()))
    row = cell(numbers, NONE, "NSE")
    assert row["mean"] == pytest.approx(np.mean(values))
    assert row["standard_deviation"] == pytest.approx(np.std(values, ddof=1))
    assert row["low"] < row["mean"] < row["high"]
    assert row["n_days"] == 294
    assert row["n_seeds"] == 2
    assert row["n_event_days"] > row["n_onset_days"] > 0


def test_readings_of_the_differences(leak):
    numbers = leak[1]
    gained = cell(numbers, "+ smoothing", "NSE")
    lost = cell(numbers, "as published without smoothing", "NSE")
    assert gained["reading"] == "higher"
    assert lost["reading"] == "lower"
    assert gained["difference"] == pytest.approx(
        gained["mean"] - cell(numbers, NONE, "NSE")["mean"]
    )
    assert lost["difference_high"] < 0.0
    # bit for bit the same predictions
    assert cell(numbers, "+ threshold", "NSE")["reading"] == "unchanged"
    # an AR(10) sees the same target in all rows, which is white noise
    linear = numbers[numbers["score"] == "NSE of AR(10)"]
    assert linear["mean"].between(-0.1, 0.05).all()
    assert set(linear["reading"]) == {"", "unchanged"}


def test_no_positive_day_is_said_and_has_no_difference(leak):
    row = cell(leak[1], "as published without threshold", "F1")
    assert np.isnan(row["mean"])
    assert np.isnan(row["difference"])
    assert row["reading"] == ""
    assert row["n_positive_days"] == 0
    assert "above the threshold" in row["note"]


def test_a_missing_step_is_told(leak):
    table = leak[0]
    with pytest.raises(DataError, match=r"no predictions of: \+ scaler"):
        table1_leak.numbers(predictions=table[table["protocol"] != "+ scaler"])


@pytest.fixture(scope="module")
def white():
    def both(noise):
        return [
            made_up("as_published", 0, noise),
            made_up("leak_free", 0, noise, probability=0.05),
        ]

    catalog = [*both(0.5), made_up("as_published", 0, 0.5).assign(model="mlp")]
    return table_white_noise.numbers(
        white_noise=both(0.1), shuffled=both(2.0), catalog=catalog, n_resamples=50
    )


def test_three_inputs_side_by_side(white):
    assert list(dict.fromkeys(white["input"])) == ["white noise", "shuffled catalog", "catalog"]
    assert not white.duplicated(["input", "protocol", "days", "score"]).any()
    rows = white[(white["score"] == "NSE") & (white["protocol"] == "as_published")]
    by_input = rows.set_index("input")["mean"]
    assert by_input["white noise"] > by_input["catalog"] > by_input["shuffled catalog"]
    published = white[white["protocol"] == "as_published"]
    assert set(published["score"]) == {"NSE", "NSE of AR(10)", "NSE of train climatology", "F1"}
    free = white[(white["protocol"] == "leak_free") & (white["score"] == "information gain")]
    assert set(free["days"]) == {"event days", "onset days"}
    assert free[["low", "high"]].notna().all(axis=None)


def test_level_of_each_origin_is_shown_beside_the_nse():
    """A series whose level changes from origin to origin is forecast by the level alone."""
    jobs = []
    for origin, (shift, first) in enumerate(((0.0, 900), (5.0, 1050))):
        job = made_up("leak_free", 0, 0.0, probability=0.05).assign(origin=origin)
        job["target"] += shift
        job["part"] = np.where(job["day"] < first, "train", "test")
        job = job[job["day"] < first + 150]
        level = job.loc[job["part"] == "train", "target"].mean()
        jobs.append(job.assign(prediction=level))
    table = pd.concat(jobs, ignore_index=True)
    numbers = table_white_noise.numbers(
        white_noise=table, shuffled=table, catalog=table, n_resamples=20
    )
    nses = numbers[numbers["input"] == "catalog"].set_index("score")["mean"]
    assert nses["NSE"] > 0.5
    assert nses["NSE of train climatology"] == pytest.approx(nses["NSE"], abs=0.01)


def test_an_input_without_eqpred_is_told():
    other = made_up("as_published", 0, 0.5).assign(model="mlp")
    own = made_up("as_published", 0, 0.5)
    with pytest.raises(DataError, match="shuffled catalog: there are no predictions of eqpred"):
        table_white_noise.numbers(white_noise=own, shuffled=other, catalog=own)


def study(seed, windows=(1, 9)):
    generator = np.random.default_rng(seed)
    frames = []
    for series in ("catalog", "white noise"):
        for treatment in ("two-sided", "one-sided", "one-sided, raw target"):
            for window in windows:
                target = generator.normal(size=200)
                frames.append(
                    pd.DataFrame(
                        {
                            "series": series,
                            "treatment": treatment,
                            "window_days": window,
                            "seed": seed,
                            "day": np.arange(800, 1000),
                            "target": target,
                            "network": target + generator.normal(0, 0.5, 200),
                            "autoregression": 0.0,
                        }
                    )
                )
    return pd.concat(frames, ignore_index=True)


PRINTED = pd.DataFrame({"id": ["table1.eqpred.nse"], "value": [0.9]})


def test_window_scores_over_seeds():
    tables = [study(0), study(1)]
    numbers = fig_window.numbers(windows=tables, published=PRINTED, n_resamples=50)
    assert list(numbers.columns) == list(fig_window.COLUMNS)
    assert len(numbers) == 2 * 3 * 2 * 2 + 1
    where = {"series": "white noise", "treatment": "one-sided", "window_days": 9}
    values = []
    for table in tables:
        rows = table.loc[(table[list(where)] == pd.Series(where)).all(axis=1)]
        values.append(nse(rows["target"].to_numpy(), rows["network"].to_numpy()))
    found = numbers.loc[(numbers[list(where)] == pd.Series(where)).all(axis=1)]
    network = found[found["model"] == "EQPRED's network"].iloc[0]
    assert network["nse"] == pytest.approx(np.mean(values))
    assert network["low"] < network["nse"] < network["high"]
    assert network["n_days"] == 200
    assert found[found["model"] == "AR(10)"].iloc[0]["nse"] < 0.05
    assert numbers.iloc[-1]["nse"] == 0.9


def test_window_study_that_lacks_a_seed():
    with pytest.raises(DataError, match="1 of 2 seeds"):
        fig_window.numbers(windows=[study(0), study(1, windows=(1,))])


def test_window_figure_shows_each_series_and_the_printed_number():
    from faultcast.plots.eqpred.fig_window import draw

    numbers = fig_window.numbers(windows=[study(0)], published=PRINTED, n_resamples=20)
    figure = draw(numbers, "demo")
    assert len(figure.axes) == 2
    for axis in figure.axes:
        # three treatments by network and AR(10), the printed line, zero
        assert len(axis.get_lines()) == 3 * 2 + 2
        assert [tick.get_text() for tick in axis.get_xticklabels()] == ["1", "9"]
    low, high = figure.axes[0].get_ylim()
    assert low >= -0.5
    assert high > 1.0
