"""Repair of the merged table of southern California, `socal_1981_2020.csv`.

It was made from SCSN-format files cut one column late between depth and phases, where the two
touch: 9.57 km and 107 phases became 9.571 km and 7 phases.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_NO_DEPTH_KM = 10_000.0


def put_back_hundreds(frame: pd.DataFrame) -> pd.DataFrame:
    """Return columns of the merged table with depth and phases of SCSN rows cut rightly.

    SCSN format has two decimals of depth; a third one is the hundreds digit of the phases.
    """
    depth = frame["depth_km"].to_numpy()
    # a depth that no place on Earth has is rejected later; as an integer it would overflow
    sane = np.where(np.abs(depth) < _NO_DEPTH_KM, depth, 0.0)
    thousandths = np.rint(sane * 1000.0).astype("int64")
    digit = np.abs(thousandths) % 10
    late = frame["source"].str.startswith("scsn").to_numpy(bool) & (digit > 0)
    repaired = (thousandths - np.sign(thousandths) * digit) / 1000.0
    return frame.assign(
        depth_km=np.where(late, repaired, depth),
        n_phases=frame["n_phases"].to_numpy() + np.where(late, 100.0 * digit, 0.0),
    )
