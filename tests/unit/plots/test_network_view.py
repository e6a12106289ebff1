"""The interactive 3-D view: its numbers, its figure, its page."""

import json
import lzma
import re

import numpy as np
import pandas as pd
import pytest

from faultcast.evaluate.kamer2020 import network3d
from faultcast.faults import FaultNetwork
from faultcast.plots.interactive import page, write_text
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


def test_the_page_holds_all_it_needs_and_a_report_can_show_it(numbers):
    figure = plot.draw(numbers, "test")
    text = page(figure, "A <title>", "test")
    assert text == page(plot.draw(numbers, "test"), "A <title>", "test")
    # Chromium opens no address above 2 MB, and base64 makes four characters of three bytes
    assert len(text.encode()) * 4 / 3 < 2**21
    assert not re.search(r"<script[^>]+src=|<link|@import", text)
    assert "A &lt;title&gt;" in text
    found = re.search(r'data-bytes="(\d+)" data-figure="(\d+)">([^\s]+)</script>', text)
    content = lzma.LZMADecompressor().decompress(read_text(found[3]))
    assert len(content) == int(found[1])
    kept = json.loads(content[: int(found[2])])
    assert len(kept["data"]) == 6
    assert b"Plotly" in content[int(found[2]) :]


def read_text(text):
    """Two characters back to 13 bits."""
    digits = [chr(c) for c in range(35, 127) if chr(c) != "\\"]
    index = {digit: i for i, digit in enumerate(digits)}
    values = np.array([index[character] for character in text], dtype=int).reshape(-1, 2) @ [91, 1]
    bits = (values[:, None] >> np.arange(12, -1, -1)) & 1
    return np.packbits(bits.ravel().astype(np.uint8)).tobytes()


@pytest.mark.parametrize("n_bytes", [0, 1, 12, 13, 14, 500])
def test_bytes_become_text_and_bytes_again(n_bytes):
    content = np.random.default_rng(n_bytes).bytes(n_bytes)
    text = write_text(content)
    assert len(text) == 2 * -(-8 * n_bytes // 13)
    assert not set(text) & set('!"\\ \n')
    # 13 bits and 8 do not always end together
    assert read_text(text)[:n_bytes] == content
