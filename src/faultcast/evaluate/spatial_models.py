"""The models of the spatial forecast test, each at all of its settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from faultcast.forecast.adaptive import SMALLEST_KM, isotropic_kernels, neighbour_distances
from faultcast.forecast.density import Density, Mass, Uniform, mass_inside
from faultcast.forecast.em_mixture import em_mixture
from faultcast.forecast.gaussians import kernel_table_density
from faultcast.forecast.network import BuiltNetwork, network_density
from faultcast.forecast.reweight import reestimated_weights
from faultcast.forecast.spatial import hypocentres
from faultcast.forecast.triple_s import TripleS, triple_s_log_densities
from faultcast.forecast.volume import Volume

Points = NDArray[np.float64]
ALL_EVENTS, LOCI = "TripleS, all events", "TripleS, loci"
REWEIGHTED = ", event weights"
SETTINGS = ("bandwidth_km", "neighbour")
_AXES = ["x_km", "y_km", "z_km"]


@dataclass(frozen=True)
class Learned:
    """What the models of a period are made from.

    Parameters
    ----------
    events : event table of the period; events outside the target volume are sources too,
        those without depth are not.
    condensed : condensed kernels of the period, with `n_events` from the assignment.
    networks : name -> fault network of the period's loci (condensed kernels with an event).
    """

    events: pd.DataFrame
    condensed: pd.DataFrame
    networks: Mapping[str, BuiltNetwork]

    def loci(self) -> Points:
        """Return the positions of condensed kernels that won an event, (n, 3) km."""
        return self.condensed.loc[self.condensed["n_events"] > 0, _AXES].to_numpy(float)


@dataclass(frozen=True)
class Model:
    """A density learned from the past, at one or several settings.

    Parameters
    ----------
    name : as in tables and legends.
    kind : "network", "reweighted", "triple_s", "condensed", "em", "adaptive" or "uniform".
    densities : makes one a setting, one after the other: a large one is not kept.
    n_sources : kernels or events that the density is made of.
    n_parameters : numbers needed to communicate it, counted as the paper does.
    setting : which of `SETTINGS` the densities differ in; empty for a single one.
    levels : that setting of each density.
    sweep : log densities at all settings at once, where that is faster.
    """

    name: str
    kind: str
    densities: Callable[[], Iterable[Density]]
    n_sources: int
    n_parameters: int
    setting: str = ""
    levels: tuple[float, ...] = (np.nan,)
    sweep: Callable[[Points], Points] | None = None

    def evaluate(
        self, points: Points, volume: Volume, n_samples: int, seed: int
    ) -> tuple[Points, list[Mass]]:
        """Return log densities per km^3 at points (n, 3), km, and integrals over a volume.

        Returns
        -------
        log_densities : (n, n_settings).
        masses : one a setting.
        """
        logs, masses = [], []
        for density in self.densities():
            if self.sweep is None:
                logs.append(density.log_density(points))
            masses.append(
                Mass(1.0, 0.0)
                if isinstance(density, Uniform)
                else mass_inside(density, volume, n_samples=n_samples, seed=seed)
            )
        return np.stack(logs, axis=1) if self.sweep is None else self.sweep(points), masses


def build_models(
    learned: Learned,
    *,
    volume: Volume,
    bandwidths_km: NDArray[np.float64],
    neighbours: Sequence[int],
    magnitude_min: float,
    em_sizes: Collection[int] = (),
    em_max_events: int | None = None,
    seed: int = 0,
) -> list[Model]:
    """Return all models of a period, the networks first.

    Parameters
    ----------
    learned : the period.
    volume : of the networks' background and the uniform density.
    bandwidths_km : of TripleS.
    neighbours : of adaptive kernels.
    magnitude_min : of the events of TripleS on large events.
    em_sizes : numbers of Gaussians of EM mixtures.
    em_max_events, seed : as in `em_mixture`.
    """
    events = learned.events
    xyz_km = hypocentres(events, volume.projection)
    large_km = hypocentres(events[events["magnitude"] >= magnitude_min], volume.projection)
    kernels = learned.condensed[learned.condensed["weight"] > 0]
    means, weights = kernels[_AXES].to_numpy(float), kernels["weight"].to_numpy(float)
    models = []
    for name, network in learned.networks.items():
        by_events = reestimated_weights(network.mixture_, xyz_km)
        models.append(_network(name, "network", network, volume, None))
        models.append(_network(name + REWEIGHTED, "reweighted", network, volume, by_events))
    models += [
        _triple_s(ALL_EVENTS, xyz_km, bandwidths_km),
        _triple_s(f"TripleS, M >= {magnitude_min:g}", large_km, bandwidths_km),
        _triple_s("TripleS, condensed kernels", means, bandwidths_km, weights),
        _triple_s(LOCI, learned.loci(), bandwidths_km),
        Model(
            "condensed kernels, own covariances",
            "condensed",
            lambda: [kernel_table_density(kernels)],
            len(kernels),
            10 * len(kernels) - 1,
        ),
        _adaptive("adaptive kernel, all events", xyz_km, neighbours),
        _adaptive("adaptive kernel, condensed kernels", means, neighbours, weights),
    ]
    for k in sorted(em_sizes):
        mixture = em_mixture(xyz_km, k, max_events=em_max_events, seed=seed)
        models.append(_gaussians(f"EM mixture, {k} Gaussians", "em", k, mixture))
    models.append(Model("uniform", "uniform", lambda: [Uniform(volume)], 0, 0))
    return models


def _gaussians(name: str, kind: str, k: int, density: Density) -> Model:
    # the paper counts 10 a kernel, background among them, less one for the sum of weights
    return Model(name, kind, lambda: [density], k, 10 * k - 1)


def _network(
    name: str, kind: str, network: BuiltNetwork, volume: Volume, weights: ArrayLike | None
) -> Model:
    density = network_density(network, volume, weights)
    return _gaussians(name, kind, len(network.weights_), density)


def _triple_s(
    name: str,
    sources: Points,
    bandwidths_km: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> Model:
    n = len(sources)
    return Model(
        name,
        "triple_s",
        lambda: (TripleS(sources, h, weights) for h in bandwidths_km),
        n,
        _n_numbers(n, weights),
        setting="bandwidth_km",
        levels=tuple(float(h) for h in bandwidths_km),
        sweep=lambda points: triple_s_log_densities(points, sources, bandwidths_km, weights),
    )


def _adaptive(
    name: str,
    sources: Points,
    neighbours: Sequence[int],
    weights: NDArray[np.float64] | None = None,
) -> Model:
    # few sources: the farthest one stands in for a neighbour that there is not
    usable = [min(k, len(sources) - 1) for k in neighbours]
    amounts = np.ones(len(sources)) if weights is None else weights

    def densities() -> Iterator[Density]:
        for distances in neighbour_distances(sources, usable).T:
            bandwidths = distances.clip(min=SMALLEST_KM)
            yield isotropic_kernels(sources, bandwidths, amounts)

    return Model(
        name,
        "adaptive",
        densities,
        len(sources),
        _n_numbers(len(sources), weights),
        setting="neighbour",
        levels=tuple(float(k) for k in neighbours),
    )


def _n_numbers(n: int, weights: NDArray[np.float64] | None) -> int:
    """Positions and one setting; with weights, one number a source more, their sum known."""
    return 3 * n + 1 if weights is None else 4 * n
