"""Plane angles, exports, trace and Landers readers."""

import gzip
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from faultcast.catalog import Projection
from faultcast.errors import CatalogError
from faultcast.faults import FaultNetwork, export_planes, read_landers, read_traces
from faultcast.faults.geometry import plane_angles

PROJECTION = Projection.centred(34.0, -117.0)


@pytest.mark.parametrize(("strike", "dip"), [(0, 90), (30, 60), (140, 20), (215, 45), (330, 89)])
def test_angles_of_a_known_plane(strike: float, dip: float) -> None:
    s, d = np.radians([strike, dip])
    along = np.array([np.sin(s), np.cos(s), 0.0])
    # down the dip, to the right of strike; z down
    down = np.array([np.cos(s) * np.cos(d), -np.sin(s) * np.cos(d), np.sin(d)])
    normal = np.cross(along, down)
    for sign in (1.0, -1.0):
        found = plane_angles(sign * normal[None])
        assert found[1][0] == pytest.approx(dip, abs=1e-6)
        if dip < 90:
            assert found[0][0] == pytest.approx(strike, abs=1e-6)
        else:
            assert found[0][0] % 180.0 == pytest.approx(strike % 180.0, abs=1e-6)


def test_a_flat_plane_has_dip_zero() -> None:
    strike, dip = plane_angles(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]))
    np.testing.assert_array_equal(strike, 0.0)
    np.testing.assert_array_equal(dip, 0.0)


@pytest.fixture(scope="module")
def net() -> FaultNetwork:
    rng = np.random.default_rng(0)
    faults = [rng.normal(size=(150, 3)) * (5.0, 0.2, 2.0) + (0, y, 8) for y in (-12, 12)]
    noise = rng.uniform((-20, -20, 0), (20, 20, 18), (30, 3))
    return FaultNetwork().fit(np.concatenate([*faults, noise]))


def test_exports_hold_every_plane(net: FaultNetwork, tmp_path: Path) -> None:
    paths = {path.suffix: path for path in export_planes(net, PROJECTION, tmp_path, name="f")}
    planes = net.planes()
    table = pd.read_csv(paths[".csv"])
    np.testing.assert_allclose(table["strike_deg"], planes["strike_deg"])
    x, y = PROJECTION.forward(table["latitude"].to_numpy(), table["longitude"].to_numpy())
    np.testing.assert_allclose(np.column_stack((x, y)), planes[["x_km", "y_km"]], atol=2e-4)
    features = json.loads(paths[".geojson"].read_text())["features"]
    assert len(features) == len(planes)
    ring = np.array(features[0]["geometry"]["coordinates"][0])
    assert ring.shape == (5, 3) and np.array_equal(ring[0], ring[-1])
    # the middle of the corners is the kernel's centre; elevation is up, in m
    assert ring[:4, 2].mean() == pytest.approx(-1000.0 * planes["z_km"].iloc[0], abs=2.0)
    marks = ElementTree.parse(paths[".kml"]).findall(".//{*}Placemark")
    assert len(marks) == len(planes)
    vtk = paths[".vtk"].read_text().splitlines()
    assert f"POINTS {4 * len(planes)} double" in vtk
    first = np.array([line.split() for line in vtk[5:9]], dtype=float)
    sides = np.linalg.norm(np.diff(first, axis=0), axis=1)
    expected = planes[["width_km", "length_km"]].iloc[0]
    np.testing.assert_allclose(np.sort(sides[:2]), np.sort(expected), atol=3e-3)


def test_traces_are_read_from_gzip_and_text(tmp_path: Path) -> None:
    text = '# head\n> "one"\n-117.0 34.0 -5\n-116.9 34.1 -7\n> two\n-117.1 33.9\n'
    (tmp_path / "a").write_text(text)
    (tmp_path / "a.gz").write_bytes(gzip.compress(text.encode()))
    table = read_traces(tmp_path / "a", PROJECTION)
    pd.testing.assert_frame_equal(table, read_traces(tmp_path / "a.gz", PROJECTION))
    assert table["trace"].to_list() == [0, 0, 1]
    assert table["x_km"].iloc[0] == pytest.approx(0.0, abs=1e-9)
    assert table["y_km"].iloc[1] == pytest.approx(11.1, abs=0.1)


@pytest.mark.parametrize(("text", "message"), [("> a\nx y\n", "line 2"), ("> a\n", "no trace")])
def test_bad_traces_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(CatalogError, match=message):
        read_traces(tmp_path / "a", PROJECTION)
    with pytest.raises(CatalogError, match="cannot read"):
        read_traces(tmp_path / "none", PROJECTION)


def test_landers_file(tmp_path: Path) -> None:
    points = np.random.default_rng(0).uniform(size=(9, 3))
    savemat(tmp_path / "a.mat", {"xyz_mat": points})
    np.testing.assert_array_equal(read_landers(tmp_path / "a.mat"), points)
    savemat(tmp_path / "b.mat", {"other": points})
    with pytest.raises(CatalogError, match="other"):
        read_landers(tmp_path / "b.mat")
    (tmp_path / "c.mat").write_text("no MATLAB file")
    with pytest.raises(CatalogError, match="damaged"):
        read_landers(tmp_path / "c.mat")
