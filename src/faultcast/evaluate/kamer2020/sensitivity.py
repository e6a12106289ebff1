"""Section 3.2 of Kamer et al. (2020): how well planted networks are found again.

One shape and noise level at a time, so that the runs fan out over jobs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from faultcast.evaluate.kamer2020.planted import gaussian_bound
from faultcast.faults import FaultNetwork
from faultcast.faults.mixture import bic
from faultcast.synthetic.paper_generator import DENSITIES, paper_network
from faultcast.synthetic.planted_network import PlantedNetwork

N_FAULTS = 20
CRITERIA: tuple[Literal["global", "local"], ...] = ("global", "local")


def sensitivity_runs(
    *,
    shape: Literal["rectangle", "ellipse"],
    noise: float,
    densities_per_km2: Sequence[float] = DENSITIES,
    engine: Literal["exact", "released"] = "exact",
    seed: int = 1,
    n_faults: int = N_FAULTS,
) -> pd.DataFrame:
    """Reconstruct planted networks of growing sampling density and score them.

    Parameters
    ----------
    shape : of the planted faults
    noise : uniform part of the points
    densities_per_km2 : points a square kilometre of fault
    engine : of the reconstruction
    seed, n_faults : of the generator; 1 and 20 are the paper's

    Returns
    -------
    DataFrame, one row a density and criterion: shape, noise, density_per_km2, criterion,
    n_points, n_faults, rand (Eq. 4), adjusted_rand, n_kernels (background counted), bic,
    extent_x_km, extent_y_km, extent_z_km (of the points). Criterion "planted" is the bound: one
    Gaussian with the moments of each fault's true points, and the uniform background.
    """
    rows = []
    for density in densities_per_km2:
        planted = paper_network(
            n_faults=n_faults, seed=seed, points_per_km2=density, noise=noise, shape=shape
        )
        extent = np.ptp(planted.xyz_km, axis=0)
        common = {
            "shape": shape,
            "noise": noise,
            "density_per_km2": density,
            "n_points": len(planted.labels),
            "n_faults": n_faults,
            "extent_x_km": extent[0],
            "extent_y_km": extent[1],
            "extent_z_km": extent[2],
        }
        rows += [common | row for row in _scores(planted, engine)]
    return pd.DataFrame(rows)


def _scores(
    planted: PlantedNetwork, engine: Literal["exact", "released"]
) -> Iterator[dict[str, Any]]:
    from sklearn.metrics import adjusted_rand_score, rand_score

    found: dict[str, tuple[np.ndarray, int, float]] = {}
    for criterion in CRITERIA:
        net = FaultNetwork(criterion, engine).fit(planted.xyz_km)
        found[criterion] = (net.labels_, len(net.weights_), net.bic_)
    bound = gaussian_bound(planted)
    density, labels, _ = bound.scan(planted.xyz_km)
    found["planted"] = labels, len(bound), bic(float(density.sum()), len(bound), len(labels))
    for name, (labels, n_kernels, value) in found.items():
        yield {
            "criterion": name,
            "rand": rand_score(planted.labels, labels),
            "adjusted_rand": adjusted_rand_score(planted.labels, labels),
            "n_kernels": n_kernels,
            "bic": value,
        }
