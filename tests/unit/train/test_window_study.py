import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.train import window_study
from faultcast.train.autoregression import autoregression
from faultcast.train.smoothing import loess
from faultcast.train.white_noise import white_noise
from faultcast.train.window_study import TREATMENTS, run_window_study

N_DAYS = 1500
# as a job gives them: `series` among the options names a column, not the values
OPTIONS = {
    "series": "reconstruction_error",
    "window_days": 10,
    "predictor_epochs": 20,
    "segment_days": 60,
}


def nse(target, prediction):
    return 1 - ((target - prediction) ** 2).sum() / ((target - target.mean()) ** 2).sum()


@pytest.fixture(scope="module")
def study():
    generator = np.random.default_rng(0)
    series = np.empty(N_DAYS)
    series[0] = 0.0
    for day in range(1, N_DAYS):
        series[day] = 0.6 * series[day - 1] + generator.normal()
    return series, run_window_study(series, seed=2, windows=(1, 3, 9), device="cpu", **OPTIONS)


def scores(table, column):
    keys = ["series", "treatment", "window_days"]
    return {
        key: nse(rows["target"].to_numpy(), rows[column].to_numpy())
        for key, rows in table.groupby(keys)
    }


def test_all_combinations_on_the_same_days(study):
    series, table = study
    assert table.groupby(["series", "treatment", "window_days"]).ngroups == 2 * 3 * 3
    for _, rows in table.groupby(["series", "treatment", "window_days"]):
        assert rows["day"].tolist() == list(range(1200, N_DAYS))
    assert table.notna().all(axis=None)
    raw = table[(table["series"] == "catalog") & (table["treatment"] == "one-sided, raw target")]
    for _, rows in raw.groupby("window_days"):
        assert (rows["target"].to_numpy() == series[1200:]).all()


def test_only_the_two_sided_window_makes_white_noise_look_known(study):
    for column in ("network", "autoregression"):
        found = scores(study[1], column)
        assert found["white noise", "two-sided", 9] > 0.75
        assert found["white noise", "one-sided, raw target", 9] < 0.05
        # a smoothed target holds days that are known: it is worth something without any leak
        assert 0.2 < found["white noise", "one-sided", 9] < 0.7
        assert found["white noise", "two-sided", 1] < 0.05


def test_short_windows_change_nothing_and_are_trained_once(study, monkeypatch):
    series, table = study
    for name in ("catalog", "white noise"):
        rows = table[(table["series"] == name) & table["window_days"].isin([1, 3])]
        first = rows["network"].to_numpy()[: N_DAYS - 1200]
        for _, same in rows.groupby(["treatment", "window_days"]):
            assert (same["network"].to_numpy() == first).all()
    calls = []
    real = window_study.train_predictor

    def counted(*args, **kwargs):
        calls.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(window_study, "train_predictor", counted)
    run_window_study(
        series, seed=2, windows=(1, 3, 9), device="cpu", **OPTIONS | {"predictor_epochs": 1}
    )
    assert len(calls) == 2 * (1 + len(TREATMENTS))


def test_same_seed_same_bits_another_seed_another_noise(study):
    series, table = study
    again = run_window_study(series, seed=2, windows=(1, 3, 9), device="cpu", **OPTIONS)
    pd.testing.assert_frame_equal(table, again, check_exact=True)
    assert (white_noise(50, 2) != white_noise(50, 3)).all()
    noise = table[(table["series"] == "white noise") & (table["window_days"] == 1)]
    expected = white_noise(N_DAYS, 2)[noise["day"]]
    # two-sided LOESS of one day hands the noise on as it is
    np.testing.assert_allclose(noise["target"], expected, rtol=1e-12)


def test_window_longer_than_the_series():
    with pytest.raises(DataError, match="choose a longer period"):
        run_window_study(np.arange(60.0), seed=0, windows=(1, 31), device="cpu", **OPTIONS)


def test_autoregression_against_the_slow_way():
    generator = np.random.default_rng(5)
    inputs, target = generator.normal(size=(2, 80))
    learn = np.zeros(80, dtype=bool)
    learn[2:60] = True
    learn[20] = False
    found = autoregression(inputs, target, learn, order=3)
    days = [day for day in range(3, 60) if learn[day]]
    design = [[1.0, *inputs[day - 3 : day]] for day in days]
    coefficients = np.linalg.lstsq(np.array(design), target[days], rcond=None)[0]
    for day in range(3, 80):
        assert found[day] == pytest.approx(coefficients @ [1.0, *inputs[day - 3 : day]])
    assert np.isnan(found[:3]).all()
    # what comes later than the day before bears on nothing once the coefficients stand
    changed = inputs.copy()
    changed[70:] += 9.0
    assert (autoregression(changed, target, learn, order=3)[3:71] == found[3:71]).all()


def test_autoregression_needs_more_days_than_coefficients():
    learn = np.arange(40) < 19
    with pytest.raises(DataError, match="9 days to learn from: give at least 11"):
        autoregression(np.ones(40), np.ones(40), learn)


def test_autoregression_of_smoothed_white_noise_as_the_notes_measured():
    """NSE of AR(10) behind two-sided LOESS: 0.72 at 5 days, 0.89 at 7, 0.96 at 9."""
    noise = white_noise(10_000, 0)
    test = slice(8000, None)
    for window, expected in ((3, 0.0), (5, 0.72), (7, 0.89), (9, 0.96)):
        smooth = loess(noise, window, one_sided=False)
        found = autoregression(smooth, smooth, np.arange(10_000) < 7000)
        assert nse(smooth[test], found[test]) == pytest.approx(expected, abs=0.015)
