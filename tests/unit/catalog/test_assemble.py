"""One event table from the files of a catalog."""

import catalog_samples as samples
import pytest

from faultcast.catalog import Projection, check_events, read_catalog
from faultcast.catalog.assemble import assemble_catalog
from faultcast.errors import CatalogError
from faultcast.location.stage import locate_events


def test_files_are_joined_and_what_comes_back_is_kept_aside(tmp_path):
    first = samples.write(tmp_path, samples.COMCAT, "first.csv")
    second = samples.write(tmp_path, samples.FDSN, "second.txt")
    found = assemble_catalog([first, second, first])
    check_events(found.events)
    alone = [read_catalog(path)[0] for path in (first, second)]
    assert set(found.events["event_id"]) == {name for t in alone for name in t["event_id"]}
    again = found.rejected[found.rejected["reason"].str.contains("was seen before")]
    assert len(again) == len(alone[0])
    assert set(again["file"]) == {"first.csv + second.txt + first.csv"}
    assert set(again["line"]) == {0}
    assert found.covariances.empty
    assert "event_id" in found.covariances


def test_ellipsoids_of_files_that_overlap_come_once(tmp_path):
    first = samples.write(tmp_path, samples.NONLINLOC, "first.csv")
    second = samples.write(tmp_path, samples.NONLINLOC, "second.csv")
    found = assemble_catalog([first, second])
    assert found.covariances["event_id"].tolist() == ["594"]
    located = found.events[found.events["event_id"] == "594"]
    kernels, _, _ = locate_events(
        located, found.covariances, found.samples, Projection.centred(36.0, -120.5)
    )
    assert kernels["event_id"].tolist() == ["594"]


def test_options_reach_the_readers(tmp_path):
    path = samples.write(tmp_path, samples.SCEC_DC)
    kept = assemble_catalog([path], placeholder_magnitudes="keep").events
    missing = assemble_catalog([path]).events
    assert missing["magnitude"].isna().sum() > kept["magnitude"].isna().sum()
    merged = assemble_catalog(scec_dc=[path]).events
    assert merged["event_id"].tolist() == missing["event_id"].tolist()


def test_no_file_is_told():
    with pytest.raises(CatalogError, match="a catalog without files"):
        assemble_catalog()


@pytest.mark.real_data
def test_posterior_samples_become_mixtures(shared_data):
    found = assemble_catalog([shared_data / "nll_scatter_sample"])
    assert len(found.events) == 5
    assert found.samples["event_id"].nunique() == 5
    kernels, _, _ = locate_events(
        found.events, found.covariances, found.samples, Projection.centred(44.0, 7.0)
    )
    assert (kernels.groupby("event_id").size() > 1).all()
    assert kernels.groupby("event_id")["weight"].sum().to_numpy() == pytest.approx(1.0)
