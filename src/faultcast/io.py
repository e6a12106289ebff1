"""Reading and writing of results: whole or not at all, provenance inside, equality defined.

Tables are Parquet, weights safetensors, records JSON, small tables a person reads CSV.
"""

from __future__ import annotations

import errno
import hashlib
import json
import tokenize
import uuid
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from faultcast.errors import DataError, FaultcastError, OutputError

_METADATA_KEY = b"faultcast"
_CURES = {
    errno.ENOSPC: "the disk is full: free some space, or point the config key `results` elsewhere",
    errno.EDQUOT: "the disk quota is used up: free some space, or set `results` elsewhere",
    errno.EROFS: "the file system is read-only: point the config key `results` elsewhere",
    errno.EACCES: "no permission to write there: change it, or set `results` elsewhere",
    errno.EPERM: "no permission to write there: change it, or set `results` elsewhere",
}
# what parsers raise on bytes that were not written by their own writers
_DAMAGE = (
    OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError,
    NotImplementedError, RuntimeError, MemoryError, zlib.error, zipfile.BadZipFile,
    pa.ArrowException,
    # numpy parses the heads of arrays as Python literals
    SyntaxError, tokenize.TokenError,
)  # fmt: skip
_MAKE_ANEW = "delete it and run again, which makes it anew"


@contextmanager
def reading(
    path: str | Path, cure: str = _MAKE_ANEW, error: type[FaultcastError] = DataError
) -> Iterator[None]:
    """Tell in words what a block makes of a file that is missing, damaged or something else.

    Parameters
    ----------
    path : the file or folder that the block reads, for the text.
    cure : what to do about it.
    error : the kind to raise; one that the block raises itself passes.
    """
    try:
        yield
    except _DAMAGE as fault:
        told = f"{type(fault).__name__}: {fault}"[:300]
        raise error(f"{path} is missing, damaged or of another kind ({told}); {cure}") from fault


@contextmanager
def write_aside(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is renamed into place.

    Raises
    ------
    OutputError
        The file cannot be written; nothing is left behind.
    """
    target = Path(path)
    aside = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        aside.replace(target)
    except OSError as error:
        cure = _CURES.get(error.errno or 0)
        if cure is None:
            raise
        raise OutputError(f"cannot write {target}: {cure}") from error
    finally:
        # on a read-only disk even removing what is not there fails, and would hide the cure
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def write_table(
    frame: pd.DataFrame, path: str | Path, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write `frame` as Parquet with checksums, `provenance` in the file's metadata."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), _METADATA_KEY: _canonical(provenance or {})}
    with write_aside(path) as aside:
        pq.write_table(
            table.replace_schema_metadata(metadata),
            aside,
            compression="zstd",
            write_page_checksum=True,
        )


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table written by `write_table` or a CSV written by `write_csv`.

    Raises
    ------
    DataError
        The file is missing or damaged.
    """
    with reading(path):
        if Path(path).suffix == ".csv":
            return pd.read_csv(path)
        return pd.read_parquet(path, page_checksum_verification=True)


def write_csv(
    frame: pd.DataFrame, path: str | Path, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write `frame` as CSV and its provenance as `<name>.provenance.json` beside it."""
    target = Path(path)
    write_json(provenance or {}, target.with_name(target.stem + ".provenance.json"))
    with write_aside(target) as aside:
        frame.to_csv(aside, index=False, lineterminator="\n")


def write_json(record: Mapping[str, Any], path: str | Path) -> None:
    """Write `record` as JSON, keys sorted."""
    with write_aside(path) as aside:
        aside.write_bytes(_canonical(record, indent=2) + b"\n")


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON record.

    Raises
    ------
    DataError
        The file is missing, damaged or holds something else.
    """
    with reading(path):
        record: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise TypeError(f"it holds a {type(record).__name__}, not a record")
    return record


def write_text(text: str, path: str | Path) -> None:
    """Write a text file."""
    with write_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")


def read_provenance(path: str | Path) -> dict[str, Any]:
    """Return the provenance of a Parquet table or of a CSV with its sidecar."""
    target = Path(path)
    if target.suffix == ".parquet":
        with reading(path):
            metadata = pq.read_schema(target).metadata or {}
            record: dict[str, Any] = json.loads(metadata.get(_METADATA_KEY, b"{}"))
        return record
    return read_json(target.with_name(target.stem + ".provenance.json"))


def read_input(path: str | Path) -> Any:
    """Read a rule's input by its kind: a table, a JSON record, or the path itself."""
    suffix = Path(path).suffix
    if suffix in (".parquet", ".csv"):
        return read_table(path)
    if suffix == ".json":
        return read_json(path)
    return Path(path)


def content_digest(path: str | Path) -> str:
    """Return the sha256 of what a result says: two results are equal when it is.

    Parquet: column names, kinds and values in row order (compression, metadata and the
    writer's version left out). JSON: keys sorted, `cost` left out. safetensors: names,
    shapes and bytes. A folder: its files. `*_cost.csv`, a measurement of time and memory: the
    column names alone. Anything else: the bytes.
    """
    target = Path(path)
    if target.is_dir():
        members = {str(f.relative_to(target)): content_digest(f) for f in target.rglob("*.*")}
        return hashlib.sha256(_canonical(members)).hexdigest()
    if target.suffix == ".parquet":
        return frame_digest(read_table(target))
    if target.suffix == ".json":
        record = read_json(target)
        record.pop("cost", None)
        return hashlib.sha256(_canonical(record)).hexdigest()
    if target.suffix == ".safetensors":
        return _weights_digest(target)
    if target.name.endswith("_cost.csv"):
        with target.open("rb") as stream:
            return hashlib.sha256(stream.readline()).hexdigest()
    return file_digest(target)


def file_digest(path: str | Path) -> str:
    """Return the sha256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def frame_digest(frame: pd.DataFrame) -> str:
    """Return the sha256 of a table's column names, kinds and values; -0.0 equals 0.0."""
    digest = hashlib.sha256()
    for name in frame.columns:
        column = frame[name]
        digest.update(str(name).encode() + b"\0")
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            values: np.ndarray = (
                column.dt.tz_convert("UTC").dt.as_unit("ns").astype("int64").to_numpy()
            )
        else:
            values = column.to_numpy()
        if values.dtype.kind == "f":
            canonical = values.astype("<f8") + 0.0
            canonical[np.isnan(canonical)] = np.nan
            digest.update(b"f" + canonical.tobytes())
        elif values.dtype.kind in "iub":
            digest.update(b"i" + values.astype("<i8").tobytes())
        else:
            text = "\1".join("" if pd.isna(value) else str(value) for value in values)
            digest.update(b"s" + text.encode())
    return digest.hexdigest()


def _weights_digest(path: Path) -> str:
    from safetensors.numpy import load_file

    digest = hashlib.sha256()
    for name, array in sorted(load_file(path).items()):
        digest.update(f"{name} {array.shape} {array.dtype}".encode() + array.tobytes())
    return digest.hexdigest()


def _canonical(record: Mapping[str, Any], indent: int | None = None) -> bytes:
    return json.dumps(
        record, sort_keys=True, indent=indent, default=_plain, ensure_ascii=False
    ).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (Path, pd.Timestamp)):
        return str(value)
    raise DataError(f"cannot write a {type(value).__name__} as JSON: {value!r}")
