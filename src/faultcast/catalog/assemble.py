"""One event table from whatever files a catalog consists of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from faultcast.catalog.locations import Locations, read_locations
from faultcast.catalog.merge import merge_files
from faultcast.catalog.read import detect_format, read_catalog
from faultcast.catalog.readers.nonlinloc_csv import COVARIANCE
from faultcast.catalog.table import finish_events
from faultcast.errors import CatalogError

_EXPECTATION = ("event_id", "latitude", "longitude", "depth_km")


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
    """Return the events of a catalog, what was rejected, and covariances where the files have them.

    Parameters
    ----------
    files : the files of a catalog, read one by one; of an id that comes back the first counts.
    scsn, scec_dc, comcat : instead of `files`, what the merge rule takes (`merge_files`).
    format, columns, placeholder_magnitudes : as in `read_catalog`.

    Returns
    -------
    Locations; `covariances` has its columns but no rows where the format gives none.

    Raises
    ------
    CatalogError
        No file is given, or one cannot be read.
    """
    covariances: list[pd.DataFrame] = []
    if scsn or scec_dc:
        events, rejected = merge_files(
            scsn, scec_dc, comcat, placeholder_magnitudes=placeholder_magnitudes
        )
    elif not files:
        raise CatalogError("a catalog without files: name a dataset, a path or a merge for it")
    else:
        read, unreadable = [], []
        for path in files:
            if (format or (columns is None and detect_format(path))) == "nonlinloc_csv":
                found = read_locations(path, "nonlinloc_csv")
                read.append(found.events)
                unreadable.append(found.rejected)
                covariances += [] if found.covariances is None else [found.covariances]
            else:
                table, bad = read_catalog(path, format, columns, placeholder_magnitudes)
                read.append(table)
                unreadable.append(bad)
        events = pd.concat(read, ignore_index=True)
        if len(read) > 1:
            events, repeated = finish_events(events, file=" + ".join(Path(p).name for p in files))
            # its line in the files is no longer known
            unreadable.append(repeated.assign(line=0))
        rejected = pd.concat(unreadable, ignore_index=True)
    if not covariances:
        return Locations(events, rejected, pd.DataFrame(columns=[*_EXPECTATION, *COVARIANCE]))
    first = pd.concat(covariances).drop_duplicates("event_id", ignore_index=True)
    return Locations(events, rejected, first)
