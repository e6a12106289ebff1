"""The registry of datasets: what each is, where it comes from, what its files must be.

`resources/datasets.yaml` is data only; the rules for it are in
`workflow/schemas/datasets.schema.yaml` and in `_inconsistencies` below.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from faultcast.errors import ConfigError


@dataclass(frozen=True)
class EventQuery:
    """An FDSN event query; degrees, UTC, `end` excluded."""

    service: str
    start: datetime
    end: datetime
    latitude_deg: tuple[float, float]
    longitude_deg: tuple[float, float]
    magnitude_min: float
    window_days: int = 366


@dataclass(frozen=True)
class DataFile:
    """One file: its place below the data folder, its addresses, what its bytes must be."""

    path: str
    mirror_path: str
    urls: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str | None = None
    git_blob_sha1: str | None = None
    query: EventQuery | None = None


@dataclass(frozen=True)
class Key:
    """A user's key: the environment variable that holds it, the parameter that sends it."""

    environment: str
    parameter: str


@dataclass(frozen=True)
class Dataset:
    """Files that belong together, with licence and citation."""

    id: str
    title: str
    access: str
    licence: str
    citation: str
    files: tuple[DataFile, ...]
    doi: str | None = None
    note: str = ""
    how: str = ""
    untested: bool = False
    key: Key | None = None


@dataclass(frozen=True)
class Registry(Mapping[str, Dataset]):
    """All datasets by id."""

    datasets: Mapping[str, Dataset] = field(default_factory=dict)

    def __getitem__(self, dataset_id: str) -> Dataset:
        if dataset_id in self.datasets:
            return self.datasets[dataset_id]
        close = difflib.get_close_matches(dataset_id, self.datasets, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        known = ", ".join(sorted(self.datasets))
        raise ConfigError(f"no dataset {dataset_id!r} in the registry{hint} Known: {known}")

    def __contains__(self, dataset_id: object) -> bool:
        return dataset_id in self.datasets

    def __iter__(self) -> Iterator[str]:
        return iter(self.datasets)

    def __len__(self) -> int:
        return len(self.datasets)

    def paths(self) -> dict[str, list[str]]:
        """Return the places of each dataset's files below the data folder, by id."""
        return {name: [file.path for file in entry.files] for name, entry in self.items()}


def load_registry(path: str | Path, *, schema_path: str | Path | None = None) -> Registry:
    """Read and check the registry.

    Parameters
    ----------
    path : the YAML file, `resources/datasets.yaml` of the repository.
    schema_path : its JSON schema; by default `workflow/schemas/datasets.schema.yaml`
        of the repository that holds `path`.

    Raises
    ------
    ConfigError
        The file cannot be read or is faulty; all faults at once, one a line.
    """
    source = Path(path)
    schema_file = (
        Path(schema_path)
        if schema_path
        else source.resolve().parents[1] / "workflow" / "schemas" / "datasets.schema.yaml"
    )
    schema = yaml.safe_load(schema_file.read_text(encoding="utf-8"))
    try:
        record = yaml.load(source.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except OSError as error:
        raise ConfigError(f"cannot read the registry {source}: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{source} is no valid YAML: {error}") from error
    faults = [
        f"{'.'.join(str(part) for part in fault.absolute_path) or '(top)'}: {fault.message}"
        for fault in Draft202012Validator(schema).iter_errors(record)
    ]
    if not faults:
        faults = list(_inconsistencies(record["datasets"]))
    if faults:
        raise ConfigError(f"{source}: {len(faults)} fault(s)\n  " + "\n  ".join(sorted(faults)))
    return Registry({name: _dataset(name, entry) for name, entry in record["datasets"].items()})


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML keeps the last of two equal keys; a registry must not lose a dataset that way."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def _inconsistencies(datasets: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the schema cannot say."""
    owners: dict[str, str] = {}
    for name, entry in datasets.items():
        if entry["access"] == "manual" and not entry.get("how"):
            yield f"{name}: access is manual, so `how` must say how to get the files"
        if (entry["access"] == "key") != ("key" in entry):
            yield f"{name}: `key` belongs to access `key` and only there"
        for file in entry["files"]:
            path = file["path"]
            if path in owners:
                yield f"{name}: {path} belongs to {owners[path]} already"
            owners[path] = name
            reachable = file.get("urls") or entry.get("base_urls") or file.get("query")
            if entry["access"] != "manual" and not reachable:
                yield f"{name}: {path} has no address: give `urls`, `query` or `base_urls`"
            query = file.get("query")
            if query:
                yield from _query_faults(f"{name}: {path}", query)


def _query_faults(where: str, query: Mapping[str, Any]) -> Iterator[str]:
    dates = {}
    for key in ("start", "end"):
        try:
            dates[key] = _utc(query[key])
        except ValueError:
            yield f"{where}: {key} {query[key]} is no date"
    if len(dates) == 2 and dates["start"] >= dates["end"]:
        yield f"{where}: start {query['start']} must be before end {query['end']}"
    for key in ("latitude_deg", "longitude_deg"):
        low, high = query[key]
        if low >= high:
            yield f"{where}: {key} {low}, {high}: the first must be the smaller"


def _dataset(name: str, entry: Mapping[str, Any]) -> Dataset:
    bases = entry.get("base_urls", [])
    plain = {key: entry[key] for key in ("doi", "note", "how", "untested") if key in entry}
    return Dataset(
        id=name,
        title=entry["title"],
        access=entry["access"],
        licence=entry["licence"],
        citation=entry["citation"],
        files=tuple(_file(file, bases) for file in entry["files"]),
        key=Key(**entry["key"]) if "key" in entry else None,
        **plain,
    )


def _file(entry: Mapping[str, Any], bases: list[str]) -> DataFile:
    remote = entry.get("remote", PurePosixPath(entry["path"]).name)
    query = entry.get("query")
    urls = entry.get("urls") or ([] if query else [base + remote for base in bases])
    return DataFile(
        path=entry["path"],
        mirror_path=entry.get("mirror_path", entry["path"]),
        urls=tuple(urls),
        bytes=entry.get("bytes"),
        sha256=entry.get("sha256"),
        git_blob_sha1=entry.get("git_blob_sha1"),
        query=_query(query) if query else None,
    )


def _query(entry: Mapping[str, Any]) -> EventQuery:
    ranges = {key: tuple(entry[key]) for key in ("latitude_deg", "longitude_deg")}
    return EventQuery(
        **{**entry, **ranges, "start": _utc(entry["start"]), "end": _utc(entry["end"])}
    )


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
