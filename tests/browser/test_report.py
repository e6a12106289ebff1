"""The report in a browser: it opens on the scoreboard, needs no network, and shows everything."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.workflow]

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
VIEWPORT = {"width": 1280, "height": 800}
# results folder -> title in the report's menu
CATEGORIES = {
    "kamer2020": "Kamer et al. 2020: fault networks",
    "eqpred": "Feng and Fox 2020: EQPRED",
    "hierarchicalquake": "HierarchicalQuake",
    "network": "Your own network",
}


@dataclass
class Report:
    """The report, opened; `requests` holds every address that its page asked for."""

    page: object
    address: str
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Open the report at its first page."""
        self.page.goto(self.address)
        self.page.wait_for_selector(".prose table")

    def rows(self, category: str) -> dict[str, object]:
        """Open a category in the report's own menu; return its rows by label."""
        self.open()
        self.page.click(f"nav >> text='{CATEGORIES[category]}'")
        self.page.wait_for_selector("nav tbody tr")
        return {
            row.query_selector("td").inner_text().strip(): row
            for row in self.page.query_selector_all("nav tbody tr")
        }


@pytest.fixture(scope="module")
def report(chain, tmp_path_factory) -> Iterator[Report]:
    if not CHROMIUM.is_file():
        pytest.skip(f"no browser: {CHROMIUM} is absent (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    checkout = chain.copy(tmp_path_factory.mktemp("report"))
    checkout.snakemake("--report", "report.html")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        page = browser.new_page(viewport=VIEWPORT)
        opened = Report(page, (checkout / "report.html").as_uri())
        page.on("request", lambda request: opened.requests.append(request.url))
        page.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.open()
        yield opened
        browser.close()


def inside(box: dict[str, float] | None) -> bool:
    """Whether a box lies whole within the window."""
    return (
        box is not None
        and box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= VIEWPORT["width"]
        and box["y"] + box["height"] <= VIEWPORT["height"]
    )


def test_it_opens_on_the_scoreboard(report):
    report.open()
    title = report.page.query_selector(".prose h1")
    assert title.inner_text() == "faultcast: published against ours (preset demo)"
    assert inside(title.bounding_box())
    rows = report.page.query_selector_all(".prose table >> nth=0 >> tbody tr")
    papers = [row.query_selector("td").inner_text() for row in rows]
    assert [paper.split(" ")[0] for paper in papers] == [
        *("Fault", "EQPRED", "HierarchicalQuake", "MM-STT")
    ]
    assert all(inside(row.bounding_box()) for row in rows)


def test_no_table_of_the_scoreboard_is_cut_off_at_the_side(report):
    report.open()
    tables = report.page.query_selector_all(".prose table")
    assert len(tables) == 5, "the summary and one for each paper"
    for table in tables:
        box = table.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= VIEWPORT["width"]
        assert len(table.query_selector_all("tbody tr")) > 3


def made(chain, category: str, kind: str) -> list[str]:
    """Names of the figures or tables of a category that the run has made."""
    suffix = {"figures": ".png", "tables": ".csv"}[kind]
    names = [path.stem for path in (chain / f"results/tiny/{category}/{kind}").glob(f"*{suffix}")]
    return sorted(names)


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_figure_opens_from_the_menu(report, chain, category):
    figures = made(chain, category, "figures")
    assert len(figures) > 1
    assert set(report.rows(category)) >= set(figures)
    for label in figures:
        report.rows(category)[label].query_selector("a[iconname=eye]").click()
        image = report.page.wait_for_selector("img:not(nav img)")
        report.page.wait_for_function("e => e.complete", arg=image)
        assert image.evaluate("e => e.naturalWidth") > 600, label
        assert inside(image.bounding_box()), f"{label} is cut off"


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_figure_has_a_caption(report, chain, category):
    for label in made(chain, category, "figures"):
        report.rows(category)[label].query_selector("a[iconname=information-circle]").click()
        report.page.wait_for_selector("nav >> text=Description")
        text = report.page.inner_text("nav")
        assert len(text.split("DESCRIPTION")[1].split("SIZE")[0]) > 150, label


@pytest.mark.parametrize("category", ["eqpred"])
def test_every_table_opens_from_the_menu(report, chain, category):
    tables = made(chain, category, "tables")
    assert len(tables) > 1
    for label in tables:
        report.rows(category)[label].query_selector("a[iconname=eye]").click()
        frame = report.page.wait_for_selector("iframe").content_frame()
        frame.wait_for_selector("tbody tr")
        rows = frame.query_selector_all("tbody tr")
        kept = pd.read_csv(chain / f"results/tiny/{category}/tables/{label}.csv")
        if len(frame.query_selector_all("table")) == 1:
            assert len(rows) == len(kept), label
        else:  # scores side by side, a table a protocol: everything that has some stands there
            shown = frame.inner_text("body")
            assert all(str(name) in shown for name in kept.iloc[:, 0].dropna().unique()), label


def test_nothing_outside_the_file_is_asked_for_and_no_script_fails(report):
    """Last, so that all pages above were opened."""
    for category in CATEGORIES:
        report.rows(category)
    own = ("data:", "blob:", report.address)
    assert report.requests and not [url for url in report.requests if not url.startswith(own)]
    assert not report.faults
