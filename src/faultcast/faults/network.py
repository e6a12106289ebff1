"""The estimator: from hypocentres to a fault network (Kamer, Ouillon and Sornette 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.faults import exact, released
from faultcast.faults.backgrounds import BACKGROUNDS
from faultcast.faults.geometry import plane_table
from faultcast.faults.mixture import Mixture, bic
from faultcast.faults.refine import refine_mixture
from faultcast.faults.store import load_network, save_network
from faultcast.faults.subsets import Division, Part
from faultcast.io import reading

MIN_EVENTS = 8
# a kernel thinner than this, of its length, has no volume but for rounding
_FLAT = 1e-6
_CHOICES = {
    "criterion": ("global", "local"),
    "engine": ("exact", "released"),
    "background": BACKGROUNDS,
    "refine": (None, "em"),
}


class FaultNetwork:
    """Agglomerative fault network: Gaussian kernels on a uniform background.

    Parameters
    ----------
    criterion : "global" or "local"
        Gain of a merger over all points under the whole mixture, or over the points of the
        two kernels alone.
    engine : "exact" or "released"
        The method as the paper argues for it, or the author's program with its accidents.
    n_subsets : int
        Branches of the Ward tree that are atomized alone, each with its own background.
    min_points : int, at least 4
        Points that a kernel needs.
    background : "box", "hull" or "voronoi"
        Uniform in the smallest oriented box or the convex hull of each subset's points, or in
        the part of the hull of all points that is nearest to the subset's. The engine
        "released" has boxes only.
    refine : None or "em"
        After merging, EM over weights, means and covariances, kept if the BIC falls.

    Attributes
    ----------
    labels_ : (n,) int, index into weights_ of each event's kernel, background included
    responsibilities_ : (n,) float, that kernel's share of the density at the event
    weights_ : (k,); means_ : (k, 3) km; covariances_ : (k, 3, 3) km^2; is_background_ : (k,)
    n_protoclusters_ : int, kernels before merging
    holding_capacity_ : (n_kernels, n_clusters at that level), summed over subsets
    bic_ : float, Eq. 2; log_likelihood_ : float

    Examples
    --------
    >>> net = FaultNetwork(criterion="global").fit(xyz_km)  # doctest: +SKIP
    >>> net.planes()[["strike_deg", "dip_deg", "length_km"]]  # doctest: +SKIP
    """

    labels_: np.ndarray
    responsibilities_: np.ndarray
    n_protoclusters_: int
    holding_capacity_: tuple[int, int]
    bic_: float
    log_likelihood_: float

    def __init__(
        self,
        criterion: Literal["global", "local"] = "global",
        engine: Literal["exact", "released"] = "exact",
        n_subsets: int = 1,
        min_points: int = 4,
        background: Literal["box", "hull", "voronoi"] = "box",
        refine: Literal["em"] | None = None,
    ) -> None:
        given = dict(criterion=criterion, engine=engine, background=background, refine=refine)
        for name, value in given.items():
            if value not in _CHOICES[name]:
                allowed = ", ".join(repr(choice) for choice in _CHOICES[name])
                raise DataError(f"{name} is {value!r}; expected one of: {allowed}")
        if engine == "released" and background != "box":
            raise DataError(
                f'background is {background!r}, but the engine "released" has only "box", as the '
                'program that it follows; use engine="exact"'
            )
        for name, number, least in (("n_subsets", n_subsets, 1), ("min_points", min_points, 4)):
            if not isinstance(number, int | np.integer) or number < least:
                raise DataError(f"{name} is {number!r}; expected a whole number from {least} up")
        self.criterion = criterion
        self.engine = engine
        self.n_subsets = int(n_subsets)
        self.min_points = int(min_points)
        self.background = background
        self.refine = refine
        self._mixture: Mixture | None = None

    def fit(self, xyz_km: np.ndarray) -> FaultNetwork:
        """Reconstruct the network of hypocentres (n, 3): x east, y north, z down, km.

        Raises
        ------
        DataError
            Wrong shape, NaN or infinite values, fewer than 8 points, more subsets than a
            quarter of the points, points that lie in one plane, or (released engine) points
            whose kernels are all flat.
        """
        division = self.divide(xyz_km)
        parts = [self.first_pass(division, s) for s in range(self.n_subsets)]
        return self.join(xyz_km, division, parts)

    def divide(self, xyz_km: np.ndarray) -> Division:
        """Cut hypocentres into the subsets; the first of the three steps of `fit`.

        The steps one by one are for subsets that run as jobs of their own: `first_pass` needs
        the division alone, and `join` ends with the network of `fit`, to the last bit.

        Raises
        ------
        DataError
            As `fit`.
        """
        points = check_points(xyz_km, at_least=MIN_EVENTS)
        if self.n_subsets * 4 > len(points):
            raise DataError(
                f"n_subsets is {self.n_subsets} for {len(points)} points; expected at most a "
                "quarter of the points: ask for fewer subsets"
            )
        engine = exact if self.engine == "exact" else released
        return engine.divide(points, self.n_subsets)

    def first_pass(self, division: Division, subset: int) -> Part:
        """Do for one subset, from 0, what can be done alone."""
        if self.engine == "exact":
            return exact.atomize(division, subset, min_points=self.min_points)
        local = self.criterion == "local"
        return released.first_pass(division, subset, local=local, min_points=self.min_points)

    def join(self, xyz_km: np.ndarray, division: Division, parts: Sequence[Part]) -> FaultNetwork:
        """End the fit to hypocentres (n, 3) with the parts of all subsets, in order.

        Raises
        ------
        DataError
            The division is not of these points, or parts are missing.
        """
        points = check_points(xyz_km, at_least=MIN_EVENTS)
        if len(points) != len(division.points) or len(parts) != len(division.branches):
            raise DataError(
                f"{len(points)} points and {len(parts)} parts for a division of "
                f"{len(division.points)} points into {len(division.branches)} subsets; expected "
                "as many: divide the points again"
            )
        local = self.criterion == "local"
        if self.engine == "exact":
            result = exact.join_parts(division, parts, local=local, background=self.background)
        else:
            result = released.join_parts(division, parts, local=local)
        mixture = result.mixture
        _check_volume(mixture)
        if self.refine == "em":
            mixture = refine_mixture(mixture, points, min_points=self.min_points)
        self._mixture = mixture
        self.n_protoclusters_ = result.n_protoclusters
        self.holding_capacity_ = result.capacity
        density, self.labels_, self.responsibilities_ = mixture.scan(points)
        if self.engine == "released":
            density = np.maximum(density, np.log(released.FLOOR))
        self.log_likelihood_ = float(np.sum(density))
        self.bic_ = bic(self.log_likelihood_, len(mixture), len(points))
        return self

    @property
    def mixture_(self) -> Mixture:
        """The fitted mixture."""
        if self._mixture is None:
            raise DataError("the fault network is not fitted yet: call fit(xyz_km) first")
        return self._mixture

    @property
    def weights_(self) -> np.ndarray:
        """Weights (k,), sum 1; Gaussians first, then the backgrounds."""
        return self.mixture_.weights

    @property
    def means_(self) -> np.ndarray:
        """Means (k, 3), km."""
        return self.mixture_.means

    @property
    def covariances_(self) -> np.ndarray:
        """Covariances (k, 3, 3), km^2."""
        return self.mixture_.covariances

    @property
    def is_background_(self) -> np.ndarray:
        """Which kernels are backgrounds (k,)."""
        return self.mixture_.is_background

    def score_samples(self, xyz_km: np.ndarray) -> np.ndarray:
        """Return the log density (n,) per km^3 at points (n, 3); -inf where it is zero."""
        return self.mixture_.log_density(check_points(xyz_km))

    def predict(self, xyz_km: np.ndarray) -> np.ndarray:
        """Return the kernel of largest weight x density (n,) at points (n, 3)."""
        return self.mixture_.labels(check_points(xyz_km))

    def planes(self) -> pd.DataFrame:
        """Return strike, dip, size and density of each fault; see `geometry.plane_table`."""
        return plane_table(self.mixture_, self._counts())

    def summary(self) -> dict[str, Any]:
        """Return the numbers that stand against published ones; see `network_summary`."""
        background = self.is_background_
        n = len(self.labels_)
        return {
            "criterion": self.criterion,
            "engine": self.engine,
            "background": self.background,
            "refine": self.refine,
            "n_subsets": self.n_subsets,
            "min_points": self.min_points,
            "n_events": n,
            "n_kernels": len(background),
            "n_faults": int(np.sum(~background)),
            "n_backgrounds": int(np.sum(background)),
            "background_weight": float(np.sum(self.weights_[background])),
            "n_protoclusters": self.n_protoclusters_,
            "capacity_kernels": self.holding_capacity_[0],
            "capacity_clusters": self.holding_capacity_[1],
            "bic": self.bic_,
            "bic_per_event": self.bic_ / n,
            "log_likelihood": self.log_likelihood_,
        }

    def save(
        self,
        folder: str | Path,
        *,
        event_ids: np.ndarray | None = None,
        xyz_km: np.ndarray | None = None,
        crs: str = "",
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the network to a folder: kernels.parquet, events.parquet, network.json.

        Parameters
        ----------
        folder : path
        event_ids : (n,), optional
            Ids of the events; their row numbers without.
        xyz_km : (n, 3), optional
            The events' positions, kept in events.parquet for figures.
        crs : str
            PROJ string that the kilometres are in.
        provenance : mapping, optional
        """
        n = len(self.labels_)
        ids = np.arange(n).astype(str) if event_ids is None else np.asarray(event_ids)
        events = pd.DataFrame({"event_id": ids})
        if xyz_km is not None:
            events[["x_km", "y_km", "z_km"]] = check_points(xyz_km)
        events["kernel"] = self.labels_
        events["responsibility"] = self.responsibilities_
        record = {"summary": self.summary(), "crs": crs}
        save_network(folder, self.mixture_, events, record, provenance)

    @classmethod
    def load(cls, folder: str | Path) -> FaultNetwork:
        """Read a network written by `save`.

        Raises
        ------
        DataError
            The folder is no fault network, or a file in it is damaged.
        """
        mixture, events, record = load_network(folder)
        with reading(folder):
            return cls._restored(mixture, events, record["summary"])

    @classmethod
    def _restored(
        cls, mixture: Mixture, events: pd.DataFrame, summary: Mapping[str, Any]
    ) -> FaultNetwork:
        net = cls(
            cast(Any, summary["criterion"]),
            cast(Any, summary["engine"]),
            summary["n_subsets"],
            summary["min_points"],
            # networks of earlier versions had no choice
            summary.get("background", "box"),
            summary.get("refine"),
        )
        net._mixture = mixture
        net.labels_ = events["kernel"].to_numpy(np.int64)
        net.responsibilities_ = events["responsibility"].to_numpy()
        net.n_protoclusters_ = summary["n_protoclusters"]
        net.holding_capacity_ = (summary["capacity_kernels"], summary["capacity_clusters"])
        net.bic_ = summary["bic"]
        net.log_likelihood_ = summary["log_likelihood"]
        return net

    def _counts(self) -> np.ndarray:
        return np.bincount(self.labels_, minlength=len(self.weights_))


def _check_volume(mixture: Mixture) -> None:
    """Refuse a network whose Gaussians are all flat: none gives any point a density.

    Raises
    ------
    DataError
        There are Gaussians, and all are thinner than 1e-6 of their length.
    """
    variances = np.linalg.eigvalsh(mixture.covariances[~mixture.is_background])
    if len(variances) and np.all(variances[:, 0] <= _FLAT**2 * variances[:, 2]):
        raise DataError(
            f"all {len(variances)} kernels are flat (events on a grid, at a few places, or at a "
            'fixed depth?), so that no point has a density; use engine="exact", which makes no '
            "kernel of flat groups, or leave out events whose places are not their own"
        )


def check_points(xyz_km: np.ndarray, at_least: int = 0) -> np.ndarray:
    """Return points as (n, 3) float64.

    Raises
    ------
    DataError
        Another shape, values that are no finite numbers, or fewer than `at_least` rows.
    """
    try:
        points = np.asarray(xyz_km, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"points are no numbers ({error}); expected an array (n, 3), km") from error
    if points.ndim != 2 or points.shape[1] != 3:
        raise DataError(f"points have the shape {points.shape}; expected (n, 3): x, y, z in km")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        raise DataError(
            f"{len(bad)} of {len(points)} points are NaN or infinite, first in row {bad[0]}; "
            "leave those events out (depth unknown?) before the fit"
        )
    if len(points) < at_least:
        raise DataError(f"{len(points)} points; a fault network needs at least {at_least}")
    return np.ascontiguousarray(points)
