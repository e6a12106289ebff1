"""One set of pins: the lock, the conda environment, the image, and what the package asks for."""

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
ENVS = ROOT / "envs"
LOCK = (ENVS / "lock.txt").read_text(encoding="utf-8").split()
PINS = {canonicalize_name(name): pin for name, pin in (line.split("==") for line in LOCK)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_what_the_package_asks_for_is_pinned_within_its_bounds():
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, wanted):
        pin = PINS.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} is not in envs/lock.txt"
        assert requirement.specifier.contains(pin), f"{requirement} against {pin}"


def test_the_lock_holds_each_package_once_and_no_address():
    assert len(PINS) == len(LOCK)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in LOCK)


def test_the_conda_environment_has_the_pins_of_the_lock():
    environment = yaml.safe_load((ENVS / "faultcast.yaml").read_text(encoding="utf-8"))
    python, pip, pinned = environment["dependencies"]
    assert pip == "pip"
    assert pinned["pip"] == LOCK, "copy envs/lock.txt into the pip part of envs/faultcast.yaml"
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))


def test_the_package_of_the_checkout_is_added_to_the_conda_environment():
    """Snakemake looks for a script of this name beside the environment."""
    script = ENVS / "faultcast.post-deploy.sh"
    assert (script.parent / ".." / "pyproject.toml").is_file()
    subprocess.run(["sh", "-n", script], check=True)
    assert 'install --quiet --no-deps --editable "$(dirname "$0")/.."' in script.read_text()


def test_the_image_takes_the_lock_and_files_that_are_there():
    text = (ENVS / "faultcast.def").read_text(encoding="utf-8")
    copied = [line.split() for line in re.search(r"%files\n((?: .*\n)+)", text)[1].splitlines()]
    assert all((ROOT / source).exists() for source, _ in copied)
    assert "--requirement /opt/faultcast/envs/lock.txt" in text
    assert ["envs/lock.txt", "/opt/faultcast/envs/lock.txt"] in copied
    python = re.search(r"From: python:(3\.\d+)-", text)[1]
    assert f"  - python={python}\n" in (ENVS / "faultcast.yaml").read_text(encoding="utf-8")


def test_what_is_installed_here_is_what_the_lock_says():
    different = []
    for name, pin in PINS.items():
        try:
            found = version(name).split("+")[0]
        except PackageNotFoundError:
            found = "nothing"
        if found != pin:
            different.append(f"{name}: {found}, pinned {pin}")
    assert not different
