from copy import deepcopy
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from faultcast.catalog.registry import load_registry
from faultcast.config import check_config, magnitude_faults, plain_dates, read_schema
from faultcast.config_papers import CHOSEN_TRIAL, QUAKE_FORMS
from faultcast.config_table import document
from faultcast.errors import ConfigError
from faultcast.evaluate.mmstt.trials import CHOSEN
from faultcast.models.hierarchical_quake import VARIANTS
from faultcast.models.registry import ROWS
from faultcast.models.tile_registry import TILE_NETWORKS
from faultcast.train.quake_protocol import FORMS, SWITCHES, QuakeProtocol
from faultcast.train.tile_protocol import TILE_PROTOCOLS

ROOT = Path(__file__).resolve().parents[2]
REGISTERED = load_registry(ROOT / "resources/datasets.yaml").paths()
SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")


def merged(base, overlay):
    for key, value in overlay.items():
        both = isinstance(base.get(key), dict) and isinstance(value, dict)
        base[key] = merged(base[key], value) if both else value
    return base


@pytest.fixture
def config(monkeypatch):
    monkeypatch.chdir(ROOT)
    return plain_dates(yaml.safe_load((ROOT / "config.yaml").read_text()))


def faults(config):
    with pytest.raises(ConfigError) as caught:
        check_config(config, SCHEMA)
    return str(caught.value)


@pytest.mark.parametrize("overlay", ["demo", "small"])
def test_the_presets_are_valid(config, overlay):
    own = yaml.safe_load((ROOT / f"config/{overlay}.yaml").read_text())
    check_config(config, SCHEMA, REGISTERED)
    check_config(merged(deepcopy(config), own), SCHEMA, REGISTERED)


def test_presets_never_share_a_results_folder():
    files = [ROOT / "config.yaml", *sorted((ROOT / "config").glob("*.yaml"))]
    folders = [yaml.safe_load(file.read_text())["results"] for file in files]
    assert len(set(folders)) == len(files) == 3


def test_all_faults_are_told_at_once(config):
    config["seds"] = 3
    config["network"]["engine"] = "exat"
    config["papers"]["eqpred"]["cell_deg"] = "0.1"
    config["regions"]["socal"]["latitude_deg"] = [37, 32]
    text = faults(config)
    assert "4 fault(s)" in text
    assert "seds: no such key; did you mean 'seeds'?" in text
    assert "network.engine = 'exat'" in text and "did you mean 'exact'" in text
    assert "papers.eqpred.cell_deg = '0.1': expected a number" in text
    assert "regions.socal.latitude_deg = [37, 32]: the region is empty" in text


@pytest.mark.parametrize(
    ("keys", "value", "told"),
    [
        (("network", "catalog"), "socl", "network.catalog = 'socl': not under `catalogs`"),
        (("network", "period"), ["2020-01-01", "2010-01-01"], "the end must lie after the start"),
        (("network", "period"), ["2020-02-30", "2021-01-01"], "'2020-02-30' is no date"),
        (("papers", "kamer2020", "target_period"), ["2010-01-01", "2015-01-01"], "before the lear"),
        (("papers", "kamer2020", "past_end"), "2012-01-01", "not inside the learning period"),
        (("papers", "kamer2020", "past_end"), "2007-02-30", "'2007-02-30' is no date"),
        (("papers", "eqpred", "training", "test_start"), "1991-01-01", "start the test later"),
        (("papers", "eqpred", "training", "test_end"), "2030-01-01", "ends after the period"),
        (("papers", "eqpred", "training", "test_start"), "2000-13-45", "'2000-13-45' is no date"),
        (("papers", "eqpred", "other_seeds"), [7], "none of them is among seeds = [0, 1, 2, 3, 4]"),
        (("papers", "eqpred", "relief"), "no.asc", "eqpred.relief = 'no.asc': no such file"),
        (("papers", "eqpred", "variants", "shuffled"), {}, "the name of another study"),
        (("papers", "eqpred", "variants", "socal_box"), {}, "the name of another study"),
        (
            ("papers", "eqpred", "variants", "short"),
            {"period": ["1999-06-01", "2019-01-01"]},
            "variants.short.training.test_start, test_end = ['2000-01-01', '2019-01-01']: only 214",
        ),
        (
            ("papers", "eqpred", "variants", "late"),
            {"training": {"test_end": "2020-01-01"}},
            "the test ends after the period (2019-01-01)",
        ),
        (
            ("papers", "eqpred", "variants", "late"),
            {"trainig": {"test_end": "2020-01-01"}},
            "papers.eqpred.variants.late.trainig: no such key; did you mean 'training'?",
        ),
        (("papers", "hierarchicalquake", "study"), "peru", "not under papers.hierarchicalquake"),
        (("papers", "hierarchicalquake", "seeds"), [7], "so nothing would be trained"),
        (
            ("papers", "hierarchicalquake", "studies", "m45", "forms"),
            ["leak_fre"],
            "'leak_fre' is not known; known: as_published_reset, as_published_carried, leak_free",
        ),
        (
            ("papers", "hierarchicalquake", "mixtures", "mine"),
            {"prior": "train"},
            "the key(s) state, loss, parts, test_state, published are missing",
        ),
        (
            ("papers", "hierarchicalquake", "studies", "japan", "n_origins"),
            9,
            "choose a longer period or fewer origins",
        ),
        (
            ("papers", "hierarchicalquake", "studies", "japan", "cell_deg"),
            0.1,
            "exactly one of cell_km, cell_deg",
        ),
        (("papers", "mmstt", "scored"), ["egms_n"], "'egms_n' is not under papers.mmstt.tiles"),
        (("papers", "mmstt", "also_train"), ["egms_u"], "egms_u under papers.mmstt.scored too"),
        (("papers", "mmstt", "seeds"), [7], "so nothing would be trained"),
        (("papers", "mmstt", "windows", "validation_epochs"), 6, "so no window fits"),
        (("papers", "mmstt", "tiles", "mine"), {"path": "no.zip"}, "'no.zip': no such file"),
        (
            ("papers", "mmstt", "tiles", "track_022", "lattice_of"),
            "track_117",
            "lattice of its own",
        ),
        (("papers", "mmstt", "tiles", "mine"), {"dataset": "egms_l3_e45n17"}, "exactly one of"),
        (("papers", "mmstt", "tiles", "gnss_e", "coarsen"), 2, "exactly one of"),
        (("papers", "mmstt", "tiles", "gnss_e", "step"), "2019-07-32", "is no date"),
        (("papers", "mmstt", "tiles", "simulated", "step"), "2019-07-06", "it is simulate.step"),
        (
            ("papers", "mmstt", "tiles", "gnss_e", "stations", "period"),
            ["2021-01-01", "2014-01-03"],
            "the end must lie after the start",
        ),
        (
            ("papers", "mmstt", "tiles", "egms_u", "windows"),
            {"n_in": 9, "n_out": 3},
            "all tiles share theirs",
        ),
        (
            ("papers", "mmstt", "tiles", "egms_u", "step"),
            "2019-07-06",
            "tiles.egms_u.step = 2019-07-06: the tile is under papers.mmstt.scored, whose tables",
        ),
        (
            ("papers", "mmstt", "trials", CHOSEN_TRIAL),
            {"n_in": 20},
            "trials.chosen: the name under which the trial that validation chose stands",
        ),
        (("papers", "eqpred", "period"), ["1990-02-30", "2019-01-01"], "'1990-02-30' is no date"),
        (("regions", "socal", "longitude_deg"), [-200, -114], "must lie within"),
        (("network", "period"), ["2020-01-01"], "1 entries, at least 2 allowed"),
        (("simulation", "region"), "nowhere", "simulation.region = 'nowhere': not under `regions`"),
        (("simulation", "start"), "1990-02-31", "simulation.start: '1990-02-31' is no date"),
        (("regions", "socal", "longitude_deg"), [1, 2, 3], "3 entries, at most 2 allowed"),
        (("mirror",), "no/such/folder", "no such folder; give an existing folder"),
        (("catalogs", "mine"), {"path": "no.csv"}, "catalogs.mine.path = 'no.csv': no such file"),
        (("catalogs", "mine"), {"path": "a", "dataset": "b"}, "exactly one of merge"),
        (("simulation", "years"), 0, "simulation.years = 0: must be >= 1"),
        (("simulation",), {"seed": 1}, "the key(s) region, start, years are missing"),
    ],
)
def test_each_fault_names_key_value_and_cure(config, keys, value, told):
    section = config
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = value
    assert told in faults(config)


def test_the_schema_knows_all_networks_and_protocols_of_hierarchicalquake():
    assert SCHEMA["$defs"]["quake_variants"]["items"]["enum"] == list(VARIANTS)
    assert list(FORMS) == list(QUAKE_FORMS)
    switches = SCHEMA["$defs"]["quake_mixture"]["properties"]
    assert list(switches) == [item.name for item in fields(QuakeProtocol)]
    for form in FORMS.values():
        assert all(getattr(form, name) in switches[name]["enum"] for name in SWITCHES)


def test_the_schema_knows_all_protocols_and_variants_of_mmstt():
    section = SCHEMA["$defs"]["mmstt"]["properties"]
    assert section["protocols"]["items"]["enum"] == list(TILE_PROTOCOLS)
    variants = [key for key, entry in TILE_NETWORKS.items() if entry.name == "MmStt"]
    assert section["ablations"]["items"]["enum"] == variants[1:]
    families = {entry.module for entry in TILE_NETWORKS.values()}
    assert set(section["training"]["properties"]["sizes"]["properties"]) == families


def test_a_step_and_a_trial_that_are_used_are_no_faults(config):
    section = config["papers"]["mmstt"]
    # table 3 sets it apart
    assert "egms_e" in section["scored"] and "egms_e" in section["transfer"]
    section["tiles"]["egms_e"]["step"] = "2022-07-06"
    section["scored"] = ["simulated"]
    section["trials"] |= {"chosen": None, "chosen_twice": {"n_in": 20}}
    section["trials"]["learns_more_domains"] = None
    check_config(config, SCHEMA, REGISTERED)
    assert f"mmstt_{CHOSEN_TRIAL}" == CHOSEN


def test_a_tile_of_an_unknown_dataset_is_told(config):
    config["papers"]["mmstt"]["tiles"]["egms_u"]["dataset"] = "egms_l3_e45n71"
    with pytest.raises(ConfigError, match="did you mean 'egms_l3_e45n17'"):
        check_config(config, SCHEMA, REGISTERED)


def test_a_dataset_that_the_registry_lacks_is_told(config):
    config["catalogs"]["mine"] = {"dataset": "comcat_californa"}
    config["catalogs"]["socal"]["merge"]["scsn"] = "scsn"
    with pytest.raises(ConfigError) as caught:
        known = {name: paths for name, paths in REGISTERED.items() if name != "scedc_scsn"}
        check_config(config, SCHEMA, known)
    text = str(caught.value)
    assert "2 fault(s)" in text
    assert "catalogs.mine.dataset = 'comcat_californa': not in resources" in text
    assert "did you mean 'comcat_california'?" in text


def test_a_model_that_the_registry_lacks_is_told(config):
    config["papers"]["eqpred"]["controls"]["models"] = ["eqpred", "eqpredd", "transformer"]
    with pytest.raises(ConfigError) as caught:
        check_config(config, SCHEMA, models=ROWS)
    text = str(caught.value)
    assert "2 fault(s)" in text
    assert "papers.eqpred.controls.models = 'eqpredd'" in text
    assert "did you mean 'eqpred'?" in text
    assert "'transformer': not in" in text and "known: mlp, lstm," in text
    config["papers"]["eqpred"]["controls"]["models"] = list(ROWS)
    check_config(config, SCHEMA, models=ROWS)


def test_a_variant_left_out_is_no_fault(config):
    config["papers"]["eqpred"]["variants"]["to_2020"] = None
    check_config(config, SCHEMA)


def test_magnitudes_below_completeness_are_faults():
    thresholds = {"papers.eqpred.magnitude_min.leak_free": 1.5, "other": 2.5}
    (fault,) = magnitude_faults(thresholds, 1.8)
    assert "leak_free = 1.5" in fault and "set it to 1.8 or more" in fault
    assert magnitude_faults(thresholds, 1.5) == []


def test_the_documented_table_is_up_to_date():
    made = document(SCHEMA)
    assert ".sizes.mmstt.<name>` | value of one argument" in made
    kept = (ROOT / "docs/configuration.md").read_text()
    assert kept == made, "run: python -m faultcast.config_table > docs/configuration.md"


def test_keys_that_yaml_takes_for_something_else_are_told(config):
    config["regions"][1990] = config["regions"]["socal"]
    config["catalogs"][True] = {}
    assert "keys that are no text: catalogs.True, regions.1990; write them in quotes" in faults(
        config
    )
