"""The originals, defects included, and the counts that must hold."""

import numpy as np
import pandas as pd
import pytest

from faultcast.catalog import (
    Region,
    check_events,
    detect_format,
    merge_files,
    read_catalog,
    read_locations,
    read_mechanisms,
    select_events,
)

pytestmark = pytest.mark.real_data

BOX = Region(latitude=(32, 36), longitude=(-120, -114), start="1990-01-01", end="2019-01-01")
MAGNITUDES = (0.0, 2.5, 3.5, 4.5)
PARKFIELD = "nll_parkfield/20231201A_coherence_Parkfield_2022_FULL_CATALOG.csv.gz"


@pytest.fixture(scope="module")
def merged_path(shared_data):
    return shared_data / "merged" / "socal_1981_2020.csv.gz"


@pytest.fixture(scope="module")
def merged(merged_path):
    events, rejected = read_catalog(merged_path)
    assert rejected.empty
    return check_events(events)


def counts(events, region, magnitudes):
    return [len(select_events(events, region, magnitude_min=m)) for m in magnitudes]


def test_counts_of_the_merged_catalog(merged):
    assert len(merged) == 763_598
    assert counts(merged, BOX, MAGNITUDES) == [443_219, 24_750, 2_472, 237]
    targets = Region(
        latitude=(32.5, 36), longitude=(-121, -115), depth_km=(0, 20),
        start="2011-07-01", end="2015-07-01",
    )  # fmt: skip
    assert counts(merged, targets, (2.5, 3.0, 3.5)) == [1_147, 401, 137]
    both = merged[["horizontal_error_km", "depth_error_km"]].notna().all(axis=1)
    assert both.sum() == 17_966


def test_counts_with_placeholders(merged_path):
    events, _ = read_catalog(merged_path, placeholder_magnitudes="keep")
    assert counts(events, BOX, MAGNITUDES) == [445_656, 24_761, 2_474, 237]


def test_own_merge_against_the_merged_catalog(shared_data, merged):
    folder = shared_data / "scedc"
    events, rejected = merge_files(
        sorted(folder.glob("SCSN/*.gz")),
        sorted(folder.glob("SCEC_DC/*.gz")),
        sorted((shared_data / "comcat").glob("*.gz")),
    )
    check_events(events)
    assert len(events) == 759_237
    assert len(rejected) == 6
    ours, reference = events.set_index("event_id"), merged.set_index("event_id")
    assert ours.index.difference(reference.index).empty
    missing = reference.loc[reference.index.difference(ours.index), "source"]
    assert missing.value_counts().to_dict() == {"taira_gapfill": 3_565, "yhs_gapfill": 796}
    reference = reference.loc[ours.index]
    for name in ("magnitude", "horizontal_error_km", "depth_error_km"):
        np.testing.assert_array_equal(ours[name], reference[name], err_msg=name)
    same = ours["source"].str.startswith("scsn")
    assert same.sum() == 106_942
    for name in ("latitude", "longitude"):
        np.testing.assert_allclose(ours[name][same], reference[name][same], atol=6e-6)
    np.testing.assert_allclose(ours["depth_km"][same], reference["depth_km"][same], atol=1e-9)
    # SCEC_DC, blank-separated, gives the phases that the reference had cut wrongly
    counted = reference["source"].str.startswith("scsn")
    assert (counted & (ours["n_phases"] >= 100)).sum() == 11_248
    np.testing.assert_array_equal(reference["n_phases"][counted], ours["n_phases"][counted])


def test_phases_of_both_formats_agree(shared_data):
    """SCEC_DC, blank-separated, tells how SCSN's touching columns must be cut."""
    scsn, _ = read_catalog(shared_data / "scedc/SCSN/2019.asof20250220.catalog.gz")
    scec_dc, _ = read_catalog(shared_data / "scedc/SCEC_DC/2019.asof20250220.catalog.gz")
    both = scsn.merge(scec_dc, on="event_id", suffixes=("", "_dc"))
    assert len(both) == 45_446
    assert (both["n_phases"] == both["n_phases_dc"]).all()
    assert (abs(both["depth_km"] - both["depth_km_dc"]) < 0.051).all()
    assert (abs(both["latitude"] - both["latitude_dc"]) < 0.00051).all()
    assert (abs(both["longitude"] - both["longitude_dc"]) < 0.00051).all()


@pytest.mark.parametrize(
    ("file", "n_events"),
    [
        ("SCEC_DC/1981.catalog.gz", 10_684),
        ("SCEC_DC/1992.asof20150313.catalog.gz", 51_459),
        ("SCEC_DC/2010.catalog.gz", 41_959),
        ("SCSN/1992.catalog.gz", 51_433),
    ],
)
def test_clean_yearly_files(shared_data, file, n_events):
    events, rejected = read_catalog(shared_data / "scedc" / file)
    assert rejected.empty
    assert len(check_events(events)) == n_events
    # above the datum, but for the older file, whose datum is about 1.06 km higher
    assert (events["depth_km"] < 0).any() == ("asof2015" not in file)


def test_second_60_of_1992(shared_data):
    events, _ = read_catalog(shared_data / "scedc/SCSN/1992.catalog.gz")
    moment = events.set_index("event_id").loc["3040807", "time"]
    assert moment == pd.Timestamp("1992-07-10T21:49:00Z")


def test_cut_and_spliced_files(shared_data):
    events, rejected = read_catalog(shared_data / "scedc/SCEC_DC/2019.asof20250226.catalog.gz")
    assert len(events) == 37_358
    assert rejected["line"].tolist() == [35_566, 37_370]
    assert "39227848" in events["event_id"].tolist()
    assert "63759" in rejected["reason"][1]
    for file, n_events, line in (("SCEC_DC", 45_446, 45_457), ("SCSN", 50_406, 50_417)):
        path = shared_data / "scedc" / file / "2019.asof20250220.catalog.gz"
        events, rejected = read_catalog(path)
        assert len(events) == n_events
        assert rejected["line"].tolist() == [line, line]


def test_comcat_and_japan(shared_data):
    n_events = 0
    for path in sorted((shared_data / "comcat").glob("*.gz")):
        assert detect_format(path) == "comcat"
        events, rejected = read_catalog(path)
        assert rejected.empty
        n_events += len(check_events(events))
    assert n_events == 105_287
    japan, _ = read_catalog(shared_data / "japan_comcat/Japan_catalog.csv.gz")
    assert len(japan) == 37_581
    assert [(japan["magnitude"] >= m).sum() for m in (3.5, 4.5)] == [36_992, 18_197]


def test_catalog_without_header(shared_data):
    columns = {"event_id": 0, "time": [1, 2], "magnitude": 3, "longitude": 4, "latitude": 5}
    events, rejected = read_catalog(
        shared_data / "ridgecrest/Taira_Dataset_S1.csv.gz", columns={**columns, "depth_km": 6}
    )
    assert (len(events), len(rejected)) == (43_742, 0)


def test_parkfield_ellipsoids(shared_data):
    located = read_locations(shared_data / PARKFIELD)
    assert len(located.events) == len(located.covariances) == 11_313
    assert located.rejected.empty
    full = located.covariances[["cxx", "cxy", "cxz", "cxy", "cyy", "cyz", "cxz", "cyz", "czz"]]
    assert (np.linalg.eigvalsh(full.to_numpy().reshape(-1, 3, 3)) > 0).all()
    # errH and errZ are 68 % bounds (chi-square of two degrees); the event table has 1 sigma
    covariances, events = located.covariances, located.events
    np.testing.assert_allclose(events["depth_error_km"] ** 2, covariances["czz"], rtol=1e-4)
    horizontal = covariances[["cxx", "cxy", "cxy", "cyy"]].to_numpy().reshape(-1, 2, 2)
    longest = np.linalg.eigvalsh(horizontal)[:, -1]
    np.testing.assert_allclose(events["horizontal_error_km"] ** 2, longest, rtol=1e-4)


def test_posterior_samples_have_the_covariance_of_their_file(shared_data):
    located = read_locations(shared_data / "nll_scatter_sample")
    assert len(located.events) == 5
    assert len(located.samples) == 24_893
    moments = located.samples.groupby("event_id")[["latitude", "longitude", "depth_km"]]
    expectation = located.covariances.set_index("event_id")
    difference = moments.mean() - expectation[["latitude", "longitude", "depth_km"]]
    assert difference.abs().max().max() < 2e-3
    np.testing.assert_allclose(moments.var()["depth_km"], expectation["czz"], rtol=0.01)


def test_ellipsoid_convention_against_covariances(shared_data):
    """The statistics lines give an ellipsoid and its covariance: they must agree."""
    import re

    from faultcast.catalog.readers.nonlinloc_csv import ellipsoid_covariances

    names = [f"{what}{k}" for k in (1, 2) for what in ("azimuth", "dip", "length")] + ["length3"]
    units = {"azimuth": "_deg", "dip": "_deg", "length": "_km"}
    for path in sorted((shared_data / "nll_scatter_sample").glob("*.hyp")):
        line = re.search(r"EllAz1(.*)", path.read_text())[1]
        values = [float(word) for word in line.split() if re.match(r"^-?[\d.]", word)]
        frame = {n + units[n[:-1]]: [v] for n, v in zip(names, values, strict=True)}
        found = ellipsoid_covariances(pd.DataFrame(frame))[0][np.triu_indices(3)]
        located = read_locations(path)
        given = located.covariances.to_numpy()[0, 4:].astype(float)
        np.testing.assert_allclose(found, given, rtol=5e-3, atol=5e-3)


def test_mechanisms(shared_data):
    mechanisms, rejected = read_mechanisms(shared_data / "focal_mechanisms/yhs_supp15.hash.gz")
    assert (len(mechanisms), len(rejected)) == (4_256, 0)
    carried = mechanisms.set_index("event_id").loc["37375872", "time"]
    assert carried == pd.Timestamp("2015-05-06T16:59:59.79Z")
    early, _ = read_mechanisms(shared_data / "focal_mechanisms/yhs_1981_2014.csv.gz")
    assert len(early) == 196_993
