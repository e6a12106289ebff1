"""A location PDF given by posterior samples, as a mixture of Gaussians."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.catalog.projection import Projection
from faultcast.errors import DataError

SAMPLE_COLUMNS = ("event_id", "latitude", "longitude", "depth_km")
_MIN_SAMPLES = 20


def fit_mixture(
    points: np.ndarray, *, max_components: int = 6, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit Gaussian mixtures of 1..max_components kernels and return the one of the lowest BIC.

    Kamer et al. (2017) describe the KaKiOS-16 locations so. The search ends early once two
    numbers of components in a row did not lower the BIC.

    Parameters
    ----------
    points : (n, 3) km, n >= 20.

    Returns
    -------
    weights (k,), means (k, 3) km, covariances (k, 3, 3) km^2, heaviest component first.

    Raises
    ------
    DataError
        Wrong shape, too few points, or values that are not finite.
    """
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < _MIN_SAMPLES:
        raise DataError(
            f"posterior samples have shape {points.shape}; expected (n >= {_MIN_SAMPLES}, 3)"
        )
    if not np.isfinite(points).all():
        raise DataError("posterior samples hold values that are not finite; leave out the event")
    # fitted about the mean in units of the spread, so that neither origin nor unit matters
    centre, unit = points.mean(axis=0), max(float(points.std(axis=0).max()), 1e-9)
    scaled = (points - centre) / unit
    best, best_bic, worse = None, np.inf, 0
    for k in range(1, max_components + 1):
        # more threads only wait for one another at this size
        with threadpool_limits(1):
            model = GaussianMixture(k, random_state=seed, max_iter=300, reg_covar=1e-8).fit(scaled)
        bic = model.bic(scaled)
        if bic < best_bic:
            best, best_bic, worse = model, bic, 0
        else:
            worse += 1
            if worse == 2:
                break
    if best is None:
        raise DataError(f"max_components is {max_components}; expected 1 or more")
    order = np.argsort(-best.weights_, kind="stable")
    return (
        best.weights_[order],
        best.means_[order] * unit + centre,
        best.covariances_[order] * unit**2,
    )


def mixture_kernels(
    samples: pd.DataFrame, projection: Projection, *, max_components: int = 6, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Fit one mixture an event.

    Parameters
    ----------
    samples : event_id, latitude, longitude, depth_km: equally likely places, at least one event.
    projection : to km.

    Returns
    -------
    event ids, component numbers, weights (n,), means (n, 3) km, covariances (n, 3, 3) km^2.
    """
    missing = [column for column in SAMPLE_COLUMNS if column not in samples.columns]
    if missing:
        raise DataError(f"the posterior samples lack the columns {', '.join(missing)}")
    x_km, y_km = projection.forward(samples["latitude"].to_numpy(), samples["longitude"].to_numpy())
    points = np.column_stack([x_km, y_km, samples["depth_km"].to_numpy()])
    ids: list[str] = []
    parts = []
    for event_id, rows in samples.groupby("event_id", sort=True).indices.items():
        try:
            weights, means, covariances = fit_mixture(
                points[rows], max_components=max_components, seed=seed
            )
        except DataError as error:
            raise DataError(f"event {event_id}: {error}") from error
        ids += [str(event_id)] * len(weights)
        parts.append((np.arange(len(weights)), weights, means, covariances))
    component, weight, mean, covariance = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return np.array(ids, dtype=object), component, weight, mean, covariance
