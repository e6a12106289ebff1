"""Deformation files with damage, to the zip around them or to the tables inside."""

import io
import zipfile

import fuzzing
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from made_up_egms import ATTRIBUTES_2020, ATTRIBUTES_L2B, NAME, made_up_table
from test_stations_and_maps import STATIONS, gnss_zip, shapefile

from faultcast.deformation import (
    native_tile,
    read_active_faults,
    read_egms,
    read_gnss_positions,
    read_gnss_sw_china,
    read_mexico_city,
)
from faultcast.deformation.tile import Tile
from faultcast.errors import FaultcastError

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("error::RuntimeWarning")]

_LEVEL_2 = "EGMS_L2b_044_0263_IW2_VV_2020_2024_1"


def _zipped(members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()


def _damage(what, path, whole, read):
    """Damage a file many times; of a dict, the members of a zip, the zip or one of its members."""

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        if isinstance(whole, bytes):
            data = fuzzing.edit_all(whole, numbers)
        elif numbers[0] % 3 == 0:
            data = fuzzing.edit_all(_zipped(whole), numbers)
        else:
            name = sorted(whole)[numbers[-1] % len(whole)]
            data = _zipped({**whole, name: fuzzing.edit_all(whole[name], numbers)})
        path.write_bytes(data)
        fuzzing.done[what, "edited documents"] += 1
        try:
            with fuzzing.bounded():
                read()
        except FaultcastError:
            fuzzing.done[what, "refused"] += 1

    check()


def _check_rejected(rejected):
    assert (rejected["reason"] != "").all() and (rejected["file"] != "").all()
    assert (rejected["line"] >= 0).all()


@pytest.mark.parametrize(
    ("name", "attributes"), [(NAME, ATTRIBUTES_2020), (_LEVEL_2, ATTRIBUTES_L2B)]
)
@pytest.mark.parametrize("suffix", [".csv", ".zip"])
def test_damaged_egms(tmp_path, name, attributes, suffix):
    path = tmp_path / f"{name}{suffix}"
    table = made_up_table(attributes).to_csv(index=False).encode()
    whole = table if suffix == ".csv" else {f"{name}.csv": table, f"{name}.xml": b"<TILE/>"}

    def read():
        series, rejected = read_egms(path)
        _check_rejected(rejected)
        assert np.isfinite(series.positions_m).all()
        assert not np.isinf(series.displacement_mm).any()
        assert np.isfinite(series.displacement_mm).any(axis=1).all()
        assert series.points["pid"].is_unique
        if name == NAME:
            native_tile(series)

    _damage(f"EGMS level {name[6]} {suffix}", path, whole, read)


@pytest.mark.parametrize("damaged", ["positions", "stations"])
def test_damaged_gnss(tmp_path, damaged):
    gnss_zip(tmp_path)
    with zipfile.ZipFile(tmp_path / "position_csv.zip") as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    path = tmp_path / ("stations.csv" if damaged == "stations" else "position_csv.zip")
    whole = STATIONS.encode() if damaged == "stations" else members

    def read():
        series, rejected = read_gnss_positions(
            tmp_path / "position_csv.zip", tmp_path / "stations.csv"
        )
        _check_rejected(rejected)
        assert np.isfinite(series.positions_m).all()
        assert not np.isinf(series.displacement_mm).any()

    _damage(f"GNSS {damaged}", path, whole, read)


@pytest.mark.parametrize(
    "name", ["target.csv", "static_data.csv", "adjacency_matrix_with_weights.csv"]
)
def test_damaged_undated_stations(tmp_path, name):
    whole = {
        "target.csv": b"0,1,2\n3,4,5\n6,7,8\n9,10,11\n",
        "static_data.csv": b"dem,distance\n1,2\n3,4\n5,6\n",
        "adjacency_matrix_with_weights.csv": b"0,1,2\n1,0,3\n2,3,0\n",
    }
    for file, content in whole.items():
        (tmp_path / file).write_bytes(content)
    _damage(f"undated {name}", tmp_path / name, whole[name], lambda: read_gnss_sw_china(tmp_path))


def test_damaged_mexico_city(tmp_path):
    path = tmp_path / "derived.npz"
    np.savez(
        path,
        disp=np.arange(24.0).reshape(2, 3, 4).astype(np.float32),
        dates=np.array(["20180106", "20180130"]),
        dem=np.arange(12).reshape(3, 4).astype(np.int16),
        bounds=np.array([-99.2, 19.3, -99.16, 19.33]),
    )
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}

    def read():
        tile = read_mexico_city(path)
        assert not np.isinf(tile.displacement_mm).any()
        assert tile.dates.is_monotonic_increasing and tile.dates.is_unique

    _damage("Mexico City", path, members, read)


@pytest.mark.parametrize("suffix", [".shp", ".zip"])
def test_damaged_faults(tmp_path, suffix):
    path = tmp_path / f"faults{suffix}"
    shapes = shapefile([[[(1, 2), (3, 4), (5, 6)]], [[(7, 8), (9, 10)], [(11, 12), (13, 14)]]])
    whole = shapes if suffix == ".shp" else {"faults.shp": shapes, "faults.dbf": b"x"}

    def read():
        faults = read_active_faults(path)
        assert len(faults.start) == len(faults.end) > 0

    _damage(f"faults {suffix}", path, whole, read)


@pytest.mark.parametrize("name", ["cells.parquet", "tile.json"])
def test_damaged_tile(tmp_path, name):
    csv = tmp_path / f"{NAME}.csv"
    csv.write_bytes(made_up_table().to_csv(index=False).encode())
    native_tile(read_egms(csv)[0]).save(tmp_path)

    def read():
        tile = Tile.load(tmp_path)
        assert tile.series.shape == (tile.n_epochs, tile.n_cells)
        assert isinstance(tile.dates, pd.DatetimeIndex)

    _damage(f"tile {name}", tmp_path / name, (tmp_path / name).read_bytes(), read)
