"""The interactive 3-D view: its numbers, its figure, its page."""

import base64
import gzip
import json
import re

import numpy as np
import pandas as pd
import pytest

from faultcast.evaluate.kamer2020 import network3d
from faultcast.faults import FaultNetwork
from faultcast.plots.interactive import page
from faultcast.plots.kamer2020 import network3d as plot


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rng = np.random.default_rng(0)
    walls = [rng.uniform([x, -15, 2], [x + 0.5, 15, 12], (150, 3)) for x in (0.0, 20.0)]
    xyz = np.concatenate([*walls, rng.uniform([-10, -20, 0], [30, 20, 15], (60, 3))])
    target = tmp_path_factory.mktemp("view") / "network"
    FaultNetwork().fit(xyz).save(target, xyz_km=xyz)
    return target


@pytest.fixture(scope="module")
def numbers(folder, tmp_path_factory):
    table = network3d.numbers(max_points=100, aftershocks=folder, region=folder)
    path = tmp_path_factory.mktemp("view") / "network3d.csv"
    table.to_csv(path, index=False)
    return pd.read_csv(path)


def test_rows_are_corners_and_a_part_of_the_points(numbers, folder):
    net = FaultNetwork.load(folder)
    for _, rows in numbers.groupby("network"):
        planes = rows[rows["kind"] == "plane"]
        assert len(planes) == 4 * (~net.is_background_).sum()
        # a plane's middle is its kernel's mean
        centres = planes.groupby("item")[["x_km", "y_km", "z_km"]].mean()
        np.testing.assert_allclose(centres, net.means_[centres.index.astype(int)], atol=1e-3)
        assert (rows["kind"] == "point").sum() == 100
        assert rows.loc[rows["kind"] == "network", "n_events"].tolist() == [360]


def test_rectangles_are_two_triangles_of_their_own_corners(numbers):
    figure = plot.draw(numbers, "test")
    mesh, edges, dots = figure.data[:3]
    triangles = np.column_stack((mesh.i, mesh.j, mesh.k))
    assert len(triangles) == 2 * len(mesh.x) // 4
    assert (triangles // 4 == triangles[:, :1] // 4).all()
    corners = np.column_stack((mesh.x, mesh.y, mesh.z))
    area = 0.5 * np.linalg.norm(
        np.cross(
            corners[triangles[:, 1]] - corners[triangles[:, 0]],
            corners[triangles[:, 2]] - corners[triangles[:, 0]],
        ),
        axis=1,
    )
    half = len(triangles) // 2
    told = numbers[(numbers["network"] == "aftershocks") & (numbers["vertex"] == 0)]
    both = told.sort_values("item").eval("length_km * width_km").to_numpy()
    np.testing.assert_allclose(area[:half] + area[half:], both, rtol=0.02)
    assert len(dots.x) == 100 and np.isnan(edges.x[5])


def test_one_network_is_seen_at_a_time_and_depth_points_down(numbers):
    figure = plot.draw(numbers, "test")
    assert [trace.visible for trace in figure.data] == [True] * 3 + [False] * 3
    buttons = figure.layout.updatemenus[0].buttons
    assert [button.args[0]["visible"] for button in buttons] == [
        [True] * 3 + [False] * 3,
        [False] * 3 + [True] * 3,
    ]
    deep, high = figure.layout.scene.zaxis.range
    assert deep > high
    assert "5 times larger" in buttons[1].args[1]["title.text"]
    assert "times larger" not in buttons[0].args[1]["title.text"]
    assert "km" in figure.layout.scene.zaxis.title.text


def test_the_page_holds_all_it_needs_once_and_is_the_same_again(numbers):
    figure = plot.draw(numbers, "test")
    text = page(figure, "A <title>", "test")
    assert text == page(plot.draw(numbers, "test"), "A <title>", "test")
    assert len(text) < 3e6
    assert not re.search(r"<script[^>]+src=|<link|@import", text)
    assert "A &lt;title&gt;" in text
    code = re.findall(r'id="code">([^<]+)<', text)
    assert len(code) == 1 and b"Plotly" in gzip.decompress(base64.b64decode(code[0]))
    kept = json.loads(re.findall(r'id="figure">(.*?)</script>', text)[0])
    assert len(kept["data"]) == 6


def test_a_closing_tag_in_the_data_does_not_end_the_script(numbers):
    figure = plot.draw(numbers, "test").update_layout(title_text="</script><b>")
    text = page(figure, "view", "test")
    assert text.count("</script>") == page(plot.draw(numbers, "test"), "view", "test").count(
        "</script>"
    )
    kept = json.loads(re.findall(r'id="figure">(.*?)</script>', text)[0])
    assert kept["layout"]["title"]["text"] == "</script><b>"
