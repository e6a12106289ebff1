"""The short run: a cut of the demo with a download, a fault network, a training and a figure."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from checkout import Checkout, copy_checkout

from faultcast.io import content_digest

RESULTS = "results/tiny"
FETCHED = "data/made/quakes.csv"
TRAINING = f"{RESULTS}/train/simulated/as_published/eqpred/seed0"
TARGETS = (f"{RESULTS}/network/figures/map.png", f"{TRAINING}/run.json")
COLUMNS = {"time": "t", "latitude": "lat", "longitude": "lon", "depth_km": "z", "magnitude": "m"}
# what a run leaves besides its results: records of time, states of trainings, Snakemake's own
_ASIDE = {"logs", "benchmarks", ".snakemake_timestamp"}


def quakes(n_events: int = 600, seed: int = 0) -> pd.DataFrame:
    """Return events on two planted vertical faults inside the simulated region."""
    rng = np.random.default_rng(seed)
    along, across = rng.uniform(-0.12, 0.12, n_events), rng.normal(0, 0.003, n_events)
    second = np.arange(n_events) % 2 == 1
    times = pd.Timestamp("1991-01-01") + pd.to_timedelta(
        np.sort(rng.uniform(0, 2000, n_events)), "D"
    )
    return pd.DataFrame(
        {
            "t": times.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "lat": np.round(np.where(second, 33.8 - along, 34.1 + along) + across, 5),
            "lon": np.round(np.where(second, -117.2, -116.8) + along * 1.18, 5),
            "z": np.round(rng.uniform(2, 14, n_events), 2),
            "m": np.round(1 + rng.exponential(0.43, n_events), 1),
        }
    )


def prepare(folder: Path) -> Checkout:
    """Return a copy of the checkout in which the short run has not yet run.

    The network stands on a registered dataset that only the folder `mirror` holds, the training
    on the simulated catalog.
    """
    checkout = copy_checkout(folder)
    content = quakes().to_csv(index=False).encode()
    mirrored = checkout / "mirror/made/quakes.csv"
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(content)
    registry = checkout / "resources/datasets.yaml"
    entries = yaml.safe_load(registry.read_text(encoding="utf-8"))
    entries["datasets"]["made_up"] = {
        **{"title": "Made up", "access": "open", "licence": "none", "citation": "none"},
        "base_urls": ["http://127.0.0.1:9/"],
        "files": [
            {
                "path": "made/quakes.csv",
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        ],
    }
    registry.write_text(yaml.safe_dump(entries), encoding="utf-8")
    return checkout.overlay(
        {
            "mirror": "mirror",
            "catalogs": {"fetched": {"dataset": "made_up", "format": "csv", "columns": COLUMNS}},
            "network": {"catalog": "fetched", "n_subsets": 1},
        },
        "short",
    )


def start(checkout: Checkout, *arguments: str) -> subprocess.Popen[str]:
    """Start the short run; its output goes to `shown.txt` in the checkout."""
    with (checkout / "shown.txt").open("w") as shown:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "snakemake", "--cores", "2", "--profile", "profiles/demo"),
                *(*TARGETS, *arguments, "--configfile", *checkout.overlays),
            ],
            cwd=checkout.folder,
            env={**os.environ, "PYTHONPATH": str(checkout.package), "OMP_NUM_THREADS": "1"},
            stdout=shown,
            stderr=subprocess.STDOUT,
            text=True,
        )


def shown(checkout: Checkout) -> str:
    """Return what the user of the last run saw."""
    return (checkout / "shown.txt").read_text(encoding="utf-8")


def results_of(checkout: Checkout) -> Iterator[Path]:
    """Yield the files that a run left in their places, relative to the checkout."""
    for top in ("data", "results"):
        for path in sorted((checkout / top).rglob("*")):
            parts = path.relative_to(checkout.folder).parts
            if path.is_file() and not _ASIDE & set(parts) and not _is_working_file(parts):
                yield path.relative_to(checkout.folder)


def digests(checkout: Checkout) -> dict[str, str]:
    """Return the content digest of every file in its place."""
    return {str(path): content_digest(checkout / str(path)) for path in results_of(checkout)}


def leftovers(checkout: Checkout) -> list[str]:
    """Return what killed writers left beside the places of their files."""
    return [str(path) for path in checkout.folder.rglob("*.partial") if path.is_file()]


def _is_working_file(parts: tuple[str, ...]) -> bool:
    return any(
        part.endswith("_checkpoints") or part in (".partial", "lock.json") for part in parts
    ) or parts[-1].endswith(".partial")
