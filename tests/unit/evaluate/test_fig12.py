"""Figure 12: its table, what it says against the paper, its drawing."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Region
from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import fig12, forecast_gap, forecast_inputs, forecast_test
from faultcast.faults.boxes import Box
from faultcast.faults.mixture import assemble
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


def _network(n_subsets: int, bic: float, stretch: float) -> SimpleNamespace:
    body = Box(np.array([0.0, 0, 10]), np.eye(3), np.array([150.0, 150, 15]))
    shape = stretch * np.diag([900.0, 100, 9])
    mixture = assemble(
        np.array([0.9]), np.array([[0.0, 0, 10]]), shape[None], [body], np.array([0.1])
    )
    return SimpleNamespace(
        engine="exact",
        criterion="global",
        n_subsets=n_subsets,
        weights_=mixture.weights,
        means_=mixture.means,
        covariances_=mixture.covariances,
        is_background_=mixture.is_background,
        bic_=bic,
        mixture_=mixture,
    )


# the one with the lowest BIC is too wide
NETWORKS = {"few": _network(5, 2.0, 1.0), "many": _network(30, 1.0, 1.3)}


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


def _condensed(events: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({"event_id": events["event_id"], "weight": 1.0})
    region = Region.from_config(LEARNING)
    table[["x_km", "y_km", "z_km"]] = hypocentres(events, region.projection())
    table[["cxx", "cyy", "czz"]], table[["cxy", "cxz", "cyz"]] = 1.0, 0.0
    return table.assign(n_events=np.arange(len(table)) % 2)


EVENTS, TARGETS = _events("2000-01-01", 8, 500, 1), _events("2008-01-01", 2, 120, 2)
CONDENSED = _condensed(EVENTS)
PAST_END = "2006-01-01"
BEFORE = (EVENTS["time"] < PAST_END).to_numpy()
OPTIONS = {
    "region": LEARNING,
    "target_region": TARGET,
    "bandwidths_km": [1.0, 2.0, 4.0, 8.0],
    "magnitudes": [2.5, 3.0, 3.5],
    "n_resamples": 100,
    "n_mass_samples": 5000,
}


@pytest.fixture(scope="module", autouse=True)
def folders():
    patch = pytest.MonkeyPatch()
    patch.setattr(forecast_inputs, "FaultNetwork", SimpleNamespace(load=NETWORKS.get))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def table(folders):
    return fig12.numbers(
        EVENTS,
        TARGETS,
        ["few", "many"],
        ["few", "many"],
        CONDENSED,
        CONDENSED[BEFORE],
        past_end=PAST_END,
        **OPTIONS,
    )


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
    for protocol, n_subsets in (("as_published", 30), ("leak_free", 5)):
        assert notes["fig12.network_beats_triples_m30", protocol].startswith(
            f"nats per event: network, exact, global, {n_subsets} subsets"
        )
    gains = table[table["chosen"] & (table["model"] == "TripleS, all events")]
    gain = gains.loc[(gains["scoring"] == "fair") & (gains["magnitude_min"] == 3), "difference"]
    assert f"3: {gain.iloc[0]:.2f}" in notes["fig12.gain_grows_with_magnitude", "leak_free"]
    assert notes["fig12.n_parameters_triples", "leak_free"] == ""


def test_planes_are_as_far_as_the_thin_axis_says(table):
    points = hypocentres(TARGETS, Region.from_config(LEARNING).projection())
    small = TARGETS["magnitude"].between(2.5, 3.0, inclusive="left").to_numpy()
    rows = table[(table["model"] == "network, exact, global, 5 subsets") & table["chosen"]]
    rows = rows[rows["scoring"] == "fair"].set_index("magnitude_min")
    # the only plane lies flat at 10 km; the far tails belong to the background
    kept = NETWORKS["few"].mixture_.labels(points) == 0
    expected = np.median(np.abs(points[small & kept, 2] - 10))
    assert rows.loc[2.5, "plane_km"] == pytest.approx(expected)
    summary = fig12.forecast_summary(table)["leak_free"]
    nearer = rows.loc[3.5, "plane_km"] < rows.loc[2.5, "plane_km"]
    assert summary["fig12.large_events_nearer_planes"] == nearer
    assert table.loc[table["kind"] != "network", "plane_km"].isna().all()


def test_the_summary_survives_a_csv(table, tmp_path):
    table.to_csv(tmp_path / "fig12.csv", index=False)
    again = pd.read_csv(tmp_path / "fig12.csv")
    assert fig12.forecast_summary(again) == fig12.forecast_summary(table)


def test_the_figure_draws_from_its_csv(table, tmp_path):
    from faultcast.plots import style
    from faultcast.plots.kamer2020 import fig12 as plot

    table.to_csv(tmp_path / "fig12.csv", index=False)
    figure = plot.draw(pd.read_csv(tmp_path / "fig12.csv"), "demo")
    assert len(figure.axes) == 4
    style.save(figure, "demo", tmp_path / "fig12.pdf", tmp_path / "fig12.png")
    assert (tmp_path / "fig12.png").stat().st_size > 20_000


def test_the_table_holds_every_model_once_a_scoring_and_cut_off(table):
    rows = forecast_test.numbers(table)
    assert len(rows) == 2 * 3 * table["model"].nunique()
    assert not rows.duplicated(["scoring", "magnitude_min", "model"]).any()
    ordered = rows.groupby(["scoring", "magnitude_min"])["nll_per_event"]
    assert ordered.apply(lambda scores: scores.is_monotonic_increasing).all()
    named = rows[rows["reference"] == "yes"].groupby("scoring")["model"].unique()
    assert named["as_paper"].tolist() == ["network, exact, global, 30 subsets"]
    assert named["fair"].tolist() == ["network, exact, global, 5 subsets"]
    setting = rows.drop_duplicates("model").set_index("model")["setting"]
    assert setting["TripleS, loci"].endswith(" km") and setting["uniform"] == ""


def test_the_gap_is_that_of_the_figure(table, tmp_path):
    table.to_csv(tmp_path / "fig12.csv", index=False)
    gap = forecast_gap.numbers(
        EVENTS,
        TARGETS,
        ["few", "many"],
        CONDENSED,
        pd.read_csv(tmp_path / "fig12.csv"),
        **OPTIONS,
    )
    total = gap[gap["part"] == "all"].set_index(["scoring", "magnitude_min"])
    quoted = table[table["chosen"] & (table["model"] == "TripleS, all events")]
    expected = quoted.set_index(["scoring", "magnitude_min"])["difference"]
    assert total["nats"].to_numpy() == pytest.approx(expected[total.index].to_numpy(), abs=1e-6)
    assert total["network"].str[-10:].tolist() == ["30 subsets"] * 3 + [" 5 subsets"] * 3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"target_region": {**TARGET, "start": "2007-01-01"}}, "must not see its targets"),
        ({"target_region": {**TARGET, "end": None}}, "needs an end"),
        ({"networks": ["few", "few"]}, "one each"),
        ({"past_networks": ["few"]}, "each in both periods"),
        ({"past_end": "2020-01-01"}, "a moment inside"),
    ],
)
def test_bad_input_is_told(changes, text):
    inputs = {
        "events": EVENTS,
        "targets": TARGETS,
        "networks": ["few", "many"],
        "past_networks": ["few", "many"],
        "condensed": CONDENSED,
        "past_condensed": CONDENSED,
        "past_end": PAST_END,
    }
    with pytest.raises(DataError, match=text):
        fig12.numbers(**{**inputs, **OPTIONS, **changes})
