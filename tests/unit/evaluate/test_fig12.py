"""Figure 12: its table, what it says against the paper, its drawing."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import fig12

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
NETWORK = SimpleNamespace(
    weights_=np.array([0.9, 0.1]),
    means_=np.array([[0.0, 0, 10], [0, 0, 10]]),
    covariances_=np.stack([np.diag([900.0, 100, 9]), np.eye(3)]),
    is_background_=np.array([False, True]),
)


def _events(start: str, years: float, n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "event_id": [f"{start}{i}" for i in range(n)],
            "time": pd.Timestamp(start, tz="UTC")
            + pd.to_timedelta(np.sort(rng.random(n)) * years * 365, "D"),
            "latitude": 34 + 0.1 * rng.normal(size=n),
            "longitude": -117 + 0.3 * rng.normal(size=n).clip(-3, 3),
            "depth_km": rng.normal(10, 3, n).clip(0, 19.9),
            "magnitude": 2.5 + rng.exponential(0.43, n),
            "event_type": "earthquake",
            "quality": "A",
        }
    )


@pytest.fixture(scope="module")
def table():
    patch = pytest.MonkeyPatch()
    patch.setattr(fig12, "FaultNetwork", SimpleNamespace(load=lambda folder: NETWORK))
    yield fig12.numbers(
        _events("2000-01-01", 8, 500, 1),
        _events("2008-01-01", 2, 120, 2),
        "network",
        region=LEARNING,
        target_region=TARGET,
        bandwidths_km=[1.0, 2.0, 4.0, 8.0],
        magnitudes=[2.5, 3.0, 3.5],
        n_resamples=100,
        n_mass_samples=5000,
    )
    patch.undo()


def test_panels_hold_the_three_forecasts_at_all_cut_offs(table):
    assert dict(zip(table["panel"], table["scoring"], strict=True)) == {
        "a": "as_paper",
        "b": "fair",
    }
    quoted = table[table["chosen"]]
    for kind in ("network", "triple_s", "uniform"):
        part = quoted[quoted["kind"] == kind]
        assert set(part["magnitude_min"]) == {2.5, 3.0, 3.5}
    assert quoted.loc[quoted["magnitude_min"] == 2.5, "n_targets"].eq(120).all()


def test_the_summary_names_published_numbers_only(table):
    from pathlib import Path

    published = pd.read_csv(Path(__file__).parents[3] / "resources" / "published" / "kamer2020.csv")
    summary = fig12.forecast_summary(table)
    assert set(summary) == {"as_published", "leak_free"}
    for found in summary.values():
        assert set(found) <= set(published["id"])
        assert found["fig12.network_beats_triples_m25"] == 1
        assert found["fig12.triples_beats_uniform_m30"] == 1
        assert found["fig12.n_parameters_triples"] == 3 * 500 + 1
        assert found["fig11.n_parameters_network"] == 10 * 2 - 1
    assert "fig12.gain_grows_with_magnitude" in summary["as_published"]


def test_our_rows_can_be_compared_with_the_published_ones(table):
    from pathlib import Path

    from faultcast.evaluate.published import compare, read_published

    ours = fig12.ours(table)
    published = Path(__file__).parents[3] / "resources" / "published" / "kamer2020.csv"
    checked = compare(read_published(published), ours, preset="demo", comparable=True)
    row = checked.set_index("id").loc["fig12.network_beats_triples_m25"]
    assert row["verdict"] == "reproduced"
    assert row["ours_leak_free"] == 1
    notes = ours.set_index(["id", "protocol"])["note"]
    assert notes["fig12.network_beats_triples_m30", "leak_free"].startswith(
        "nats per event: fault network"
    )
    assert notes["fig12.gain_grows_with_magnitude", "leak_free"] == ""


def test_the_summary_survives_a_csv(table, tmp_path):
    table.to_csv(tmp_path / "fig12.csv", index=False)
    again = pd.read_csv(tmp_path / "fig12.csv")
    assert fig12.forecast_summary(again) == fig12.forecast_summary(table)


def test_the_figure_draws_from_its_csv(table, tmp_path):
    from faultcast.plots import style
    from faultcast.plots.kamer2020 import fig12 as plot

    table.to_csv(tmp_path / "fig12.csv", index=False)
    figure = plot.draw(pd.read_csv(tmp_path / "fig12.csv"), "demo")
    assert len(figure.axes) == 3
    style.save(figure, "demo", tmp_path / "fig12.pdf", tmp_path / "fig12.png")
    assert (tmp_path / "fig12.png").stat().st_size > 20_000


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"target_region": {**TARGET, "start": "2007-01-01"}}, "must not see its targets"),
        ({"target_region": {**TARGET, "end": None}}, "needs an end"),
        ({"network_names": ["a", "b"]}, "one each"),
    ],
)
def test_bad_input_is_told(changes, text):
    options = {"region": LEARNING, "target_region": TARGET, "bandwidths_km": [1.0]}
    events = _events("2000-01-01", 8, 5, 1)
    with pytest.raises(DataError, match=text):
        fig12.numbers(events, events, "network", **{**options, **changes})
