import numpy as np

from faultcast.train.white_noise import run_white_noise, white_noise


def nse(rows):
    target, error = rows["target"], rows["target"] - rows["prediction"]
    return 1 - (error**2).sum() / ((target - target.mean()) ** 2).sum()


def test_noise_takes_the_place_of_the_series_and_nothing_else(make_cube, small):
    cube = make_cube()
    table = run_white_noise(cube, protocol="leak_free", seed=4, device="cpu", **small).table
    assert table["origin"].nunique() == 2
    noise = white_noise(cube.n_days, 4)
    assert (table["target"] == noise[table["day"]]).all()
    assert (table["error"] == table["target"]).all()
    assert set(table["model"]) == {"eqpred"}
    # the events are the catalog's
    test = table[table["part"] == "test"]
    event = np.zeros(cube.n_days, dtype=bool)
    event[cube.cells.loc[cube.cells["maximum"] >= 4.5, "day"]] = True
    assert (test["is_event_day"] == event[test["day"]]).all()
    assert test["event_probability"].between(0, 1, inclusive="neither").all()


def test_only_the_leak_forecasts_it(make_cube, small):
    options = small | {"predictor_epochs": 40}
    for protocol, low, high in (("as_published", 0.7, 1.0), ("leak_free", -1.0, 0.05)):
        result = run_white_noise(make_cube(), protocol=protocol, seed=0, device="cpu", **options)
        score = nse(result.table[result.table["part"] == "test"])
        assert low <= score <= high
