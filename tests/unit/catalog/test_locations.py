"""Location uncertainty from NonLinLoc files, and focal mechanisms."""

import struct

import catalog_samples as samples
import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import check_events, read_locations, read_mechanisms
from faultcast.catalog.readers.nonlinloc_csv import ellipsoid_covariances
from faultcast.errors import CatalogError

HYP = """\
NLLOC "./loc/made_up.20010203" "LOCATED" "Location completed."
HYPOCENTER  x {x} y {y} z 8.5  OT 57.0903  ix -1 iy -1 iz -1
GEOGRAPHIC  OT 2001 02 03  08 02 57.090251  Lat 34.100000 Long -116.900000 Depth 8.5
QUALITY  Pmax 2.5 MFmin 17.7 MFmax 17.8 RMS 0.0904332 Nphs 12 Gap 177.9 Dist 9.1 Mamp -9.90 0
STATISTICS  ExpectX 4.9 Y 5.9 Z 8.5  CovXX 0.39 XY -0.19 XZ 1.05 YY 1.00 YZ -0.54 ZZ 9.98 EllAz1 1
STAT_GEOG  ExpectLat 34.101 Long -116.901 Depth 8.6
TRANSFORM  SIMPLE LatOrig 34.000000  LongOrig -117.000000  RotCW 0.000000
END_PHASE
END_NLLOC

"""
X_KM = 0.1 * 10000 / 90 * np.cos(np.radians(34.0))
Y_KM = 0.1 * 10000 / 90


def write_hyp(folder, name="a", x_km=X_KM, y_km=Y_KM):
    samples.write(folder, HYP.format(x=x_km, y=y_km), f"{name}.hyp")
    return folder / f"{name}.hyp"


def write_scat(folder, xyz_km, name="a"):
    values = np.column_stack([xyz_km, np.ones(len(xyz_km))]).astype("<f4")
    header = struct.pack("<if8x", len(values), 1.0)
    return samples.write(folder, header + values.tobytes(), f"{name}.scat")


def test_hyp_with_samples(tmp_path):
    path = write_hyp(tmp_path)
    write_scat(tmp_path, [[X_KM, Y_KM, 8.5], [0.0, 0.0, 7.0]])
    located = read_locations(path)
    check_events(located.events)
    assert located.rejected.empty
    assert located.events["event_id"].tolist() == ["made_up.20010203"]
    assert located.events["time"][0] == pd.Timestamp("2001-02-03T08:02:57.090251Z")
    assert np.isnan(located.events["magnitude"][0])
    np.testing.assert_allclose(
        located.covariances.drop(columns="event_id").to_numpy()[0],
        [34.101, -116.901, 8.6, 0.39, -0.19, 1.05, 1.00, -0.54, 9.98],
    )
    np.testing.assert_allclose(
        located.samples[["latitude", "longitude", "depth_km"]],
        [[34.1, -116.9, 8.5], [34.0, -117.0, 7.0]],
        atol=1e-6,
    )


def test_covariance_of_a_turned_grid_is_along_east_and_north(tmp_path):
    """A grid turned by 90 degrees clockwise: its y is east, its x south."""
    path = write_hyp(tmp_path)
    path.write_text(path.read_text().replace("RotCW 0.0", "RotCW 90.0"))
    np.testing.assert_allclose(
        read_locations(path).covariances[["cxx", "cxy", "cxz", "cyy", "cyz", "czz"]].to_numpy()[0],
        [1.00, 0.19, -0.54, 0.39, -1.05, 9.98],
        atol=1e-12,
    )


def test_folder_of_hyp_keeps_faulty_files_aside(tmp_path):
    write_hyp(tmp_path, "a")
    write_scat(tmp_path, [[X_KM, Y_KM, 8.5]], "b")
    write_hyp(tmp_path, "b", x_km=X_KM + 1.0)  # not where TRANSFORM puts it
    samples.write(tmp_path, HYP.format(x=0, y=0).replace("LOCATED", "REJECTED"), "c.hyp")
    samples.write(tmp_path, "NLLOC nothing\n", "d.hyp")
    located = read_locations(tmp_path)
    assert len(located.events) == 1
    assert located.samples is None
    assert located.rejected["file"].tolist() == ["b.hyp", "c.hyp", "d.hyp"]
    assert "1.00 km off" in located.rejected["reason"][0]
    assert "not LOCATED" in located.rejected["reason"][1]
    assert "no NLLOC, HYPOCENTER" in located.rejected["reason"][2]


def test_cut_scat_is_told(tmp_path):
    path = write_hyp(tmp_path)
    scat = write_scat(tmp_path, np.zeros((10, 3)))
    scat.write_bytes(scat.read_bytes()[:-5])
    with pytest.raises(CatalogError, match="holds 10 samples, which takes 176 bytes; it has 171"):
        read_locations(path)


def test_ellipsoids_of_csv(tmp_path):
    located = read_locations(samples.write(tmp_path, samples.NONLINLOC))
    assert len(located.events) == 2
    # first axis east, second north, third vertical; the second event has a length of 0
    assert located.covariances["event_id"].tolist() == ["594"]
    np.testing.assert_allclose(
        located.covariances[["cxx", "cxy", "cxz", "cyy", "cyz", "czz"]].to_numpy()[0],
        np.array([1.0, 0.0, 0.0, 4.0, 0.0, 9.0]) / 3.53,
        atol=1e-12,
    )
    assert "its ellipsoid is not" in located.rejected["reason"][0]
    assert located.rejected["line"].tolist() == [3]


def test_ellipsoid_from_its_axes():
    rng = np.random.default_rng(0)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    lengths = np.array([0.5, 1.5, 4.0])
    frame = {f"length{k + 1}_km": [lengths[k]] for k in range(3)}
    for k in (0, 1):
        east, north, down = rotation[:, k]
        frame[f"azimuth{k + 1}_deg"] = [np.degrees(np.arctan2(east, north))]
        frame[f"dip{k + 1}_deg"] = [np.degrees(np.arcsin(down))]
    expected = rotation @ np.diag(lengths**2 / 3.53) @ rotation.T
    np.testing.assert_allclose(ellipsoid_covariances(pd.DataFrame(frame))[0], expected, atol=1e-12)


def test_locations_refuse_nonsense(tmp_path):
    with pytest.raises(CatalogError, match=r"no \.hyp file"):
        read_locations(tmp_path)
    with pytest.raises(CatalogError, match="does not exist"):
        read_locations(tmp_path, format="nll")
    with pytest.raises(CatalogError, match="no column"):
        read_locations(samples.write(tmp_path, samples.JAPAN))


def test_hash_mechanisms(tmp_path):
    mechanisms, rejected = read_mechanisms(samples.write(tmp_path, samples.HASH, "x.hash.gz"))
    assert mechanisms["event_id"].tolist() == ["37300744", "37375872"]
    # 17 h, minute -1, 59.79 s is 16:59:59.79
    assert mechanisms["time"][1] == pd.Timestamp("2015-05-06T16:59:59.79Z")
    assert mechanisms["strike_deg"].tolist() == [155.0, 0.0]
    assert mechanisms["quality"].tolist() == ["C", "C"]
    assert rejected[["line", "reason"]].to_numpy().tolist() == [[7, "dip_deg not in 0..90"]]


def test_mechanisms_as_csv_and_bad_input(tmp_path):
    body = [line.split() for line in samples.HASH.splitlines()[3:]]
    text = "\n".join(",".join(row) for row in body) + "\n"
    mechanisms, _ = read_mechanisms(samples.write(tmp_path, text))
    assert len(mechanisms) == 2
    with pytest.raises(CatalogError, match="no column CID"):
        read_mechanisms(samples.write(tmp_path, text.replace("CID", "id")))
    with pytest.raises(CatalogError, match="no readable mechanism"):
        read_mechanisms(samples.write(tmp_path, "\n".join([",".join(body[0]), ",".join(body[3])])))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("RotCW 0.000000", "RotCW soon", "could not convert"),
        ("RotCW 0.000000", "RotCW nan", "not finite"),
        ("ExpectLat 34.101", "ExpectLat 340.1", "no place on Earth"),
        ("LatOrig 34.000000", "LatOrig 1e300", "nowhere on Earth"),
    ],
)
def test_odd_words_of_a_block_put_it_aside(tmp_path, old, new, reason):
    path = write_hyp(tmp_path)
    write_scat(tmp_path, [[X_KM, Y_KM, 8.5]])
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CatalogError, match=reason):
        read_locations(path)


def test_samples_far_from_the_earth_are_no_samples(tmp_path):
    path = write_hyp(tmp_path)
    write_scat(tmp_path, [[X_KM, 1e30, 8.5]])
    with pytest.raises(CatalogError, match="nowhere on Earth"):
        read_locations(path)
