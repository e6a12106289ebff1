"""GNSS stations, the Mexico City crop and mapped faults, from small files made up."""

import gzip
import struct
import zipfile

import numpy as np
import pandas as pd
import pyproj
import pytest

from faultcast.catalog import Projection
from faultcast.deformation import (
    FaultLines,
    fault_distance_km,
    read_active_faults,
    read_gnss_positions,
    read_gnss_sw_china,
    read_mexico_city,
)
from faultcast.errors import DataError

STATIONS = """station,frame,lat_deg,lon_deg,ellipsoid_height_m
AAAA,nam14,35.0,-118.0,100.0
BBBB,nam14,35.1,-118.2,
CCCC,nam14,35.2,-118.4,300.5
"""


def gnss_zip(folder, **more):
    files = {
        "position.AAAA.cwu.nam14.csv": "Date,North (mm),East (mm)\r\n"
        "2020-01-01,0.00,0.00\r\n2020-01-02,x,5.0\r\n2020-01-04,1.00,-2.5\r\n"
        "2020-01-04,1.00,-9.5\r\n2020-01-05,2.0\r\n",
        "position.BBBB.cwu.nam14.csv": "Date,North (mm),East (mm)\n2020-01-01,0,0\n",
        "position.CCCC.cwu.igs14.csv": "Date, North (mm), East (mm), Vertical (mm)\n"
        "2020-01-03,0.90, 1.50,-6\n2020-01-06,1.0,bad,2\n",
        **more,
    }
    path = folder / "position_csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    (folder / "stations.csv").write_text(STATIONS)
    return path


def test_stations_on_common_days(tmp_path):
    series, rejected = read_gnss_positions(gnss_zip(tmp_path), tmp_path / "stations.csv", "E")
    assert series.points["pid"].tolist() == ["AAAA", "CCCC"]
    assert series.points["frame"].tolist() == ["nam14", "igs14"]
    assert series.dates.strftime("%d").tolist() == ["01", "02", "03", "04"]
    nan = np.nan
    np.testing.assert_array_equal(series.displacement_mm, [[0, 5, nan, -2.5], [nan, nan, 1.5, nan]])
    assert rejected[["file", "line", "reason"]].to_numpy().tolist() == [
        ["position.AAAA.cwu.nam14.csv", 6, "2 fields, not 3"],
        ["position.AAAA.cwu.nam14.csv", 5, "the day stands further up"],
        ["position.BBBB.cwu.nam14.csv", 0, "the station has no position in the table of stations"],
        ["position.CCCC.cwu.igs14.csv", 3, "East (mm) is not a number"],
    ]
    # metres in the CRS that stands beside them
    back = pyproj.Transformer.from_crs(series.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = back.transform(*series.positions_m.T)
    np.testing.assert_allclose(latitude, [35.0, 35.2], atol=1e-9)
    np.testing.assert_allclose(longitude, [-118.0, -118.4], atol=1e-9)


def test_an_infinite_position_is_left_out_and_the_day_may_come_again(tmp_path):
    rows = "Date,North (mm),East (mm)\n2020-01-01,0,-inf\n2020-01-01,0,1.5\n2020-01-02,0,1e400\n"
    path = gnss_zip(tmp_path, **{"position.AAAA.cwu.nam14.csv": rows})
    series, rejected = read_gnss_positions(path, tmp_path / "stations.csv", "E")
    assert series.displacement_mm[0, 0] == 1.5 and not np.isinf(series.displacement_mm).any()
    told = rejected[rejected["file"] == "position.AAAA.cwu.nam14.csv"]
    assert told["line"].tolist() == [2, 4]
    assert (told["reason"] == "East (mm) is infinite").all()


def test_stations_that_cannot_be_used(tmp_path):
    path = gnss_zip(tmp_path)
    with pytest.raises(DataError, match="hold 'E' and 'N'"):
        read_gnss_positions(path, tmp_path / "stations.csv", "U")
    with pytest.raises(DataError, match="is no position"):
        read_gnss_positions(gnss_zip(tmp_path, **{"notes.csv": "a,b\n"}), tmp_path / "stations.csv")
    (tmp_path / "stations.csv").write_text(STATIONS.replace("CCCC", "DDDD"))
    with pytest.raises(DataError, match=r"holds 1 station\(s\) with a position"):
        read_gnss_positions(gnss_zip(tmp_path).rename(tmp_path / "p.zip"), _few(tmp_path))


def _few(folder):
    path = folder / "few.csv"
    path.write_text(STATIONS.split("BBBB")[0])
    return path


def test_the_undated_stations(tmp_path):
    values = np.arange(12.0).reshape(4, 3)
    (tmp_path / "target.csv.gz").write_bytes(
        gzip.compress("\n".join(",".join(map(str, row)) for row in values).encode())
    )
    (tmp_path / "static_data.csv").write_text("dem,distance\n1,2\n3,4\n5,6\n")
    weights = tmp_path / "adjacency_matrix_with_weights.csv"
    weights.write_text("0,1,2\n1,0,3\n2,3,0\n")
    series, graph = read_gnss_sw_china(tmp_path)
    assert not series.is_dated
    np.testing.assert_array_equal(series.displacement_mm, values.T)
    assert series.points["height_m"].tolist() == [1, 3, 5]
    assert graph[1].tolist() == [1, 0, 3]
    weights.write_text("0,1\n1,0\n")
    with pytest.raises(DataError, match="weights of shape"):
        read_gnss_sw_china(tmp_path)
    weights.write_text("0,x\n1,0\n")
    with pytest.raises(DataError, match="no table of numbers"):
        read_gnss_sw_china(tmp_path)


def test_mexico_city_is_turned_upright(tmp_path):
    displacement = np.arange(24.0).reshape(2, 3, 4).astype(np.float32)
    displacement[:, 0, 0] = np.nan
    arrays = {
        "disp": displacement,
        "dates": np.array(["20180106", "20180130"]),
        "dem": np.arange(12).reshape(3, 4).astype(np.int16),
        "bounds": np.array([-99.2, 19.3, -99.16, 19.33]),
    }
    path = tmp_path / "derived.npz"
    np.savez(path, **arrays)
    tile = read_mexico_city(path)
    assert tile.lattice.crs == "EPSG:4326"
    assert tile.lattice.cell == pytest.approx(0.01)
    # the file's first row is the northernmost
    np.testing.assert_array_equal(tile.displacement_mm[0, -1, 1:], displacement[0, 0, 1:])
    assert not tile.mask[-1, 0]
    assert tile.mask.sum() == 11
    latitude, _ = tile.lattice.degrees()
    assert latitude[0, 0] == pytest.approx(19.305)
    np.savez(path, **{**arrays, "dem": arrays["dem"][1:]})
    with pytest.raises(DataError, match="heights of"):
        read_mexico_city(path)
    np.savez(path, **{**arrays, "dates": np.array("20180106")})
    with pytest.raises(DataError, match=r"dates of \(\)"):
        read_mexico_city(path)
    beyond_unicode = np.frombuffer(b"\x32\x00\x44\x55" * 8, "<U8")
    np.savez(path, **{**arrays, "dates": np.repeat(beyond_unicode, 2)})
    with pytest.raises(DataError, match="is missing, damaged"):
        read_mexico_city(path)
    del arrays["dates"]
    np.savez(path, **arrays)
    with pytest.raises(DataError, match="lacks the arrays dates"):
        read_mexico_city(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DataError, match="is missing, damaged"):
        read_mexico_city(path)


def shapefile(records, kind=3):
    """Return a .shp of polylines, each a list of parts of (longitude, latitude)."""
    body = b""
    for number, parts in enumerate(records, start=1):
        points = [point for part in parts for point in part]
        first = np.cumsum([0, *map(len, parts)])[:-1]
        content = struct.pack("<i4d2i", kind, 0, 0, 0, 0, len(parts), len(points))
        content += struct.pack(f"<{len(first)}i", *first)
        content += np.array(points, "<f8").tobytes()
        body += struct.pack(">2i", number, len(content) // 2) + content
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(body)) // 2)
    return head + struct.pack("<2i8d", 1000, kind, *[0.0] * 8) + body


def test_segments_of_a_shapefile(tmp_path):
    path = tmp_path / "faults.shp"
    path.write_bytes(
        shapefile([[[(1, 2), (3, 4), (5, 6)]], [[(7, 8), (9, 10)], [(11, 12), (13, 14)]]])
    )
    faults = read_active_faults(path)
    assert faults.start.tolist() == [[2, 1], [4, 3], [8, 7], [12, 11]]
    assert faults.end.tolist() == [[4, 3], [6, 5], [10, 9], [14, 13]]
    whole = shapefile([[[(1, 2), (3, 4)]]])
    for data, text in (
        (whole[:-8], "it is cut"),
        (shapefile([[[(1, 2), (3, 4)]]], kind=5), "shapes of type 5"),
        # a record that states nine points and holds two
        (whole[:148] + b"\x09" + whole[149:], "does not hold what it states"),
        (shapefile([[[(1, 95), (3, 4)]]]), "no degrees"),
        (shapefile([]), "no fault trace"),
        (b"no shapefile", "is no shapefile"),
    ):
        path.write_bytes(data)
        with pytest.raises(DataError, match=text):
            read_active_faults(path)


def test_distances_are_those_of_the_ellipsoid():
    rng = np.random.default_rng(4)
    start = np.column_stack([rng.uniform(35, 40, 60), rng.uniform(10, 16, 60)])
    faults = FaultLines(start, start + rng.uniform(-0.3, 0.3, (60, 2)))
    latitude, longitude = np.meshgrid([37.0, 37.5], [12.0, 12.6, 13.1], indexing="ij")
    found = fault_distance_km(faults, latitude, longitude)
    geod = pyproj.Geod(ellps="WGS84")
    share = np.linspace(0, 1, 2001)[:, None]
    along = np.concatenate(
        [a + share * (b - a) for a, b in zip(faults.start, faults.end, strict=True)]
    )
    for at in np.ndindex(latitude.shape):
        n = len(along)
        _, _, metres = geod.inv(
            np.full(n, longitude[at]), np.full(n, latitude[at]), along[:, 1], along[:, 0]
        )
        assert found[at] == pytest.approx(metres.min() / 1000, abs=0.05)


def test_faults_across_the_date_line_and_at_the_antipode():
    faults = FaultLines(
        np.array([[0.0, 179.9], [0.5, 0.0]]), np.array([[0.0, -179.9], [-0.5, 0.1]])
    )
    near = fault_distance_km(faults, np.array([0.1]), np.array([180.0]))
    y_km = Projection.centred(0.0, 180.0).forward([0.1], [180.0])[1]
    assert near[0] == pytest.approx(y_km[0], rel=1e-3)


def test_a_day_without_a_date_is_aside(tmp_path):
    more = {
        "position.AAAA.cwu.nam14.csv": "Date,North (mm),East (mm)\n2020-01-01,0,0\nsoon,1,1\n",
    }
    series, rejected = read_gnss_positions(gnss_zip(tmp_path, **more), tmp_path / "stations.csv")
    assert rejected["reason"][0] == "no time can be read in Date"
    assert series.dates[0] == pd.Timestamp("2020-01-01", tz="UTC")
