"""Trend, curvature and annual cycle of series by least squares, gaps left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faultcast.errors import DataError

Floats = NDArray[np.float64]


def holds_a_year(years: Floats) -> bool:
    """Return whether epochs span a year; a cycle fitted to less of it is free to run anywhere."""
    return bool(np.ptp(years) >= 1.0)


def trend_annual_design(years: Floats) -> Floats:
    """Return [1, t, cos 2 pi t, sin 2 pi t], (n_epochs, 4); t in years."""
    turn = 2.0 * np.pi * years
    return np.column_stack([np.ones_like(years), years, np.cos(turn), np.sin(turn)])


def curved_annual_design(years: Floats) -> Floats:
    """Return [1, t, t^2, cos 2 pi t, sin 2 pi t], (n_epochs, 5); t in years."""
    return np.insert(trend_annual_design(years), 2, years**2, axis=1)


def least_squares(design: Floats, series: Floats) -> Floats:
    """Return the coefficients of each series.

    Parameters
    ----------
    design : (n_epochs, n_terms).
    series : (n_epochs, n_series) mm, NaN where nothing was measured.

    Returns
    -------
    (n_terms, n_series); NaN for a series with fewer values than terms.

    Raises
    ------
    DataError
        There are fewer epochs than terms, or lengths differ.
    """
    n_terms = design.shape[1]
    if len(design) != len(series) or len(design) < n_terms:
        raise DataError(
            f"{len(series)} epochs for a fit of {n_terms} terms at {len(design)} times: "
            f"give at least {n_terms} epochs"
        )
    seen = np.isfinite(series)
    if seen.all():
        coefficients, _, _, _ = np.linalg.lstsq(design, series)
        return np.asarray(coefficients, dtype=np.float64)
    # gaps differ from series to series: normal equations of all of them at once
    weight = seen.astype(np.float64)
    gram = np.einsum("ti,tj,tk->kij", design, design, weight, optimize=True)
    right = np.where(seen, series, 0.0).T @ design
    coefficients = (np.linalg.pinv(gram, hermitian=True) @ right[:, :, None])[:, :, 0]
    coefficients[seen.sum(axis=0) < n_terms] = np.nan
    return np.asarray(coefficients.T, dtype=np.float64)
