"""The merge of southern California's catalogs: each quantity from the format that has it best.

Hypocentre, RMS, phases and quality come from SCSN format (0.01', 0.01 km), magnitudes to two
decimals and types from SCEC_DC, location errors from ComCat, by event id. Where no SCSN-format
file covers a time, SCEC_DC gives the hypocentre too (0.001 degree, 0.1 km).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from faultcast.catalog.read import read_catalog
from faultcast.catalog.readers.comcat import read_latest
from faultcast.catalog.readers.text import load_text
from faultcast.catalog.region import Region
from faultcast.catalog.table import EVENT_COLUMNS, finish_events
from faultcast.errors import CatalogError

AREA = Region(latitude=(32.0, 37.0), longitude=(-122.0, -114.0))
"""Area of the yearly files of the Southern California Earthquake Data Center."""

_SILENCE = pd.Timedelta(days=2)
_ROUNDING = 0.05 + 1e-6
_COMCAT_PREFIX = "ci"
_SNAPSHOT = re.compile(r"\.asof(\d{8})")


def merge_files(
    scsn: Sequence[str | Path],
    scec_dc: Sequence[str | Path],
    comcat: Sequence[str | Path] = (),
    *,
    placeholder_magnitudes: Literal["missing", "keep"] = "missing",
    area: Region | None = AREA,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the merge of yearly files, and all that was rejected.

    Parameters
    ----------
    scsn, scec_dc : yearly files; of several snapshots of a year (`2019.asof20250220...`) the
        later comes first, and one without a date before all.
    comcat : ComCat CSV files, the version of an event that was updated last taken; events of
        the network "ci" alone are used.
    placeholder_magnitudes : as in `read_catalog`.
    area : where ComCat may fill gaps; None for anywhere.

    Returns
    -------
    events : event table; `source` is the format and the snapshot's date, or comcat_gapfill.
    rejected : rejected table.
    """
    if not scsn and not scec_dc:
        raise CatalogError("nothing to merge: give yearly files of SCSN or SCEC_DC format")
    rejected: list[pd.DataFrame] = []

    def tables(paths: Sequence[str | Path], format: str) -> list[pd.DataFrame]:
        found = []
        for path in sorted(paths, key=snapshot_order):
            events, bad = read_catalog(
                path, format=format, placeholder_magnitudes=placeholder_magnitudes
            )
            snapshot = _SNAPSHOT.search(Path(path).name)
            events["source"] = f"{format}_{snapshot[1]}" if snapshot else format
            rejected.append(bad)
            found.append(events)
        return found

    typed = tables(scec_dc, "scec_dc")
    located = tables(scsn, "scsn")
    errors: list[pd.DataFrame] = []
    if comcat:
        latest, bad = read_latest([load_text(path) for path in sorted(comcat, key=str)])
        rejected.append(bad)
        errors.append(southern_california_ids(latest))
    fill = [
        (table if area is None else table[area.contains(table)]).assign(source="comcat_gapfill")
        for table in errors
    ]
    events, repeated = merge_catalogs([*located, *typed], typed, errors, fill)
    return events, pd.concat([*rejected, repeated], ignore_index=True)


def merge_catalogs(
    hypocentres: Sequence[pd.DataFrame],
    magnitudes: Sequence[pd.DataFrame] = (),
    errors: Sequence[pd.DataFrame] = (),
    fill: Sequence[pd.DataFrame] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one event table from several, matched by `event_id`.

    1. Hypocentres are taken from the first table; each later table adds only events at times
       that no table before covers, so that what the provider has since deleted stays deleted.
       A table covers from its first event to its last, silences over two days left out.
    2. The tables of `fill` add events in the same way, but none before the first or after the
       last hypocentre.
    3. Magnitude type and event type come from the first of `magnitudes` that has the event; its
       magnitude is taken where it agrees with the hypocentre's to rounding (0.05), or is
       missing on purpose (NaN with a type).
    4. Horizontal and depth error come from the first of `errors` that has the event.

    Parameters
    ----------
    hypocentres, magnitudes, errors, fill : event tables, best first.

    Returns
    -------
    events, rejected : as `finish_events` gives them.
    """
    if not hypocentres:
        raise CatalogError("nothing to merge: give at least one table of hypocentres")
    moments = pd.concat([table["time"] for table in hypocentres])
    inner = [table[table["time"].between(moments.min(), moments.max())] for table in fill]
    events = _by_coverage([*hypocentres, *inner])
    if magnitudes:
        events = _take_magnitudes(events, _first_of_each(magnitudes))
    if errors:
        known = _first_of_each(errors)
        rows = known.index.get_indexer(pd.Index(events["event_id"]))
        for name in ("horizontal_error_km", "depth_error_km"):
            taken = known[name].to_numpy()[rows]
            events[name] = np.where((rows >= 0) & np.isfinite(taken), taken, events[name])
    return finish_events(events, file="merge")


def snapshot_order(path: str | Path) -> tuple[int, str]:
    """Return a sort key that puts current files first, then snapshots from late to early."""
    name = Path(path).name
    snapshot = _SNAPSHOT.search(name)
    return (-int(snapshot[1]) if snapshot else -(10**9), name)


def southern_california_ids(comcat: pd.DataFrame) -> pd.DataFrame:
    """Return the events of network "ci", their ids as SCEDC writes them (`ci123` -> `123`)."""
    ids = comcat["event_id"].str
    own = ids.match(rf"{_COMCAT_PREFIX}\d+$").to_numpy(bool)
    return comcat[own].assign(event_id=ids[len(_COMCAT_PREFIX) :][own])


def _by_coverage(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    taken: list[pd.DataFrame] = []
    covered: list[tuple[np.ndarray, np.ndarray]] = []
    for table in tables:
        times = table["time"].to_numpy("datetime64[ns]")
        new = np.ones(len(times), dtype=bool)
        for starts, ends in covered:
            before = np.searchsorted(starts, times, side="right") - 1
            new &= ~((before >= 0) & (times <= ends[np.maximum(before, 0)]))
        taken.append(table.loc[new, [*EVENT_COLUMNS]])
        if len(times):
            covered.append(_coverage(times))
    together = pd.concat(taken, ignore_index=True)
    return together[~together["event_id"].duplicated()].reset_index(drop=True)


def _coverage(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and ends of the runs of sorted times without a long silence."""
    breaks = np.flatnonzero(np.diff(times) > _SILENCE.to_timedelta64())
    return times[np.r_[0, breaks + 1]], times[np.r_[breaks, len(times) - 1]]


def _first_of_each(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    together = pd.concat(tables, ignore_index=True)
    return together[~together["event_id"].duplicated()].set_index("event_id")


def _take_magnitudes(events: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    rows = known.index.get_indexer(pd.Index(events["event_id"]))
    there = rows >= 0
    coarse = events["magnitude"].to_numpy()
    fine = known["magnitude"].to_numpy()[rows]
    kind = known["magnitude_type"].to_numpy(object)[rows]
    missing = np.isnan(fine) & (kind != "")
    agrees = np.isnan(coarse) | (np.abs(fine - coarse) <= _ROUNDING)
    events["magnitude"] = np.where(there & (missing | agrees), fine, coarse)
    for name in ("magnitude_type", "event_type"):
        values = known[name].to_numpy(object)[rows]
        events[name] = pd.Series(
            np.where(there, values, events[name].to_numpy(object)), dtype="str"
        )
    return events
