"""Mapped fault traces: GMT multi-segment text, `lon lat [z]` a line, `>` before each trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.catalog.unpack import read_unpacked
from faultcast.errors import CatalogError


def read_traces(path: str | Path, projection: Projection) -> pd.DataFrame:
    """Read fault traces (gzip or plain).

    Returns
    -------
    DataFrame: trace (int), name (text after `>`), latitude, longitude, x_km, y_km

    Raises
    ------
    CatalogError
        The file cannot be read, a line is no position, or there is none.
    """
    try:
        text = read_unpacked(path, error=CatalogError).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"cannot read fault traces from {path}: {error}") from error
    trace, name = -1, ""
    rows: list[tuple[int, str, float, float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(">"):
            trace, name = trace + 1, line[1:].strip()
            continue
        try:
            longitude, latitude = (float(word) for word in line.split()[:2])
        except ValueError as error:
            raise CatalogError(
                f"{path}, line {number}: {line!r} is no position; expected `lon lat [z]`"
            ) from error
        rows.append((max(trace, 0), name, latitude, longitude))
    if not rows:
        raise CatalogError(f"{path} holds no trace; expected lines of `lon lat [z]`")
    table = pd.DataFrame(rows, columns=["trace", "name", "latitude", "longitude"])
    x, y = projection.forward(table["latitude"].to_numpy(), table["longitude"].to_numpy())
    table["x_km"], table["y_km"] = np.asarray(x), np.asarray(y)
    return table
