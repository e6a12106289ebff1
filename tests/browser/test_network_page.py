"""The 3-D view in a browser: drawn without an outside request and without a complaint."""

import base64
from pathlib import Path

import numpy as np
import pytest

from faultcast.evaluate.kamer2020 import network3d
from faultcast.faults import FaultNetwork
from faultcast.plots.interactive import page
from faultcast.plots.kamer2020 import network3d as plot

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
# a scene in three dimensions needs WebGL, here in software
OPTIONS = [
    *("--headless", "--no-sandbox", "--no-first-run"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    rng = np.random.default_rng(0)
    xyz = np.concatenate(
        [rng.uniform([x, -15, 2], [x + 0.5, 15, 12], (150, 3)) for x in (0.0, 20.0)]
    )
    folder = tmp_path_factory.mktemp("view")
    FaultNetwork().fit(xyz).save(folder / "network", xyz_km=xyz)
    numbers = network3d.numbers(aftershocks=folder / "network", region=folder / "network")
    inner = page(plot.draw(numbers, "test"), "Networks in 3-D", "test").encode()
    # as a report shows it: an address in a frame, of which Chromium opens none above 2 MB
    path = folder / "report.html"
    address = "data:text/html;charset=utf8;base64," + base64.b64encode(inner).decode()
    path.write_text(f'<iframe src="{address}" style="width:960px;height:680px"></iframe>')
    return path


def test_both_networks_are_drawn_offline_and_nothing_fails(view):
    if not CHROMIUM.is_file():
        pytest.skip(f"no browser: {CHROMIUM} is absent (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        opened = browser.new_page(viewport={"width": 1000, "height": 700})
        requests, faults = [], []
        opened.on("request", lambda request: requests.append(request.url))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on(
            "console", lambda line: faults.append(line.text) if line.type == "error" else None
        )
        opened.goto(view.as_uri())
        frame = opened.wait_for_selector("iframe").content_frame()
        frame.wait_for_selector("body[data-drawn=yes]", timeout=90_000)
        shown = "document.getElementById('view').data.map(trace => trace.visible).join()"
        assert frame.evaluate(shown) == "true,true,true,false,false,false"
        canvas = frame.query_selector("#view canvas")
        assert canvas.bounding_box()["width"] > 600
        first = opened.screenshot()
        frame.click("text=Whole region")
        frame.wait_for_function(f"{shown} === 'false,false,false,true,true,true'")
        opened.wait_for_timeout(500)
        assert opened.screenshot() != first
        browser.close()
    assert all(url == view.as_uri() or url.startswith(("data:", "blob:")) for url in requests)
    assert not faults
