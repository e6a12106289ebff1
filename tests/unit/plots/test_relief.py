"""Shaded relief: the grid as read, where it is drawn, and which side is lit."""

import gzip

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.plots import relief, style
from faultcast.plots.eqpred import fig01

HEADER = "ncols {n}\nnrows {m}\nxllcorner {x}\nyllcorner {y}\ncellsize 0.1\nNODATA_value -32767\n"


def write_grid(path, elevation, x=-118.0, y=33.0, header=HEADER):
    m, n = elevation.shape
    text = header.format(n=n, m=m, x=x, y=y)
    text += "\n".join(" ".join(f"{v:g}" for v in row) for row in elevation) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.fixture
def axis():
    figure, axis = style.new_figure()
    axis.set_xlim(-118.0, -116.0)
    axis.set_ylim(33.0, 35.0)
    yield axis
    style.plt.close(figure)


@pytest.fixture
def hill():
    """A ridge from south to north in the middle, (20, 20)."""
    x = np.abs(np.arange(20) - 9.5)
    return np.tile(1000.0 - 100.0 * x, (20, 1))


@pytest.mark.parametrize("name", ["a.asc", "a.asc.gz"])
def test_reads_what_was_written(tmp_path, hill, name):
    hill[3, 4] = -32767
    grid = relief.read_ascii_grid(write_grid(tmp_path / name, hill))
    assert grid.extent == pytest.approx((-118.0, -116.0, 33.0, 35.0))
    assert np.isnan(grid.elevation_m[3, 4])
    hill[3, 4] = np.nan
    np.testing.assert_array_equal(grid.elevation_m, hill.astype(np.float32))


def test_corner_and_centre_name_the_same_place(tmp_path, hill):
    centred = HEADER.replace("xllcorner", "XLLCENTER").replace("yllcorner", "yllcenter")
    first = relief.read_ascii_grid(write_grid(tmp_path / "a.asc", hill))
    path = write_grid(tmp_path / "b.asc", hill, x=-117.95, y=33.05, header=centred)
    assert relief.read_ascii_grid(path).extent == pytest.approx(first.extent)


def test_lines_may_break_anywhere(tmp_path, hill):
    path = write_grid(tmp_path / "a.asc", hill)
    whole = relief.read_ascii_grid(path).elevation_m
    head, body = path.read_text().split("-32767\n")
    path.write_text(head + "-32767\n" + body.replace(" ", "\n"))
    np.testing.assert_array_equal(relief.read_ascii_grid(path).elevation_m, whole)


def test_the_north_western_side_is_lit_and_lies_where_it_should(axis, tmp_path, hill):
    grid = relief.read_ascii_grid(write_grid(tmp_path / "a.asc", hill))
    relief.draw(axis, grid)
    (image,) = axis.images
    assert image.get_extent() == pytest.approx([-118.0, -116.0, 33.0, 35.0])
    shade = np.asarray(image.get_array())
    assert shade.shape == (20, 20)
    # the ridge's western slope faces the light
    assert shade[:, 2:8].min() > shade[:, 12:18].max()
    # a slope down to the south lies in the shade, one down to the north is lit
    west_east = relief.ElevationGrid(grid.elevation_m.T.copy(), -118.0, 33.0, 0.1)
    relief.draw(axis, west_east)
    shade = np.asarray(axis.images[1].get_array())
    assert shade[2:8].min() > shade[12:18].max()
    assert axis.get_xlim() == (-118.0, -116.0)
    assert axis.get_ylim() == (33.0, 35.0)


def test_takes_the_part_of_a_larger_grid_and_longitudes_to_360(axis):
    elevation = np.random.default_rng(0).random((100, 100), dtype=np.float32)
    # 0.1 degrees from 238 E, 30 N on: the map begins 40 columns and 30 rows inside
    relief.draw(axis, relief.ElevationGrid(elevation, 238.0, 30.0, 0.1))
    (image,) = axis.images
    west, east, south, north = image.get_extent()
    assert -118.3 < west < -118.0
    assert -116.0 < east < -115.7
    assert 32.7 < south < 33.0
    assert 35.0 < north < 35.3
    assert np.asarray(image.get_array()).shape[0] <= 24


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("ncols 2\nnrows 2\ncellsize 1\nxllcorner 0\n1 2\n3 4\n", "lacks yllcorner or yllcenter"),
        ("1 2\n3 4\n", "does not begin with ncols"),
        ("ncols 2\nnrows 2\ncellsize 1\nxllcorner 0\nyllcorner 0\n1 2\n3 x\n", "line 7: '3 x'"),
        ("ncols 2\nnrows 2\ncellsize 1\nxllcorner 0\nyllcorner 0\n1 2\n3\n", "holds 3 elevations"),
        ("ncols 2\nnrows 2\ncellsize 0\nxllcorner 0\nyllcorner 0\n1 2\n3 4\n", "lacks cellsize"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, text, fault):
    path = tmp_path / "bad.asc"
    path.write_text(text)
    with pytest.raises(DataError, match=fault):
        relief.read_ascii_grid(path)


def test_a_missing_a_damaged_and_a_distant_one_are_refused(axis, tmp_path, hill):
    with pytest.raises(DataError, match="there is no relief at"):
        relief.read_ascii_grid(tmp_path / "none.asc")
    path = tmp_path / "cut.asc.gz"
    whole = write_grid(path, hill).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="no relief that can be read"):
        relief.read_ascii_grid(path)
    far = relief.read_ascii_grid(write_grid(tmp_path / "far.asc", hill, x=10.0, y=45.0))
    with pytest.raises(DataError, match="the relief covers longitude 10 to 12"):
        relief.draw(axis, far)


def test_fig01_has_it_below_its_events_where_given(tmp_path, hill):
    numbers = pd.DataFrame(
        {
            "panel": ["a", "a", "a", "b", "b"],
            "kind": ["low", "high", "position", "cell", "cell"],
            "longitude_deg": [-118.0, -116.0, -117.2, -117.25, -116.85],
            "latitude_deg": [33.0, 35.0, 34.1, 34.15, 34.25],
            "n_events": [3, 0, 3, 2, 1],
            "largest_magnitude": [np.nan, np.nan, 2.0, 2.0, 1.0],
        }
    )
    path = write_grid(tmp_path / "a.asc", hill)
    for given, n_images in ((None, 0), (str(path), 1)):
        figure = fig01.draw(numbers, "test", relief=given)
        assert len(figure.axes[0].images) == n_images
        assert figure.axes[0].get_xlim() == (-118.0, -116.0)
        style.plt.close(figure)
