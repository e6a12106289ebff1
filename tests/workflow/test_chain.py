"""The whole chain on the simulated region: what a finished run leaves behind."""

import json
import os
import re
import socket
from datetime import UTC, datetime
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from faultcast import io
from faultcast.evaluate.published import VERDICTS

pytestmark = pytest.mark.workflow

FIGURES = [
    *(f"kamer2020/figures/fig{number:02d}" for number in range(1, 13)),
    *(
        "kamer2020/figures/growth",
        "kamer2020/figures/mechanisms",
        *(f"eqpred/figures/fig0{number}" for number in range(1, 5)),
        "eqpred/figures/fig_window",
    ),
    *(
        f"hierarchicalquake/figures/{name}"
        for name in ("fig01", "fig_maps", "fig_attention", "fig_reliability", "fig_memory")
    ),
    *(f"mmstt/figures/fig0{number}" for number in range(1, 8)),
    *("network/figures/map", "network/figures/completeness"),
]
# figures whose numbers are a measurement, outside the digests
MEASURED = ["kamer2020/figures/growth"]
TABLES = [
    *(f"eqpred/tables/table{number}" for number in range(1, 5)),
    *("eqpred/tables/table1_leak", "eqpred/tables/table_white_noise"),
    *("eqpred/tables/table_claims", "eqpred/tables/table_sensitivity"),
    *("eqpred/tables/table_controls", "eqpred/tables/table_survives"),
    *("kamer2020/tables/forecast_test", "kamer2020/tables/forecast_gap"),
    *("kamer2020/tables/planted_truth", "kamer2020/tables/engines"),
    *("kamer2020/tables/catalog_variants", "kamer2020/tables/relocated"),
    "kamer2020/tables/student_t",
    *("hierarchicalquake/tables/table1", "hierarchicalquake/tables/table_metrics"),
    *("hierarchicalquake/tables/table_origins", "hierarchicalquake/tables/table_switches"),
    *("hierarchicalquake/tables/table_controls", "hierarchicalquake/tables/table_times_cost"),
    *(f"mmstt/tables/table{number}" for number in range(1, 5)),
    *("mmstt/tables/claims", "mmstt/tables/trials", "mmstt/tables/reference_scores"),
    "kamer2020/views/network3d",
    *(f"{paper}/checks/ours" for paper in ("kamer2020", "eqpred", "hierarchicalquake", "mmstt")),
    *(f"{paper}/checks/published" for paper in ("kamer2020", "eqpred")),
    *(f"{paper}/checks/published" for paper in ("hierarchicalquake", "mmstt")),
]
OTHERS = [
    *(
        f"{folder}/planes.{kind}"
        for folder in ("network", "kamer2020/exports")
        for kind in ("csv", "geojson", "kml", "vtk")
    ),
    "kamer2020/views/network3d.html",
    *("scoreboard.rst", "eqpred/checks/magnitudes.json"),
    "hierarchicalquake/checks/magnitudes.json",
]
TEXTS = (".csv", ".json", ".geojson", ".kml", ".vtk", ".rst")


@pytest.fixture(scope="module")
def results(chain) -> Path:
    return chain / "results/tiny"


def test_every_figure_is_drawn_and_its_numbers_lie_beside_it(results):
    drawn = {str(path.relative_to(results))[:-4] for path in results.glob("*/figures/*.png")}
    assert drawn >= set(FIGURES)
    for figure in sorted(drawn):
        numbers = results / f"{figure}{'_cost' if figure in MEASURED else ''}.csv"
        assert len(pd.read_csv(numbers)) > 1, figure
        provenance = io.read_provenance(numbers)
        assert len(provenance["settings_digest"]) == 64, figure
        pixels = matplotlib.image.imread(results / f"{figure}.png")[..., :3]
        shades = np.unique((pixels.reshape(-1, 3) * 255).astype(int), axis=0)
        assert pixels.shape[1] > 600, f"{figure}: too few pixels for print"
        assert len(shades) > 20 and (pixels.mean(axis=2) < 0.9).mean() > 0.005, f"{figure} is blank"
        assert (results / f"{figure}.pdf").read_bytes().startswith(b"%PDF"), figure


def test_every_other_target_is_there_and_holds_something(results):
    for table in TABLES:
        assert len(pd.read_csv(results / f"{table}.csv")) > 0, table
        assert (results / f"{table}.provenance.json").is_file(), table
    for path in OTHERS:
        assert (results / path).stat().st_size > 0, path


def test_nothing_half_written_is_left(results):
    left = [path for path in results.rglob("*") if path.name.endswith((".partial", ".tmp"))]
    assert not left


def test_every_printed_number_stands_in_the_checks(results, chain):
    allowed = {*VERDICTS, "not compared (demo)"}
    for printed in sorted((chain / "resources/published").glob("*.csv")):
        checked = pd.read_csv(results / printed.stem / "checks" / "published.csv")
        assert list(checked["id"]) == list(pd.read_csv(printed)["id"]), printed.stem
        assert set(checked["verdict"]) <= allowed, printed.stem


def test_what_was_built_is_not_called_not_yet_built(results):
    """A number of ours that came out stands beside the printed one."""
    for paper in ("kamer2020", "eqpred", "hierarchicalquake"):
        ours = pd.read_csv(results / paper / "checks/ours.csv")
        ours = ours[ours["protocol"] == "as_published"]
        checked = pd.read_csv(results / paper / "checks/published.csv").set_index("id")
        assert len(ours) > 10
        assert "not yet built" not in set(checked.loc[ours["id"], "verdict"])
        np.testing.assert_allclose(checked.loc[ours["id"], "ours_as_published"], ours["value"])


def test_results_hold_no_path_no_host_and_no_time(results, chain):
    """Two machines must be able to agree, so only `cost` of a run record may differ."""
    host, now = socket.gethostname(), datetime.now(tz=UTC)
    forbidden = [re.escape(str(chain.folder)), re.escape(str(Path.home())), r"(?<![\w.])/tmp/"]
    forbidden += [now.strftime("%Y-%m-%d"), rf"\b{re.escape(os.uname().release)}\b"]
    if len(host) > 3:
        forbidden.append(rf"\b{re.escape(host)}\b")
    pattern = re.compile("|".join(forbidden))
    seen = 0
    for path in sorted(results.rglob("*")):
        if {"logs", "benchmarks"} & set(path.relative_to(results).parts):
            continue
        if path.suffix == ".json":
            text = json.dumps({k: v for k, v in io.read_json(path).items() if k != "cost"})
        elif path.suffix == ".parquet":
            text = json.dumps(io.read_provenance(path))
        elif path.suffix in TEXTS:
            text = path.read_text(encoding="utf-8")
        else:
            continue
        seen += 1
        found = pattern.search(text)
        assert not found, f"{path.relative_to(results)} holds {found[0]!r}"
    assert seen > 80


def test_every_table_says_where_it_comes_from(results):
    tables = [path for path in results.rglob("*.parquet") if "checkpoints" not in str(path)]
    assert len(tables) > 15
    for path in tables:
        record = io.read_provenance(path)
        assert {"faultcast", "inputs", "settings_digest"} <= set(record), path


def test_exports_of_the_planes_agree(results):
    planes = pd.read_csv(results / "network/planes.csv")
    collection = io.read_json(results / "network/planes.geojson")
    assert collection["type"] == "FeatureCollection"
    assert len(planes) > 3
    assert len(collection["features"]) == len(planes)
    assert planes["strike_deg"].between(0, 360).all() and planes["dip_deg"].between(0, 90).all()


def test_scoreboard_names_every_paper(results):
    page = (results / "scoreboard.rst").read_text(encoding="utf-8")
    for title in ("Kamer", "EQPRED", "HierarchicalQuake", "MM-STT"):
        assert title in page
