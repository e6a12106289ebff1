"""Which files of a registered dataset a tile is made from, and what is told where none fits."""

from pathlib import Path

import pytest
import yaml

from faultcast.catalog.registry import load_registry
from faultcast.config import check_config, plain_dates, read_schema
from faultcast.config_tiles import raw_tile_files, tile_dataset_faults
from faultcast.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
REGISTERED = load_registry(ROOT / "resources/datasets.yaml").paths()
SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
TRACK = {"dataset": "egms_l2b_e45n17", "lattice_of": "egms_u"}
STATIONS = {"component": "E", "period": ["2014-01-03", "2021-01-01"], "min_share": 1, "cell_km": 18}


def faults(entry, datasets=REGISTERED):
    config = {"papers": {"mmstt": {"tiles": {"mine": entry, "left_out": None}}}}
    return list(tile_dataset_faults(config, datasets))


def names(entry, datasets=REGISTERED):
    return [Path(path).name for path in raw_tile_files(entry, datasets[entry["dataset"]])]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            TRACK | {"track": "999_0000"},
            "no file of egms_l2b_e45n17 is of track '999_0000'; it has 022_0845, 117_0227",
        ),
        (
            {"dataset": "egms_l3_e32n34", "component": "E"},
            "no file of egms_l3_e32n34 is of component 'E'; it has U",
        ),
        (
            {"dataset": "egms_l3_e45n17", "coarsen": 4},
            "egms_l3_e45n17 cannot be read with `coarsen`; it fits `component` (E, U)",
        ),
        (
            {"dataset": "egms_l2b_e45n17", "component": "U"},
            "egms_l2b_e45n17 cannot be read with `component`; it fits `track` with lattice_of "
            "(022_0845, 117_0227)",
        ),
        (
            {"dataset": "mexico_city_s1", "stations": STATIONS},
            "mexico_city_s1 cannot be read with `stations`; it fits `coarsen`",
        ),
        (
            {"dataset": "gnss_cwu_nam14", "component": "U"},
            "gnss_cwu_nam14 cannot be read with `component`; it fits `stations`",
        ),
        # arrays, but none of displacement over time
        (
            {"dataset": "egms_author_artifacts", "coarsen": 4},
            "egms_author_artifacts cannot be read with `coarsen`; no tile can be made of it, but "
            "of mexico_city_s1",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_what_fits(entry, told):
    assert faults(entry) == [f"papers.mmstt.tiles.mine: {told}"]


def test_it_is_told_with_the_other_faults(monkeypatch):
    monkeypatch.chdir(ROOT)
    config = plain_dates(yaml.safe_load((ROOT / "config.yaml").read_text()))
    config["seds"] = 3
    config["simulation"]["start"] = "1990-02-31"
    config["papers"]["mmstt"]["tiles"]["track_022"]["track"] = "999_0000"
    with pytest.raises(ConfigError) as caught:
        check_config(config, SCHEMA, REGISTERED)
    assert "3 fault(s)" in str(caught.value)
    assert "papers.mmstt.tiles.track_022: no file of egms_l2b_e45n17" in str(caught.value)


def test_the_tiles_of_the_paper_have_their_files():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    tiles = config["papers"]["mmstt"]["tiles"]
    made = {name: names(entry) for name, entry in tiles.items() if "dataset" in entry}
    assert made == {
        "egms_u": ["EGMS_L3_E45N17_100km_U_2020_2024_1.zip"],
        "egms_e": ["EGMS_L3_E45N17_100km_E_2020_2024_1.zip"],
        "track_022": ["EGMS_L2b_022_0845_IW2_VV_2020_2024_1.zip"],
        "track_117": ["EGMS_L2b_117_0227_IW2_VV_2020_2024_1.zip"],
        "gnss_e": ["position_csv.zip", "stations.csv"],
        "mexico_city": ["derived_los_displacement_mm.npz"],
    }


def test_the_order_of_the_registry_does_not_matter():
    turned = {name: paths[::-1] for name, paths in REGISTERED.items()}
    entry = {"dataset": "gnss_cwu_nam14", "stations": STATIONS}
    assert names(entry, turned) == ["position_csv.zip", "stations.csv"]
    assert faults(entry, turned) == []


def test_more_than_one_file_is_told():
    first, second = "EGMS_L3_E32N29_100km_U.zip", "EGMS_L3_E32N29_100km_U_2018_2022_1.zip"
    (told,) = faults({"dataset": "mine", "component": "U"}, {"mine": [f"a/{first}", f"a/{second}"]})
    assert f"mine has more than one file of component 'U': {first}, {second}; register" in told
    swaths = [f"a/EGMS_L2b_022_0845_IW{k}_VV.zip" for k in (1, 2)]
    entry = TRACK | {"dataset": "mine", "track": "022_0845"}
    (told,) = faults(entry, {"mine": swaths})
    assert "of its own, or give more of its name" in told
    assert faults(entry | {"track": "022_0845_IW2"}, {"mine": swaths}) == []
    twice = [f"{folder}/{name}" for folder in "ab" for name in ("position_csv.zip", "stations.csv")]
    (told,) = faults({"dataset": "mine", "stations": STATIONS}, {"mine": twice})
    assert "mine has more than one file for `stations`" in told
