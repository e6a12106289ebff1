"""The Oceanside sequence in the networks of Figure 11 of Kamer et al. 2020."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import Projection
from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import fig11, oceanside
from faultcast.faults import FaultNetwork
from faultcast.plots.kamer2020 import fig11 as draw11

PROJECTION = Projection.centred(oceanside.LATITUDE_DEG, oceanside.LONGITUDE_DEG)
DIFFUSE = 40


@pytest.fixture(scope="module")
def sequence(tmp_path_factory):
    """A wall at the place of the main shock, one 60 km east, and scattered events."""
    rng = np.random.default_rng(1)
    walls = [rng.normal([x, 0.0, 8.0], [0.2, 4.0, 2.0], (150, 3)) for x in (0.0, 60.0)]
    diffuse = rng.uniform([-30, -30, 0], [90, 30, 15], (DIFFUSE, 3))
    xyz_km = np.concatenate([*walls, diffuse])
    latitude, longitude = PROJECTION.inverse(xyz_km[:, 0], xyz_km[:, 1])
    events = pd.DataFrame(
        {
            "event_id": np.arange(len(xyz_km)).astype(str),
            "time": oceanside.DAY + pd.to_timedelta(np.arange(len(xyz_km)), unit="h"),
            "latitude": latitude,
            "longitude": longitude,
            "magnitude": np.where(np.arange(len(xyz_km)) == 3, 5.4, 1.0),
        }
    )
    # every second condensed kernel won no event and is no point of the networks
    condensed = pd.DataFrame(np.repeat(xyz_km, 2, axis=0), columns=["x_km", "y_km", "z_km"])
    condensed["n_events"] = np.tile([0, 1], len(xyz_km))
    assignment = pd.DataFrame({"event_id": events["event_id"], "kernel": 2 * events.index + 1})
    root = tmp_path_factory.mktemp("networks")
    folders = {}
    for n_subsets in (1, 2):
        for criterion in ("local", "global"):
            folder = folders[f"{criterion}_{n_subsets}"] = root / f"{criterion}_{n_subsets}"
            network = FaultNetwork(criterion, n_subsets=n_subsets).fit(xyz_km)
            network.save(folder, xyz_km=xyz_km, crs=PROJECTION.crs)
    inputs = {"events": events, "condensed": condensed, "assignment": assignment}
    return xyz_km, inputs, folders


def test_events_of_the_sequence_are_followed_to_their_kernels(sequence, tmp_path):
    xyz_km, inputs, folders = sequence
    table = fig11.numbers(**inputs, **folders)
    rows = table[table["kind"] == "sequence"].set_index("panel")
    assert rows.index.tolist() == ["a", "b", "c", "d"]
    members = np.hypot(*(xyz_km[:, :2] - xyz_km[3, :2]).T) <= oceanside.RADIUS_KM
    members &= np.arange(len(xyz_km)) >= 3
    for panel, name in zip("abcd", ("local_1", "global_1", "local_2", "global_2"), strict=True):
        net, row = FaultNetwork.load(folders[name]), rows.loc[panel]
        own = net.labels_[members]
        distance = np.hypot(*(net.means_[:, :2] - xyz_km[3, :2]).T)
        near = (distance <= 15.0) & ~net.is_background_
        assert row["n_events"] == members.sum()
        assert row["n_near"] == near.sum() >= 1
        assert row["near_share"] == pytest.approx(near[own].mean())
        assert row["background_share"] == pytest.approx(net.is_background_[own].mean())
        total = row["near_share"] + row["far_share"] + row["background_share"]
        assert total == pytest.approx(1.0)
    table.to_csv(tmp_path / "numbers.csv", index=False)
    figure = draw11.draw(pd.read_csv(tmp_path / "numbers.csv"), "test")
    figure.canvas.draw()
    assert any("Oceanside" in text.get_text() for text in figure.axes[3].texts)


def test_the_claim_needs_absence_with_few_and_presence_with_many_subsets():
    def value(few, many):
        rows = [
            {"panel": panel, "kind": kind, "n_subsets": n, "criterion": criterion, **share}
            for panel, n, criterion, near in (
                ("a", 5, "local", few),
                ("b", 5, "global", few),
                ("c", 30, "local", many),
                ("d", 30, "global", many),
            )
            for kind, share in (
                ("network", {}),
                (
                    "sequence",
                    {"near_share": near, "far_share": 0.0, "background_share": 1.0 - near}
                    | {"n_near": 1, "n_events": 9, "x_km": 0.0, "y_km": 0.0},
                ),
            )
        ]
        return oceanside.ours(pd.DataFrame(rows))["value"].item()

    assert value(0.09, 0.5) == 1.0
    assert value(0.1, 0.9) == 0.0
    assert value(0.0, 0.49) == 0.0


def test_a_catalog_without_the_main_shock_has_no_value(sequence):
    _, inputs, folders = sequence
    later = inputs["events"].assign(time=inputs["events"]["time"] + pd.Timedelta(days=400))
    table = fig11.numbers(**(inputs | {"events": later}), **folders)
    assert not (table["kind"] == "sequence").any()
    row = oceanside.ours(table).iloc[0]
    assert np.isnan(row["value"])
    assert not row["comparable"]


def test_networks_of_other_kernels_are_refused(sequence):
    _, inputs, folders = sequence
    other = inputs["condensed"].assign(n_events=1)
    with pytest.raises(DataError, match="won an event"):
        fig11.numbers(**(inputs | {"condensed": other}), **folders)
