"""A fault network as a forecast of where events will be (Kamer et al. 2020, section 5)."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.faults.mixture import Mixture
from faultcast.forecast.gaussians import GaussianSum
from faultcast.forecast.volume import Volume


class Network(Protocol):
    """What of `faultcast.faults.FaultNetwork` a forecast needs."""

    @property
    def weights_(self) -> NDArray[np.float64]:
        """Weights (k,), background included, sum 1."""

    @property
    def means_(self) -> NDArray[np.float64]:
        """Means (k, 3), km."""

    @property
    def covariances_(self) -> NDArray[np.float64]:
        """Covariances (k, 3, 3), km^2."""

    @property
    def is_background_(self) -> NDArray[np.bool_]:
        """Which kernels are backgrounds (k,)."""


class BuiltNetwork(Network, Protocol):
    """A network as it was built, with what chooses among several and what its weights need."""

    @property
    def bic_(self) -> float:
        """BIC of the network for the points that it was built from."""

    @property
    def mixture_(self) -> Mixture:
        """Kernels and backgrounds, these with their own bodies."""


def network_density(
    network: Network, volume: Volume, weights: ArrayLike | None = None
) -> GaussianSum:
    """Return a network's density with all background put into one cuboid, the target volume.

    "The only modification done to accommodate the forecast is aggregating all background
    kernels into a single cuboid covering the volume of interest. The weight of this cuboid is
    equal to the sum of all aggregated background kernel weights." The Gaussians stay as they
    are, those outside the volume too. `weights` (k,) take the place of the network's own.
    """
    fault = ~np.asarray(network.is_background_, dtype=bool)
    amounts = np.asarray(network.weights_ if weights is None else weights, dtype=float)
    return GaussianSum(
        amounts[fault],
        np.asarray(network.means_)[fault],
        np.asarray(network.covariances_)[fault],
        uniform_weight=float(amounts[~fault].sum()),
        volume=volume,
    )


def n_gaussians(network: Network) -> int:
    """Return the number of kernels that are not background."""
    return int((~np.asarray(network.is_background_, dtype=bool)).sum())
