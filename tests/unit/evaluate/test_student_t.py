"""The trial of Student-t kernels: it decides on the past and finds planted tails."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region
from faultcast.evaluate.kamer2020 import student_t
from faultcast.faults import FaultNetwork
from faultcast.forecast import hypocentres

LEARNING = {
    "latitude_deg": [32.5, 35.5],
    "longitude_deg": [-118.5, -115.5],
    "depth_km": [0, 30],
    "start": "2000-01-01",
    "end": "2008-01-01",
}
TARGET = {
    "latitude_deg": [33, 35],
    "longitude_deg": [-118, -116],
    "depth_km": [0, 20],
    "start": "2008-01-01",
    "end": "2010-01-01",
}
PAST_END = "2006-01-01"
FIG12 = pd.DataFrame({"scoring": ["as_paper", "fair"], "floor_weight": [0.0, 0.01]})
NUS = (3.0, 6.0)


def _events(start: str, years: float, n: int, seed: int, nu: float) -> pd.DataFrame:
    """Return events around two faults; offsets from the planes follow a Student-t."""
    rng = np.random.default_rng(seed)
    tail = np.sqrt(nu / rng.chisquare(nu, n)) if np.isfinite(nu) else np.ones(n)
    side = rng.integers(0, 2, n)
    return pd.DataFrame(
        {
            "event_id": [f"{start}{i}" for i in range(n)],
            "time": pd.Timestamp(start, tz="UTC")
            + pd.to_timedelta(np.sort(rng.random(n)) * years * 365, "D"),
            "latitude": 34 + 0.4 * side + 0.02 * tail * rng.normal(size=n),
            "longitude": -117 + 0.1 * tail * rng.normal(size=n),
            "depth_km": (10 + 1.5 * tail * rng.normal(size=n)).clip(0, 19.9),
            "magnitude": 2.5 + rng.exponential(0.43, n),
            "event_type": "earthquake",
            "quality": "A",
        }
    )


def _numbers(nu: float, folder: Path) -> pd.DataFrame:
    events = _events("2000-01-01", 8, 3000, 1, nu)
    targets = _events("2008-01-01", 2, 600, 2, nu)
    projection = Region.from_config(LEARNING).projection()
    early = (events["time"] < PAST_END).to_numpy()
    for name, part in (("past", events[early]), ("all", events)):
        FaultNetwork().fit(hypocentres(part, projection)[:800]).save(folder / name)
    return student_t.numbers(
        events,
        targets,
        folder / "past",
        folder / "all",
        FIG12,
        region=LEARNING,
        target_region=TARGET,
        past_end=PAST_END,
        nus=NUS,
        n_resamples=200,
        n_mass_samples=5000,
    )


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return _numbers(3.0, tmp_path_factory.mktemp("heavy"))


def test_the_table_names_both_periods_and_all_models(heavy: pd.DataFrame) -> None:
    assert list(heavy["period"]) == ["past"] * 6 + ["test"] * 6
    assert list(heavy["kernels"][:6]) == [student_t.AS_BUILT] * 3 + [student_t.FITTED] * 3
    assert list(heavy["nu"][:6]) == [np.inf, 6.0, 3.0] * 2
    gaussian = heavy[np.isinf(heavy["nu"])]
    assert (gaussian["difference"] == 0.0).all()
    assert not gaussian["wins"].any()
    assert (heavy["floor_weight"] == 0.01).all()
    assert (heavy["n_fit_events"] < 3001).all()
    assert heavy["mass_inside"].between(0.5, 1.0).all()
    gap = heavy["nll_per_event"] - np.repeat(gaussian["nll_per_event"].to_numpy(), 3)
    np.testing.assert_allclose(heavy["difference"], gap, atol=1e-12)
    # a fit is likelier than what it sets out from
    by_way = heavy.set_index(["period", "nu"]).groupby("kernels")["fit_log_density"]
    before, after = (by_way.get_group(way) for way in (student_t.AS_BUILT, student_t.FITTED))
    assert (after > before).all()


def test_planted_tails_win_on_the_past_and_the_test_takes_the_choice_over(
    heavy: pd.DataFrame,
) -> None:
    fitted = heavy[heavy["chosen"] & (heavy["kernels"] == student_t.FITTED)]
    assert list(fitted["period"]) == ["past", "test"]
    assert (fitted["nu"] == 3.0).all()
    assert fitted["wins"].all()
    past = heavy[heavy["period"] == "past"]
    assert past["chosen"].sum() == 2
    for way, rows in past[np.isfinite(past["nu"])].groupby("kernels"):
        assert rows.loc[rows["fit_log_density"].idxmax(), "chosen"], way


def test_gaussian_events_give_no_win(tmp_path: Path) -> None:
    table = _numbers(np.inf, tmp_path)
    fitted = table[table["chosen"] & (table["kernels"] == student_t.FITTED)]
    assert (fitted["nu"] == 6.0).all()
    assert not fitted["wins"].any()
