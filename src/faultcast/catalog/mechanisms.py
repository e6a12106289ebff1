"""Focal mechanisms made with HASH (Hardebeck & Shearer 2002), as the YHS catalog lists them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.catalog.readers import delimited
from faultcast.catalog.readers.text import load_text
from faultcast.catalog.table import rejected_rows
from faultcast.errors import CatalogError

COLUMNS: delimited.ColumnMap = {
    "event_id": "CID",
    "time": ["Year", "Month", "Day", "Hour", "Minute", "Second"],
    "latitude": "Lat.deg",
    "longitude": "Lon.deg",
    "depth_km": "Dep.km",
    "magnitude": "Mw",
    "strike_deg": "Strike",
    "dip_deg": "Dip",
    "rake_deg": "Rake",
    "plane_uncertainty_deg": "FP.uncert",
    "auxiliary_uncertainty_deg": "AuxFP.uncert",
    "n_first_motions": "n.fm",
    "first_motion_misfit": "fm.misfit",
    "n_amplitude_ratios": "n.sp",
    "amplitude_ratio_misfit": "sp.logmisfit",
    "quality": "Quality",
}
_RANGES = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "strike_deg": (0.0, 360.0),
    "dip_deg": (0.0, 90.0),
    "rake_deg": (-180.0, 180.0),
}


def read_mechanisms(path: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the focal mechanisms of a HASH catalog, comma- or blank-separated with a header.

    Strike 0-360 (right-hand rule), dip 0-90, rake -180..180 degrees; a strike of 360 becomes
    0. A minute of -1 is carried over into the hour before. An event can have more than one
    mechanism.

    Returns
    -------
    mechanisms : event_id, time, latitude, longitude, depth_km, magnitude, strike_deg, dip_deg,
        rake_deg, plane_uncertainty_deg, auxiliary_uncertainty_deg, n_first_motions,
        first_motion_misfit, n_amplitude_ratios, amplitude_ratio_misfit, quality; by time.
    rejected : file, line, reason and text of lines that cannot be read or make no sense.

    Raises
    ------
    CatalogError
        The file cannot be read, lacks a column, or holds no mechanism.
    """
    source = load_text(path)
    frame, unreadable = delimited.read(source, COLUMNS)
    reasons = np.full(len(frame), "", dtype=object)
    for name, (low, high) in _RANGES.items():
        values = frame[name].to_numpy()
        outside = ~((values >= low) & (values <= high))
        reasons[outside & (reasons == "")] = f"{name} not in {low:g}..{high:g}"
    infinite = np.isinf(frame.select_dtypes("float64").to_numpy()).any(axis=1)
    reasons[infinite & (reasons == "")] = "a number is infinite"
    reasons[(frame["event_id"] == "").to_numpy() & (reasons == "")] = "no event id"
    bad = reasons != ""
    lines = frame["line"].to_numpy()[bad]
    texts = source.lines if bad.any() else []
    nonsense = rejected_rows(
        path, lines, reasons[bad], np.array([texts[k - 1] for k in lines], dtype=object)
    )
    rejected = pd.concat([unreadable, nonsense], ignore_index=True)
    mechanisms = frame[~bad].drop(columns="line")
    if mechanisms.empty:
        raise CatalogError(
            f"{path} holds no readable mechanism: {'; '.join(rejected['reason'].head(3))}"
        )
    mechanisms["strike_deg"] = mechanisms["strike_deg"] % 360.0
    return mechanisms.sort_values("time", kind="stable", ignore_index=True), rejected
