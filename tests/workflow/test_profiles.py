"""Profiles and overlays: presets keep apart, and Snakemake's own linter is content."""

import re
from pathlib import Path

import pytest
import yaml
from checkout import ROOT

from faultcast.config import check_config, read_schema

pytestmark = pytest.mark.workflow

PROFILES = sorted(path.parent.name for path in ROOT.glob("profiles/*/config.yaml"))


def merged(*paths: str) -> dict:
    """Configuration as Snakemake merges files: later ones change single keys."""

    def lay(under: dict, over: dict) -> dict:
        both = {**under, **over}
        for key in under.keys() & over.keys():
            if isinstance(under[key], dict) and isinstance(over[key], dict):
                both[key] = lay(under[key], over[key])
        return both

    config: dict = {}
    for path in paths:
        config = lay(config, yaml.safe_load((ROOT / path).read_text(encoding="utf-8")))
    return config


def profile(name: str) -> dict:
    text = (ROOT / "profiles" / name / "config.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def test_the_four_profiles_are_there():
    assert PROFILES == ["default", "demo", "slurm", "small"]


@pytest.mark.parametrize("name", PROFILES)
def test_profile_names_config_files_that_exist(name):
    for path in profile(name).get("configfile", []):
        assert (ROOT / path).is_file(), path


def test_presets_share_neither_name_nor_results():
    presets = [merged("config.yaml")]
    presets += [merged(*profile(name)["configfile"]) for name in ("demo", "small")]
    assert len({preset["preset"] for preset in presets}) == len(presets)
    folders = [Path(preset["results"]) for preset in presets]
    for folder in folders:
        assert not any(folder != other and folder in other.parents for other in folders)
    assert len(set(folders)) == len(folders)
    assert len({preset["data_dir"] for preset in presets}) == 1, "downloads are shared"


def test_every_preset_passes_the_check():
    schema = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
    check_config(merged("config.yaml"), schema)
    for overlay in sorted((ROOT / "config").glob("*.yaml")):
        check_config(merged("config.yaml", f"config/{overlay.name}"), schema)


def test_rules_name_no_site():
    """Partitions, accounts and GPU flags stand in a profile, never in a rule."""
    for path in [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")]:
        text = path.read_text(encoding="utf-8")
        for word in ("slurm", "partition", "gres=", "account="):
            assert word not in text, f"{path.name} holds {word}"


def test_every_submitted_rule_has_a_class_in_the_slurm_profile():
    """Numbers of figures and tables have the default class; the list below is told by name."""
    rules = {
        name
        for path in (ROOT / "workflow/rules").glob("*.smk")
        for name in re.findall(r"^ *rule (\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    block = re.search(
        r"^localrules:\n((?:    .*\n)+)", (ROOT / "Snakefile").read_text(), re.MULTILINE
    )
    local = set(re.findall(r"\w+", block[1]))
    assert set(profile("slurm")["set-resources"]) == rules - local


@pytest.mark.parametrize("name", ["demo", "small"])
def test_what_takes_a_gpu_on_slurm_shares_the_cores_elsewhere(name):
    classes = profile("slurm")["set-resources"]
    trainings = {rule for rule, limits in classes.items() if "gpu" in limits}
    assert "train_row" in trainings
    assert profile(name)["set-resources"] == {rule: {"gpu": 0} for rule in trainings}


def test_retries_on_slurm_raise_memory_and_time():
    slurm = profile("slurm")
    assert slurm["retries"] >= 1
    for limits in [slurm["default-resources"], *slurm["set-resources"].values()]:
        assert limits["mem_mb"].endswith("* attempt") and limits["runtime"].endswith("* attempt")


def test_slurm_counts_gpus_not_the_limit_of_one_workstation():
    assert profile("default")["resources"] == ["gpu=1"]
    assert profile("slurm")["set-resource-scopes"] == {"gpu": "local"}


def test_touched_code_is_no_trigger():
    assert "code" not in profile("default")["rerun-triggers"]
    assert {"mtime", "params", "input"} <= set(profile("default")["rerun-triggers"])


def test_linter_of_snakemake_is_content(fresh):
    done = fresh.snakemake("--lint")
    assert "Congratulations" in done.stdout + done.stderr
