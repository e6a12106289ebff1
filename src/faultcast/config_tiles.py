"""Which files of a registered dataset a tile is made from, and what is wrong where none fits."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

# the part that names the release is missing in that of 2015-2021
_LEVEL_3 = re.compile(r"EGMS_L3_E\d+N\d+_100km_([UE])(?:_\d{4}_\d{4}_\d+)?\.zip")
_LEVEL_2 = re.compile(r"EGMS_L2[ab]_(\d{3}_\d{4})_\w+\.zip")
# in the order in which they are read
_STATIONS = ("position_csv.zip", "stations.csv")
_CROP = ("derived_los_displacement_mm.npz",)
_KEYS = ("component", "track", "stations", "coarsen")


def raw_tile_files(entry: Mapping[str, Any], paths: Collection[str]) -> list[str]:
    """Return the files that a tile is made from, in the reader's order whatever the registry's.

    Parameters
    ----------
    entry : of papers.mmstt.tiles, with one of component, track, stations, coarsen.
    paths : all files of its dataset.

    Returns
    -------
    One file; of stations the positions, then the table of stations. More or none where the entry
    does not fit the dataset: `tile_dataset_faults` tells that before anything runs.
    """
    if "component" in entry:
        return [path for path in paths if _found(_LEVEL_3, path) == entry["component"]]
    if "track" in entry:
        # more of the name than track and burst tells swaths apart
        start = re.compile(rf"EGMS_L2[ab]_{re.escape(entry['track'])}_")
        files = [path for path in paths if _found(_LEVEL_2, path)]
        return [path for path in files if start.match(PurePosixPath(path).name)]
    wanted = _STATIONS if "stations" in entry else _CROP
    return [path for name in wanted for path in paths if PurePosixPath(path).name == name]


def tile_dataset_faults(
    config: Mapping[str, Any], datasets: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """Yield the faults of tiles whose registered dataset has no file for them, or several.

    Parameters
    ----------
    config : the configuration; a dataset that is not registered is told elsewhere.
    datasets : registered dataset -> paths of its files.
    """
    for name, entry in config["papers"]["mmstt"]["tiles"].items():
        if entry is None or entry.get("dataset") not in datasets:
            continue
        key = next((key for key in _KEYS if key in entry), None)
        if key is not None:
            where = f"papers.mmstt.tiles.{name}"
            yield from _entry_faults(where, key, entry, datasets)


def _entry_faults(
    where: str, key: str, entry: Mapping[str, Any], datasets: Mapping[str, Collection[str]]
) -> Iterator[str]:
    dataset = entry["dataset"]
    fitting = _fitting(datasets[dataset])
    found = [PurePosixPath(path).name for path in raw_tile_files(entry, datasets[dataset])]
    if key not in fitting:
        others = [other for other in sorted(datasets) if key in _fitting(datasets[other])]
        yield f"{where}: {dataset} cannot be read with `{key}`; " + (
            f"it fits {' or '.join(_in_words(*item) for item in fitting.items())}"
            if fitting
            else f"no tile can be made of it, but of {', '.join(others)}"
        )
    elif not found:
        yield (
            f"{where}: no file of {dataset} is of {key} {entry[key]!r}; "
            f"it has {', '.join(fitting[key])}"
        )
    elif len(found) > (len(_STATIONS) if key == "stations" else 1):
        of = f" of {key} {entry[key]!r}" if fitting[key] else f" for `{key}`"
        yield (
            f"{where}: {dataset} has more than one file{of}: {', '.join(found)}; register the one "
            "that you want as a dataset of its own"
            + (", or give more of its name" if key == "track" else "")
        )


def _fitting(paths: Collection[str]) -> dict[str, list[str]]:
    """Return the keys that a dataset can be read with -> the values that it has, if they matter."""
    fitting = {
        "component": _values(_LEVEL_3, paths),
        "track": _values(_LEVEL_2, paths),
    }
    fitting = {key: values for key, values in fitting.items() if values}
    names = {PurePosixPath(path).name for path in paths}
    if names.issuperset(_STATIONS):
        fitting["stations"] = []
    if names.issuperset(_CROP):
        fitting["coarsen"] = []
    return fitting


def _in_words(key: str, values: list[str]) -> str:
    more = " with lattice_of" if key == "track" else ""
    return f"`{key}`{more}" + (f" ({', '.join(values)})" if values else "")


def _values(pattern: re.Pattern[str], paths: Collection[str]) -> list[str]:
    return sorted({value for path in paths if (value := _found(pattern, path))})


def _found(pattern: re.Pattern[str], path: str) -> str | None:
    """Return what the pattern takes from a file's name, None if it is no such name."""
    match = pattern.fullmatch(PurePosixPath(path).name)
    return match[1] if match else None
