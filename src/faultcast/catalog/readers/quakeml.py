"""QuakeML, and any other event file that obspy reads."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog.readers.values import event_types
from faultcast.errors import CatalogError


def read(data: bytes, name: str) -> tuple[pd.DataFrame, dict[int, tuple[str, str]]]:
    """Return columns of the event table, and by place id and fault of events left out.

    The preferred origin and magnitude are taken, else the first. Horizontal and depth
    uncertainty come in metres and are given in km. `line` is the event's place in the file.

    Raises
    ------
    CatalogError
        obspy cannot read the file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from obspy import read_events

        try:
            catalog = read_events(io.BytesIO(data), format="QUAKEML")
        except Exception as error:  # obspy raises what its parsers raise
            raise CatalogError(f"{name} cannot be read as QuakeML: {error}") from error
    rows: list[dict[str, Any]] = []
    left_out: dict[int, tuple[str, str]] = {}
    for number, event in enumerate(catalog, start=1):
        origin = event.preferred_origin() or next(iter(event.origins), None)
        if origin is None:
            left_out[number] = _event_id(str(event.resource_id)), "the event has no origin"
            continue
        try:
            rows.append({"line": number, **_row(event, origin)})
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            # obspy warns of elements that it cannot read, and leaves None in their place
            reason = f"an element of the event cannot be read ({error})"
            left_out[number] = _event_id(str(event.resource_id)), reason
    frame = pd.DataFrame(rows, columns=[*_COLUMNS, "line"] if not rows else None)
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    frame["event_type"] = event_types(frame["event_type"])
    return frame, left_out


_COLUMNS = ("event_id", "time", "latitude", "longitude", "event_type")


def _row(event: Any, origin: Any) -> dict[str, Any]:
    magnitude = event.preferred_magnitude() or next(iter(event.magnitudes), None)
    uncertainty = origin.origin_uncertainty
    quality = origin.quality
    return {
        "event_id": _event_id(str(event.resource_id)),
        "time": np.datetime64(origin.time.ns, "ns"),
        "latitude": _number(origin.latitude),
        "longitude": _number(origin.longitude),
        "depth_km": _number(origin.depth) / 1000.0,
        "magnitude": _number(magnitude.mag if magnitude else None),
        "magnitude_type": (magnitude.magnitude_type or "") if magnitude else "",
        "event_type": event.event_type or "",
        "n_phases": _number(quality.used_phase_count if quality else None),
        "rms_s": _number(quality.standard_error if quality else None),
        "horizontal_error_km": _number(uncertainty.horizontal_uncertainty if uncertainty else None)
        / 1000.0,
        "depth_error_km": _number(origin.depth_errors.uncertainty) / 1000.0,
    }


def _event_id(resource_id: str) -> str:
    """Return the provider's id in a resource id: after `eventid=`, or its last part."""
    if "eventid=" in resource_id:
        return resource_id.split("eventid=")[1].split("&")[0]
    return resource_id.rstrip("/").split("/")[-1]


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
