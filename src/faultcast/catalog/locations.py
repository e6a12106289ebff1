"""Catalogs that come with location uncertainty: ellipsoids or posterior samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog.readers import nonlinloc_csv, nonlinloc_hyp
from faultcast.catalog.readers.nonlinloc_csv import COVARIANCE
from faultcast.catalog.readers.text import load_text
from faultcast.catalog.readers.values import times_from_parts
from faultcast.catalog.table import finish_events, rejected_rows
from faultcast.errors import CatalogError, DataError

FORMATS = ("nonlinloc_csv", "nonlinloc_hyp")
_EXPECTATION = ("latitude", "longitude", "depth_km")


@dataclass(frozen=True)
class Locations:
    """Events and how well they are located.

    Attributes
    ----------
    events : event table.
    rejected : file, line, reason and text of what could not be read.
    covariances : event_id, the expectation (latitude, longitude, depth_km) and its covariance
        cxx cxy cxz cyy cyz czz in km^2 (x east, y north, z down), or None.
    samples : event_id, latitude, longitude, depth_km of equally likely places, or None.
    """

    events: pd.DataFrame
    rejected: pd.DataFrame
    covariances: pd.DataFrame | None = None
    samples: pd.DataFrame | None = None


def read_locations(path: str | Path, format: str | None = None) -> Locations:
    """Return the events of a NonLinLoc catalog with their uncertainty.

    Parameters
    ----------
    path : a NonLinLoc CSV catalog, a `.hyp` file (its samples in the `.scat` of the same name
        beside it), or a folder of `.hyp` files.
    format : "nonlinloc_csv", "nonlinloc_hyp", or None to tell by content.

    Raises
    ------
    CatalogError
        The file cannot be read, or no event in it can.
    """
    path = Path(path)
    if format is not None and format not in FORMATS:
        raise CatalogError(f"location format {format!r} does not exist; choose {FORMATS}")
    if path.is_dir():
        files = sorted(path.glob("*.hyp"))
        if not files:
            raise CatalogError(f"{path} holds no .hyp file")
        return _read_hyp(files)
    if format == "nonlinloc_hyp" or (format is None and path.suffix == ".hyp"):
        return _read_hyp([path])
    return _read_csv(path)


def _read_csv(path: Path) -> Locations:
    frame, rejected = nonlinloc_csv.read(load_text(path))
    events, nonsense = finish_events(frame, file=path)
    if events.empty:
        raise CatalogError(f"{path} holds no readable event")
    good = frame[~frame["line"].isin(nonsense["line"])].set_index("event_id")
    good = good.loc[events["event_id"]].reset_index()
    covariances = pd.DataFrame({"event_id": events["event_id"]})
    for name in _EXPECTATION:
        covariances[name] = good[f"expected_{name}"]
    full = nonlinloc_csv.ellipsoid_covariances(good)
    for name, (row, column) in zip(COVARIANCE, zip(*np.triu_indices(3), strict=True), strict=True):
        covariances[name] = full[:, row, column]
    usable = np.isfinite(covariances.drop(columns="event_id").to_numpy()).all(axis=1)
    without = rejected_rows(
        path,
        good["line"].to_numpy()[~usable],
        "the event is kept, its ellipsoid is not: a length is not positive or a value is missing",
        good["event_id"].to_numpy(object)[~usable],
    )
    return Locations(
        events,
        pd.concat([rejected, nonsense, without], ignore_index=True),
        covariances=covariances[usable].reset_index(drop=True),
    )


def _read_hyp(files: list[Path]) -> Locations:
    found: list[dict[str, Any]] = []
    faults: list[tuple[str, int, str]] = []
    samples: list[pd.DataFrame] = []
    for file in files:
        source = load_text(file)
        line = 1
        blocks = source.text.split("END_NLLOC")
        single = sum("NLLOC " in block for block in blocks) == 1
        for block in blocks:
            if block.strip():
                try:
                    event = nonlinloc_hyp.parse_block(block)
                    event["turned"] = nonlinloc_hyp.turned_covariance(event)
                    if single and file.with_suffix(".scat").exists():
                        samples.append(_samples(event, file.with_suffix(".scat")))
                    found.append({**event, "line": line})
                except (ValueError, CatalogError, DataError) as error:
                    faults.append((file.name, line, str(error)))
            line += block.count("\n")
    rejected = [rejected_rows(name, np.array([line]), reason) for name, line, reason in faults]
    if not found:
        raise CatalogError(
            f"{files[0]} holds no readable event: {faults[0][2] if faults else 'no NLLOC block'}"
        )
    frame = pd.DataFrame(found)
    frame["time"] = times_from_parts(*np.array(frame["time_parts"].tolist(), dtype="float64").T)
    frame["source"] = "nonlinloc"
    frame["event_type"] = "earthquake"
    name = files[0] if len(files) == 1 else files[0].parent
    events, nonsense = finish_events(frame, file=name)
    return Locations(
        events,
        pd.concat([*rejected, nonsense], ignore_index=True),
        covariances=_statistics(found, events),
        samples=_kept(pd.concat(samples, ignore_index=True), events) if samples else None,
    )


def _samples(event: dict[str, Any], path: Path) -> pd.DataFrame:
    places = nonlinloc_hyp.read_samples(path)
    latitude, longitude = nonlinloc_hyp.to_degrees(event, places[:, :2])
    if not (np.abs(latitude) <= 90.0).all() or not np.isfinite(longitude).all():
        raise CatalogError(f"{path} holds samples that lie nowhere on Earth: it is no .scat file")
    frame = pd.DataFrame({"latitude": latitude, "longitude": longitude, "depth_km": places[:, 2]})
    frame.insert(0, "event_id", event["event_id"])
    return frame


def _statistics(found: list[dict[str, Any]], events: pd.DataFrame) -> pd.DataFrame | None:
    rows = [
        [event["event_id"], *event["expectation"], *event["turned"]]
        for event in found
        if event["expectation"] and event["turned"] is not None
    ]
    if not rows:
        return None
    return _kept(pd.DataFrame(rows, columns=["event_id", *_EXPECTATION, *COVARIANCE]), events)


def _kept(frame: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["event_id"].isin(events["event_id"])].reset_index(drop=True)
