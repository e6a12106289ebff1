"""The table of location kernels: an event's location PDF as a mixture of Gaussians."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from faultcast.errors import DataError

KERNEL_COLUMNS: dict[str, str] = {
    "event_id": "str",
    "component": "int64",
    "weight": "float64",
    "x_km": "float64",
    "y_km": "float64",
    "z_km": "float64",
    "cxx": "float64",
    "cxy": "float64",
    "cxz": "float64",
    "cyy": "float64",
    "cyz": "float64",
    "czz": "float64",
}
"""Name -> dtype; x east, y north, z down, covariances in km^2, weights sum to 1 an event."""

COVARIANCE_COLUMNS = ("cxx", "cxy", "cxz", "cyy", "cyz", "czz")
_MEAN_COLUMNS = ("x_km", "y_km", "z_km")
_PLACES = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


class KernelArrays(NamedTuple):
    """Kernels as arrays: `weights` (n,), `means` (n, 3) km, `covariances` (n, 3, 3) km^2."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def make_kernels(
    event_ids: pd.Series | np.ndarray,
    components: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
) -> pd.DataFrame:
    """Return a checked table of location kernels.

    Parameters
    ----------
    event_ids : (n,) str.
    components : (n,) int, number of the component within its event, from 0.
    weights : (n,), they sum to 1 an event.
    means : (n, 3) km.
    covariances : (n, 3, 3) km^2, or (n, 6) in the order xx, xy, xz, yy, yz, zz.

    Raises
    ------
    DataError
        A value is not finite, a weight negative, a covariance not positive definite.
    """
    if covariances.ndim == 3:
        covariances = np.column_stack([covariances[:, i, j] for i, j in _PLACES])
    frame = pd.DataFrame(
        {"event_id": pd.Series(np.asarray(event_ids, dtype=object), dtype="str")}
    ).assign(component=components, weight=weights)
    frame[list(_MEAN_COLUMNS)] = means
    frame[list(COVARIANCE_COLUMNS)] = covariances
    frame = frame.astype(KERNEL_COLUMNS)
    kernel_arrays(frame)
    return frame


def empty_kernels() -> pd.DataFrame:
    """Return a table of location kernels without rows."""
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in KERNEL_COLUMNS.items()})


def kernel_arrays(kernels: pd.DataFrame, name: str = "the kernel table") -> KernelArrays:
    """Return the arrays of a kernel table after checking them.

    Raises
    ------
    DataError
        A column is missing, a value is not finite, a weight is negative, a covariance is not
        positive definite, or an (event_id, component) pair comes twice.
    """
    missing = [column for column in KERNEL_COLUMNS if column not in kernels.columns]
    if missing:
        raise DataError(
            f"{name} lacks the columns {', '.join(missing)}; expected {', '.join(KERNEL_COLUMNS)}"
        )
    numbers = kernels[["weight", *_MEAN_COLUMNS, *COVARIANCE_COLUMNS]].to_numpy(dtype=float)
    _refuse(
        kernels, ~np.isfinite(numbers).all(axis=1), name, "values that are not finite", "finite km"
    )
    weights = np.ascontiguousarray(numbers[:, 0])
    _refuse(kernels, weights < 0, name, "a negative weight", "weights >= 0")
    _refuse(
        kernels,
        kernels.duplicated(["event_id", "component"]).to_numpy(),
        name,
        "an event_id and component that came before",
        "each pair once",
    )
    covariances = np.empty((len(kernels), 3, 3))
    for column, (i, j) in enumerate(_PLACES):
        covariances[:, i, j] = covariances[:, j, i] = numbers[:, 4 + column]
    _refuse(
        kernels,
        ~is_positive_definite(covariances),
        name,
        "a covariance that is not positive definite",
        "errors above 0 along every axis; mend or leave out these events",
    )
    return KernelArrays(weights, np.ascontiguousarray(numbers[:, 1:4]), covariances)


def is_positive_definite(covariances: np.ndarray) -> np.ndarray:
    """Return which of (n, 3, 3) symmetric matrices are positive definite, (n,) bool.

    Sylvester's criterion on the correlation matrix, whose determinant must exceed 1e-12: below
    that a Cholesky factor is rounding error.
    """
    cxx, cxy, cxz = covariances[:, 0, 0], covariances[:, 0, 1], covariances[:, 0, 2]
    cyy, cyz, czz = covariances[:, 1, 1], covariances[:, 1, 2], covariances[:, 2, 2]
    positive = (cxx > 0) & (cyy > 0) & (czz > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rxy, rxz, ryz = cxy / np.sqrt(cxx * cyy), cxz / np.sqrt(cxx * czz), cyz / np.sqrt(cyy * czz)
        minor = 1 - rxy**2
        det = 1 + 2 * rxy * rxz * ryz - rxy**2 - rxz**2 - ryz**2
        return np.asarray(positive & (minor > 1e-12) & (det > 1e-12))


def _refuse(kernels: pd.DataFrame, bad: np.ndarray, name: str, found: str, expected: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        event = kernels["event_id"].iloc[rows[0]]
        raise DataError(
            f"{name} has {rows.size} rows with {found}, the first is row {rows[0]} "
            f"(event {event}); expected {expected}"
        )
