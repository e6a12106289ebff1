"""One set of pins: the lock, the conda environment, the image, and what the package asks for."""

import os
import re
import shutil
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


def _post_deploy(tmp_path, folder):
    """Run a copy of the script in `folder`, with a pip that writes down what it is asked for."""
    copy = tmp_path / "prefix" / "3f2a_.post-deploy.sh"
    copy.parent.mkdir()
    shutil.copy(ENVS / "faultcast.post-deploy.sh", copy)
    stub = tmp_path / "bin" / "python"
    stub.parent.mkdir()
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stub.chmod(0o755)
    search = f"{stub.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", copy],
        cwd=folder,
        env={**os.environ, "PATH": search},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_package_of_the_checkout_is_added_to_the_conda_environment(tmp_path):
    """Snakemake runs a copy of the script, beside the environment, in its working directory."""
    done = _post_deploy(tmp_path, ROOT)
    assert done.returncode == 0, done.stderr
    expected = ["-m", "pip", "install", "--quiet", "--no-deps", "--editable", str(ROOT)]
    assert done.stdout.splitlines() == expected


def test_outside_the_checkout_the_conda_environment_is_refused(tmp_path):
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    done = _post_deploy(tmp_path, elsewhere)
    assert done.returncode != 0 and done.stdout == ""
    assert f"{elsewhere} holds no pyproject.toml" in done.stderr
    assert "without --directory" in done.stderr


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


def test_the_makefile_has_the_rules_that_it_advertises():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    advertised = re.findall(r"[\w-]+", text.splitlines()[0].removeprefix("# make"))
    rules = re.findall(r"^([\w-]+):(?! export)", text, re.MULTILINE)
    assert set(advertised) == set(rules)
    assert set(re.search(r"^\.PHONY:(.*)", text, re.MULTILINE)[1].split()) == set(rules)
