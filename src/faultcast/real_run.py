"""The committed record of a run on real data: what was run, on what, how long, what came out.

`python -m faultcast.real_run results/small data docs/real-run "<command>" <paper>...` writes one
folder a paper: its `published.csv`, its tables, one small figure, and `run.json`.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from faultcast import __version__
from faultcast.costs import run_costs
from faultcast.errors import DataError
from faultcast.io import content_digest, file_digest, read_json, write_aside, write_json

# paper -> the figure that is kept, and its width
FIGURES = {
    "kamer2020": "fig12",
    "eqpred": "fig_window",
    "hierarchicalquake": "fig_maps",
    "mmstt": "fig05",
}
_WIDTH_PIXELS = 900
_PACKAGES = ("snakemake", "torch", "numpy", "scipy", "pandas", "scikit-learn", "numba", "obspy")
_KEYS = {
    "command",
    "preset",
    "device",
    "seeds",
    "train_threads",
    "stages",
    "inputs",
    "versions",
    "files",
}


def record_run(
    results: str | Path,
    data: str | Path,
    target: str | Path,
    *,
    papers: Sequence[str],
    command: str,
    settings: Mapping[str, Any],
) -> list[Path]:
    """Copy what is to be kept of a run into `target/<paper>/`.

    Parameters
    ----------
    results : the results of a preset.
    data : the data folder; the digests of its files are kept.
    target : `docs/real-run`.
    papers : those that are recorded, keys of `FIGURES`.
    command : as it was typed.
    settings : preset, seeds, train_threads, device (that the networks were trained on).

    Returns
    -------
    The folders written.
    """
    root = Path(results)
    inputs = {
        str(path.relative_to(data)): file_digest(path)
        for path in sorted(Path(data).rglob("*"))
        if path.is_file() and path.name != "lock.json" and not _is_hidden(path.relative_to(data))
    }
    folders = []
    if unknown := sorted(set(papers) - set(FIGURES)):
        raise DataError(f"no paper {', '.join(unknown)} here; known: {', '.join(FIGURES)}")
    for paper in papers:
        folder = Path(target, paper)
        kept = [root / paper / "checks" / "published.csv"]
        kept += sorted((root / paper / "tables").glob("*.csv"))
        missing = [str(path) for path in kept if not path.is_file()]
        if missing:
            raise DataError(f"{', '.join(missing)} is not there: run the workflow to its end first")
        folder.mkdir(parents=True, exist_ok=True)
        for path in kept:
            shutil.copyfile(path, folder / path.name)
        figure = f"{FIGURES[paper]}.png"
        _shrink(root / paper / "figures" / figure, folder / figure)
        write_json(
            {
                "command": command,
                **{key: settings[key] for key in ("preset", "seeds", "train_threads")},
                "device": f"{os.cpu_count()} CPU cores, {platform.machine()}; "
                f"trained on {settings['device']}",
                "stages": run_costs(root).round(1).to_dict("records"),
                "inputs": inputs,
                "versions": {"faultcast": __version__, "python": platform.python_version()}
                | {name: version(name) for name in _PACKAGES},
                "files": {path.name: content_digest(folder / path.name) for path in kept},
            },
            folder / "run.json",
        )
        folders.append(folder)
    return folders


def check_record(folder: str | Path) -> list[str]:
    """Return the faults of one paper's record: keys that are missing, files that differ."""
    record = read_json(Path(folder, "run.json"))
    faults = [f"run.json lacks {key}" for key in sorted(_KEYS - set(record))]
    for name, digest in record.get("files", {}).items():
        path = Path(folder, name)
        if not path.is_file():
            faults.append(f"{name} is not there")
        elif content_digest(path) != digest:
            faults.append(f"{name} is not what the run made")
    return faults


def _is_hidden(path: Path) -> bool:
    # such as .partial/, where downloads wait
    return any(part.startswith(".") for part in path.parts)


def _shrink(source: Path, target: Path) -> None:
    from PIL import Image

    with Image.open(source) as image:
        height = round(image.height * _WIDTH_PIXELS / image.width)
        small = image.convert("RGB").resize((_WIDTH_PIXELS, height), Image.Resampling.LANCZOS)
    with write_aside(target) as aside:
        small.quantize(128).save(aside, format="PNG", optimize=True)


def main(results: str, data: str, target: str, command: str, *papers: str) -> None:
    """Record a run; preset, seeds and threads come from its own run records."""
    records = [read_json(path) for path in sorted(Path(results, "train").rglob("run.json"))]
    runs = [run for record in records for run in record["runs"]]
    seeds = sorted({run["seed"] for run in runs})
    settings = {
        "preset": Path(results).name,
        "seeds": seeds,
        "train_threads": runs[0]["threads"],
        "device": records[0]["cost"][0]["device"],
    }
    folders = record_run(
        results, data, target, papers=papers or list(FIGURES), command=command, settings=settings
    )
    for folder in folders:
        print(f"recorded in {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
