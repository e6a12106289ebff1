"""The configuration: a closed schema and a semantic pass, all faults told at once.

The schema is a closed JSON Schema in YAML; each key carries its unit and meaning in
`description`, from which `faultcast.config_table` makes `docs/configuration.md`.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from faultcast.config_papers import (
    day_of,
    eqpred_faults,
    hierarchicalquake_faults,
    kamer2020_faults,
    mmstt_faults,
    selection_faults,
)
from faultcast.config_tiles import tile_dataset_faults
from faultcast.errors import ConfigError

_BOUNDS: dict[Any, str] = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
}
_LENGTHS: dict[Any, str] = {"minItems": "at least", "maxItems": "at most"}


def check_config(
    config: Mapping[str, Any],
    schema: Mapping[str, Any],
    datasets: Mapping[str, Collection[str]] | None = None,
    models: Collection[str] | None = None,
) -> None:
    """Raise one `ConfigError` that lists every fault of `config`.

    Each fault names the key, the value, what is allowed, and the cure. `datasets` is the
    registry, id -> paths of its files (`Registry.paths`), for the catalogs and tiles that name
    one; `models` the keys of `faultcast.models.registry.ROWS`.
    """
    config = plain_dates(config)
    if odd := sorted(_odd_keys(config)):
        raise ConfigError(
            f"the configuration has keys that are no text: {', '.join(odd)}; write them in quotes "
            "(YAML takes 1990 for a number, and yes, no, on, off for true and false)"
        )
    faults = [_schema_fault(error) for error in Draft202012Validator(schema).iter_errors(config)]
    faults += _semantic_faults(config, datasets, models, tolerant=bool(faults))
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in sorted(set(faults)))
        raise ConfigError(
            f"the configuration has {len(set(faults))} fault(s):\n{lines}\n"
            "Every key, its unit and what is allowed: docs/configuration.md; what changed since an "
            "older version: CHANGELOG.md"
        )


def plain_dates(node: Any) -> Any:
    """Return a configuration in which every date is its text, as YAML had it."""
    if isinstance(node, Mapping):
        return {key: plain_dates(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain_dates(value) for value in node]
    return str(node) if isinstance(node, date) else node


def _odd_keys(node: Any, prefix: str = "") -> Iterator[str]:
    """Yield the keys of a configuration that are not text, with where they stand."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if not isinstance(key, str):
                yield f"{prefix}{key}"
            yield from _odd_keys(value, f"{prefix}{key}.")
    elif isinstance(node, list):
        for value in node:
            yield from _odd_keys(value, prefix)


def read_schema(path: str | Path) -> dict[str, Any]:
    """Read a schema in YAML."""
    schema: dict[str, Any] = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    return schema


def magnitude_faults(
    thresholds: Mapping[str, float], magnitude_of_completeness: float
) -> list[str]:
    """Return a fault for every threshold below the estimated completeness.

    Parameters
    ----------
    thresholds : config key -> magnitude threshold used where a fair score is promised.
    magnitude_of_completeness : estimate for the selection, over all of its windows.
    """
    return [
        f"{key} = {value:g}: below the estimated magnitude of completeness "
        f"{magnitude_of_completeness:.1f} of these events, so counts would follow the network, "
        f"not the Earth; set it to {magnitude_of_completeness:.1f} or more"
        for key, value in thresholds.items()
        if value < magnitude_of_completeness
    ]


def _schema_fault(error: ValidationError) -> str:
    key = ".".join(str(part) for part in error.absolute_path) or "the top level"
    value: Any = error.instance
    limit: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        unknown = [name for name in value if name not in known]
        return "; ".join(_unknown_key(key, name, known) for name in unknown)
    if error.validator == "required":
        missing = [name for name in limit if name not in value]
        return f"{key}: the key(s) {', '.join(missing)} are missing; add them as in config.yaml"
    if error.validator == "type":
        return f"{key} = {value!r}: expected {in_words(limit)}{_string_hint(value)}"
    if error.validator == "enum":
        allowed = ", ".join(repr(item) for item in limit)
        return f"{key} = {value!r}: allowed are {allowed}{_closest(value, limit)}"
    if error.validator in _BOUNDS:
        return f"{key} = {value!r}: must be {_BOUNDS[error.validator]} {limit}"
    expected = f"; expected: {schema['description']}" if "description" in schema else ""
    if error.validator in _LENGTHS:
        bound = _LENGTHS[error.validator]
        return f"{key} = {value!r}: {len(value)} entries, {bound} {limit} allowed{expected}"
    return f"{key} = {value!r}: {error.message}{expected}"


def _unknown_key(key: str, name: str, known: Sequence[str]) -> str:
    where = "" if key == "the top level" else f"{key}."
    close = difflib.get_close_matches(str(name), known, n=1)
    cure = f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(known)}"
    return f"{where}{name}: no such key; {cure}"


def _closest(value: Any, allowed: Sequence[Any]) -> str:
    close = difflib.get_close_matches(str(value), [str(item) for item in allowed], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def in_words(kinds: str | Sequence[str]) -> str:
    """Return the JSON kinds of a value as a person says them."""
    names = {
        "null": "nothing (null)",
        "object": "a mapping",
        "array": "a list",
        "string": "text",
        "value": "a value",
    }
    listed = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(
        names.get(kind, f"{'an' if kind[0] == 'i' else 'a'} {kind}") for kind in listed
    )


def _string_hint(value: Any) -> str:
    if isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit():
        return "; nested numbers given by --config arrive as text: put them into a file in config/"
    return ""


def _semantic_faults(
    config: Mapping[str, Any],
    datasets: Mapping[str, Collection[str]] | None,
    models: Collection[str] | None,
    tolerant: bool,
) -> list[str]:
    """Return the faults that a schema cannot see.

    `tolerant` skips a check that trips over what the schema has already told.
    """
    faults: list[str] = []
    for check in (
        _output_faults,
        _region_faults,
        _catalog_faults,
        _use_faults,
        kamer2020_faults,
        eqpred_faults,
        hierarchicalquake_faults,
        mmstt_faults,
        _simulation_faults,
        partial(_dataset_faults, datasets=datasets),
        partial(_model_faults, models=models),
    ):
        try:
            faults += check(config)
        except (LookupError, TypeError, ValueError, AttributeError):
            if not tolerant:
                raise
    return faults


def _output_faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fault of a results folder in which no job could write."""
    folder = Path(config["results"])
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        yield (
            f"results = {config['results']!r}: cannot be written, {nearest} is read-only, closed "
            "to you or no folder; mend that, or point `results` elsewhere"
        )


def _region_faults(config: Mapping[str, Any]) -> Iterator[str]:
    limits = {"latitude_deg": (-90.0, 90.0), "longitude_deg": (-180.0, 360.0)}
    for name, region in config["regions"].items():
        for axis in ("latitude_deg", "longitude_deg", "depth_km"):
            if axis not in region:
                continue
            low, high = region[axis]
            key = f"regions.{name}.{axis}"
            if not low < high:
                yield f"{key} = [{low}, {high}]: the region is empty; give [smaller, larger]"
            elif axis in limits and not limits[axis][0] <= low < high <= limits[axis][1]:
                yield f"{key} = [{low}, {high}]: must lie within {list(limits[axis])}"


def _catalog_faults(config: Mapping[str, Any]) -> Iterator[str]:
    for name, catalog in config["catalogs"].items():
        if "path" in catalog and not Path(catalog["path"]).exists():
            yield (
                f"catalogs.{name}.path = {catalog['path']!r}: no such file; paths are relative "
                "to the folder in which snakemake runs"
            )
    mirror = config["mirror"]
    if mirror and "://" not in str(mirror) and not Path(mirror).is_dir():
        yield f"mirror = {mirror!r}: no such folder; give an existing folder, a base URL, or null"


def _dataset_faults(
    config: Mapping[str, Any], datasets: Mapping[str, Collection[str]] | None
) -> Iterator[str]:
    if datasets is None:
        return
    for name, catalog in config["catalogs"].items():
        named = {key: catalog[key] for key in ("dataset", "merged_dataset") if key in catalog}
        named |= {f"merge.{role}": value for role, value in catalog.get("merge", {}).items()}
        for key, dataset in named.items():
            if dataset not in datasets:
                where = f"catalogs.{name}.{key}"
                close = _closest(dataset, sorted(datasets))
                yield f"{where} = {dataset!r}: not in resources/datasets.yaml{close}"
    for name, tile in config["papers"]["mmstt"]["tiles"].items():
        if tile is not None and tile.get("dataset", next(iter(datasets))) not in datasets:
            where = f"papers.mmstt.tiles.{name}.dataset"
            close = _closest(tile["dataset"], sorted(datasets))
            yield f"{where} = {tile['dataset']!r}: not in resources/datasets.yaml{close}"
    yield from tile_dataset_faults(config, datasets)


def _model_faults(config: Mapping[str, Any], models: Collection[str] | None) -> Iterator[str]:
    key = "papers.eqpred.controls.models"
    for name in config["papers"]["eqpred"]["controls"]["models"]:
        if models is not None and name not in models:
            cure = _closest(name, list(models)) or f"; known: {', '.join(models)}"
            yield f"{key} = {name!r}: not in faultcast.models.registry.ROWS{cure}"


def _use_faults(config: Mapping[str, Any]) -> Iterator[str]:
    for paper, section in config["papers"].items():
        yield from selection_faults(config, f"papers.{paper}", section)
    yield from selection_faults(config, "network", config["network"])


def _simulation_faults(config: Mapping[str, Any]) -> Iterator[str]:
    section = config["simulation"]
    yield from selection_faults(config, "simulation", section)
    if day_of(section["start"]) is None:
        yield f"simulation.start: {section['start']!r} is no date; write YYYY-MM-DD"
