"""QuakeML with entities of its own: none that grow without end, none that fetch another file."""

import catalog_samples as samples
import fuzzing
import pytest

from faultcast.catalog.read import read_catalog
from faultcast.errors import CatalogError

SECRET = "hush-7d41"
_TENFOLD = "".join(
    f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "quarry blast"}">' for k in range(11)
)


def write_with(tmp_path, entities: str, used: str):
    """Write a catalog whose first event type is an entity."""
    before, after = samples.QUAKEML.split("<q:quakeml", 1)
    after = after.replace("quarry blast", used, 1)
    path = tmp_path / "events.xml"
    path.write_text(f"{before}<!DOCTYPE q:quakeml [{entities}]><q:quakeml{after}")
    return path


def test_an_entity_that_is_a_word_is_read(tmp_path):
    events, _ = read_catalog(write_with(tmp_path, _TENFOLD, "&a0;"))
    assert events["event_type"].tolist() == ["quarry_blast"]


def test_entities_that_grow_tenfold_ten_times_are_refused_at_once(tmp_path):
    path = write_with(tmp_path, _TENFOLD, "&a10;")
    with fuzzing.bounded(), pytest.raises(CatalogError, match=r"events\.xml"):
        read_catalog(path)


@pytest.mark.parametrize("scheme", ["{}", "file://{}"])
def test_no_other_file_is_read(tmp_path, scheme):
    (tmp_path / "secret.txt").write_text(SECRET)
    place = scheme.format(tmp_path / "secret.txt")
    path = write_with(tmp_path, f'<!ENTITY a SYSTEM "{place}">', "&a;")
    try:
        events, rejected = read_catalog(path)
    except CatalogError as error:
        told = str(error)
    else:
        told = events.to_csv() + rejected.to_csv()
    assert SECRET not in told
