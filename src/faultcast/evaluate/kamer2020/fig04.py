"""Figure 4 of Kamer et al. (2020): the planted network found by the local and global criterion."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from faultcast.evaluate.kamer2020.plane_rows import plane_rows, point_rows
from faultcast.evaluate.kamer2020.planted import planted
from faultcast.faults import FaultNetwork


def numbers(engine: Literal["exact", "released"] = "exact") -> pd.DataFrame:
    """Return what Figure 4 shows: panel a the local criterion, b the global one.

    Returns
    -------
    DataFrame: kind "point" (series the kernel's index or "background"), kind "plane" (columns
    of `plane_rows`), kind "network" (n_kernels, background counted; background_weight; bic;
    adjusted_rand against the planted truth).
    """
    from sklearn.metrics import adjusted_rand_score

    truth = planted()
    criteria: tuple[tuple[str, Literal["local", "global"]], ...] = (("a", "local"), ("b", "global"))
    parts = []
    for panel, criterion in criteria:
        net = FaultNetwork(criterion, engine).fit(truth.xyz_km)
        names = np.where(net.is_background_[net.labels_], "background", net.labels_.astype(str))
        summary = net.summary()
        row = {
            "panel": panel,
            "kind": "network",
            "series": criterion,
            "n_kernels": summary["n_kernels"],
            "background_weight": summary["background_weight"],
            "bic": summary["bic"],
            "adjusted_rand": adjusted_rand_score(truth.labels, net.labels_),
        }
        counts = np.bincount(net.labels_, minlength=len(net.weights_))
        parts += [
            point_rows(truth.xyz_km, names, panel),
            plane_rows(net.mixture_, counts, panel),
            pd.DataFrame([row]),
        ]
    return pd.concat(parts, ignore_index=True)
