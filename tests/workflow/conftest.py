"""A short run of the whole chain in a copy of the checkout, shared by the tests here."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("Snakefile", "config.yaml", "config", "profiles", "resources", "src", "workflow")


@dataclass
class Checkout:
    """A copy of the checkout in which tests may change code and configuration."""

    folder: Path
    overlays: tuple[str, ...] = ("config.yaml", "config/demo.yaml", "config/tiny.yaml")

    def snakemake(self, *arguments, overlays=None, check=True):
        """Run snakemake in the copy, on the copy's own package."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        if "--configfile" not in arguments:
            command += ["--configfile", *(overlays or self.overlays)]
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "src"), "COLUMNS": "120"}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        if check:
            assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        return done

    def planned(self, *arguments):
        """Names of the rules that a run would start now, one entry a job."""
        text = self.snakemake("-n", *arguments).stdout
        return [
            line.split()[1].rstrip(":")
            for line in text.splitlines()
            if line.startswith(("rule ", "localrule "))
        ]


def copy_checkout(folder: Path) -> Checkout:
    """Copy what a run needs; links and results stay behind."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    shutil.copy2(Path(__file__).with_name("tiny.yaml"), folder / "config" / "tiny.yaml")
    return Checkout(folder)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Checkout:
    """The whole chain run once, short, on the simulated region."""
    checkout = copy_checkout(tmp_path_factory.mktemp("finished"))
    checkout.snakemake()
    return checkout


@pytest.fixture
def fresh(tmp_path) -> Checkout:
    """A copy in which nothing has run."""
    return copy_checkout(tmp_path)
