"""A copy of the checkout in which tests run Snakemake and may change code and configuration."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
COPIED = ("Snakefile", "config.yaml", "config", "envs", "profiles", "resources", "workflow")
DEMO = ("config.yaml", "config/demo.yaml")
OVERLAYS = (*DEMO, "config/tiny.yaml")


@dataclass
class Checkout:
    """A copy of the checkout, run with profiles/demo.

    The package is that of the checkout itself, so that what numba has compiled is used by all
    copies, until a test changes it: then the copy gets a package of its own.
    """

    folder: Path
    overlays: tuple[str, ...] = OVERLAYS
    package: Path = ROOT / "src"

    def __truediv__(self, path: str) -> Path:
        return self.folder / path

    def snakemake(
        self,
        *arguments: str,
        check: bool = True,
        cores: int = 2,
        timeout_s: float = 900.0,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run snakemake: options that take one value, and targets."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "snakemake", "--cores", str(cores)),
                *("--profile", "profiles/demo", *arguments, "--configfile", *self.overlays),
            ],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.package), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        if check:
            assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        return done

    def planned(self, *targets: str) -> dict[str, int]:
        """Rules that a run would start now, and how many jobs of each."""
        text = self.snakemake("--dry-run", *targets).stdout
        if "Nothing to be done" in text:
            return {}
        table = re.search(r"^Job stats:\njob .*\n[- ]+\n((?:.+\n)+)", text, re.MULTILINE)
        assert table, text[-3000:]
        jobs = dict(line.split() for line in table[1].splitlines())
        assert jobs.pop("total"), text[-3000:]
        return {name: int(count) for name, count in jobs.items()}

    def overlay(self, settings: dict[str, Any], name: str = "overlay") -> "Checkout":
        """Return this checkout with one more overlay on top."""
        path = f"config/{name}.yaml"
        (self / path).write_text(yaml.safe_dump(settings), encoding="utf-8")
        return Checkout(self.folder, (*self.overlays, path), self.package)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the first `old` of a file, which must be there."""
        if path.startswith("src/") and not (self / "src").exists():
            self.package = self / "src"
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / "src", self.package, ignore=ignored)
        text = (self / path).read_text(encoding="utf-8")
        assert old in text, f"{path} holds no {old!r}"
        (self / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    def copy(self, folder: Path) -> "Checkout":
        """Return a copy with results, times and Snakemake's records."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Checkout(folder, self.overlays, self.package)


def copy_checkout(folder: Path) -> Checkout:
    """Copy what a run needs; results stay behind."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy2(source, folder / name)
    shutil.copy2(TINY, folder / "config" / TINY.name)
    return Checkout(folder)


def run_once(shared: Path) -> Checkout:
    """Return the whole chain run once for all workers of pytest; `shared` is theirs."""
    folder = shared / "finished"
    verdict = shared / "finished.txt"
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not verdict.exists():
            done = copy_checkout(folder).snakemake(check=False)
            fault = (done.stdout + done.stderr)[-6000:] if done.returncode else ""
            verdict.write_text(fault, encoding="utf-8")
    fault = verdict.read_text(encoding="utf-8")
    assert not fault, fault
    return Checkout(folder)
