"""One event table from whatever files a catalog consists of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from faultcast.catalog.locations import FORMATS as LOCATION_FORMATS
from faultcast.catalog.locations import Locations, read_locations
from faultcast.catalog.merge import merge_files
from faultcast.catalog.read import detect_format, read_catalog
from faultcast.catalog.readers.nonlinloc_csv import COVARIANCE
from faultcast.catalog.table import finish_events
from faultcast.errors import CatalogError

_SAMPLES = ("event_id", "latitude", "longitude", "depth_km")
_COVARIANCES = (*_SAMPLES, *COVARIANCE)


def assemble_catalog(
    files: Sequence[str | Path] = (),
    *,
    scsn: Sequence[str | Path] = (),
    scec_dc: Sequence[str | Path] = (),
    comcat: Sequence[str | Path] = (),
    format: str | None = None,
    columns: Any = None,
    placeholder_magnitudes: Literal["missing", "keep"] = "missing",
) -> Locations:
    """Return the events of a catalog, what was rejected, and where else each event may lie.

    Parameters
    ----------
    files : the files of a catalog, read one by one; of an id that comes back the first counts.
    scsn, scec_dc, comcat : instead of `files`, what the merge rule takes (`merge_files`).
    format : as in `read_catalog`, or "nonlinloc_hyp" (a `.hyp` file or a folder of them).
    columns, placeholder_magnitudes : as in `read_catalog`.

    Returns
    -------
    Locations; `covariances` and `samples` have their columns but no rows where the format gives
    none.

    Raises
    ------
    CatalogError
        No file is given, or one cannot be read.
    """
    if scsn or scec_dc:
        events, rejected = merge_files(
            scsn, scec_dc, comcat, placeholder_magnitudes=placeholder_magnitudes
        )
        return Locations(events, rejected, _joined([], _COVARIANCES), _joined([], _SAMPLES))
    if not files:
        raise CatalogError("a catalog without files: name a dataset, a path or a merge for it")
    found = [_read(path, format, columns, placeholder_magnitudes) for path in files]
    events = pd.concat([one.events for one in found], ignore_index=True)
    unreadable = [one.rejected for one in found]
    if len(found) > 1:
        events, repeated = finish_events(events, file=" + ".join(Path(p).name for p in files))
        # its line in the files is no longer known
        unreadable.append(repeated.assign(line=0))
    return Locations(
        events,
        pd.concat(unreadable, ignore_index=True),
        _joined([one.covariances for one in found], _COVARIANCES),
        _joined([one.samples for one in found], _SAMPLES),
    )


def _read(
    path: str | Path,
    format: str | None,
    columns: Any,
    placeholder_magnitudes: Literal["missing", "keep"],
) -> Locations:
    """Read one file, with its location uncertainty where the format has any."""
    if format is None and columns is None:
        folder_or_hyp = Path(path).is_dir() or Path(path).suffix == ".hyp"
        format = "nonlinloc_hyp" if folder_or_hyp else detect_format(path)
    if format in LOCATION_FORMATS:
        return read_locations(path, format)
    return Locations(*read_catalog(path, format, columns, placeholder_magnitudes))


def _joined(tables: Sequence[pd.DataFrame | None], columns: Sequence[str]) -> pd.DataFrame:
    """Join tables of several files; of an event that comes back its first file counts."""
    seen: set[str] = set()
    kept = []
    for table in tables:
        if table is not None:
            kept.append(table[~table["event_id"].isin(seen)])
            seen.update(table["event_id"])
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=list(columns))
