"""Simulated mechanisms: about the planted planes, by letter, at the true places."""

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.kamer2020.nodal_planes import median_angles, plane_normals, slip_vectors
from faultcast.synthetic.mechanisms import QUALITY, RELOCATION_KM, simulate_mechanisms


@pytest.fixture(scope="module")
def table(simulated):
    return simulate_mechanisms(
        simulated.truth, simulated.faults, simulated.region.projection(), seed=1
    )


def test_angles_lie_in_their_ranges_and_events_are_detected_ones(table, simulated):
    assert table["strike_deg"].between(0, 360).all()
    assert table["dip_deg"].between(0, 90).all()
    assert table["rake_deg"].between(-180, 180).all()
    assert table["event_id"].is_unique and table["time"].is_monotonic_increasing
    detected = simulated.truth.loc[simulated.truth["detected"], "event_id"]
    assert table["event_id"].isin(detected).all()
    assert 0.3 < len(table) / len(detected) < 0.5


def test_mechanisms_lie_about_their_faults_the_good_ones_nearer(table, simulated):
    rows = table.merge(simulated.truth[["event_id", "fault"]], on="event_id")
    rows = rows[rows["fault"] >= 0].merge(simulated.faults, on="fault", suffixes=("", "_true"))
    spread = {}
    for letter, part in rows.groupby("quality"):
        angles = [part[name].to_numpy() for name in ("strike_deg", "dip_deg", "rake_deg")]
        nodal = np.stack((plane_normals(*angles[:2]), slip_vectors(*angles)), axis=1)
        true = plane_normals(part["strike_deg_true"], part["dip_deg_true"])
        spread[letter] = np.median(
            [median_angles(t[None], n[None])[0] for t, n in zip(true, nodal, strict=True)]
        )
    assert list(spread.values()) == sorted(spread.values())
    assert spread["A"] < 1.5 * QUALITY["A"][1]


def test_places_are_the_true_ones_but_for_the_relocation_error(table, simulated):
    rows = table.merge(simulated.truth[["event_id", "x_km", "y_km", "z_km"]], on="event_id")
    x_km, y_km = simulated.region.projection().forward(rows["latitude"], rows["longitude"])
    for found, true in (
        (x_km, rows["x_km"]),
        (y_km, rows["y_km"]),
        (rows["depth_km"], rows["z_km"]),
    ):
        assert np.std(found - true) == pytest.approx(RELOCATION_KM, rel=0.1)


def test_nothing_detected_is_told(simulated):
    with pytest.raises(DataError, match="is detected"):
        simulate_mechanisms(simulated.truth.assign(detected=False), simulated.faults, None, seed=0)
