"""A Gaussian mixture fitted by expectation maximisation: as many kernels, no fault geometry."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from faultcast.errors import DataError
from faultcast.forecast.gaussians import GaussianSum


def em_mixture(
    xyz_km: ArrayLike,
    n_components: int,
    *,
    max_events: int | None = 30_000,
    max_iterations: int = 100,
    smallest_km: float = 0.1,
    seed: int = 0,
) -> GaussianSum:
    """Return a full-covariance mixture fitted by scikit-learn.

    Parameters
    ----------
    xyz_km : (n, 3) hypocentres, km.
    n_components : number of Gaussians.
    max_events : above this number a random part is fitted (cost grows with events times
        components); None for all.
    max_iterations : EM iterations; one start, by k-means++.
    smallest_km : least standard deviation along any axis, against collapse.
    seed : seed of the selection and the start.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    points = np.asarray(xyz_km, dtype=float)
    if max_events is not None and len(points) > max_events:
        chosen = np.random.default_rng(seed).choice(len(points), max_events, replace=False)
        points = points[np.sort(chosen)]
    if not 1 <= n_components <= len(points):
        raise DataError(
            f"{n_components} components from {len(points)} events: choose 1..{len(points)}"
        )
    model = GaussianMixture(
        n_components,
        reg_covar=smallest_km**2,
        init_params="k-means++",
        max_iter=max_iterations,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # a mixture that still creeps upwards after the last iteration is a fair baseline
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(points)
    return GaussianSum(model.weights_, model.means_, model.covariances_)
