"""The models of the spatial forecast test, each at all of its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.forecast.adaptive import SMALLEST_KM, isotropic_kernels, neighbour_distances
from faultcast.forecast.density import Density, Mass, Uniform, mass_inside
from faultcast.forecast.em_mixture import em_mixture
from faultcast.forecast.gaussians import kernel_table_density
from faultcast.forecast.network import Network, n_gaussians, network_density
from faultcast.forecast.spatial import hypocentres
from faultcast.forecast.triple_s import TripleS, triple_s_log_densities
from faultcast.forecast.volume import Volume

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A density learned from the past, at one or several settings.

    Parameters
    ----------
    name : as in tables and legends.
    kind : "network", "triple_s", "condensed", "em", "adaptive" or "uniform".
    densities : makes one a setting, one after the other: a large one is not kept.
    n_sources : kernels or events that the density is made of.
    n_parameters : numbers needed to communicate it, counted as the paper does.
    bandwidths_km, neighbours : the setting of each density, NaN where it has none.
    sweep : log densities at all settings at once, where that is faster.
    """

    name: str
    kind: str
    densities: Callable[[], Iterable[Density]]
    n_sources: int
    n_parameters: int
    bandwidths_km: tuple[float, ...] = (np.nan,)
    neighbours: tuple[float, ...] = (np.nan,)
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
    events: pd.DataFrame,
    *,
    networks: Mapping[str, Network],
    condensed: pd.DataFrame | None,
    volume: Volume,
    bandwidths_km: NDArray[np.float64],
    neighbours: Sequence[int],
    magnitude_min: float,
    em_max_events: int | None,
    seed: int,
) -> list[Model]:
    """Return all models of a learning period, the networks first.

    Of the condensed kernels, those of `events` are used, with the weights that condensation
    gave them.
    """
    xyz_km = hypocentres(events, volume.projection)
    large_km = hypocentres(events[events["magnitude"] >= magnitude_min], volume.projection)
    models = [_network(name, network, volume) for name, network in networks.items()]
    models.append(_triple_s("TripleS, all events", xyz_km, bandwidths_km))
    models.append(_triple_s(f"TripleS, M >= {magnitude_min:g}", large_km, bandwidths_km))
    models.append(_adaptive("adaptive kernel, all events", xyz_km, neighbours))
    if condensed is not None:
        kernels = condensed[
            condensed["event_id"].isin(events["event_id"]) & (condensed["weight"] > 0)
        ]
        means = kernels[["x_km", "y_km", "z_km"]].to_numpy(float)
        weights = kernels["weight"].to_numpy(float)
        models.append(_triple_s("TripleS, condensed kernels", means, bandwidths_km, weights))
        models.append(
            Model(
                "condensed kernels, own covariances",
                "condensed",
                lambda: [kernel_table_density(kernels)],
                len(kernels),
                10 * len(kernels) - 1,
            )
        )
    if networks and em_max_events != 0:
        k = n_gaussians(next(iter(networks.values())))
        mixture = em_mixture(xyz_km, k, max_events=em_max_events, seed=seed)
        models.append(Model(f"EM mixture, {k} Gaussians", "em", lambda: [mixture], k, 10 * k - 1))
    models.append(Model("uniform", "uniform", lambda: [Uniform(volume)], 0, 0))
    return models


def _network(name: str, network: Network, volume: Volume) -> Model:
    # the paper counts 10 a kernel, background among them, less one for the sum of weights
    k = len(network.weights_)
    return Model(name, "network", lambda: [network_density(network, volume)], k, 10 * k - 1)


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
        3 * n + 1 if weights is None else 4 * n,
        bandwidths_km=tuple(float(h) for h in bandwidths_km),
        neighbours=(np.nan,) * len(bandwidths_km),
        sweep=lambda points: triple_s_log_densities(points, sources, bandwidths_km, weights),
    )


def _adaptive(name: str, sources: Points, neighbours: Sequence[int]) -> Model:
    # more neighbours than events say nothing; one setting always remains
    usable = [k for k in neighbours if k < len(sources)] or [1]

    def densities() -> Iterator[Density]:
        for distances in neighbour_distances(sources, usable).T:
            bandwidths = distances.clip(min=SMALLEST_KM)
            yield isotropic_kernels(sources, bandwidths, np.ones(len(sources)))

    return Model(
        name,
        "adaptive",
        densities,
        len(sources),
        3 * len(sources) + 1,
        bandwidths_km=(np.nan,) * len(usable),
        neighbours=tuple(float(k) for k in usable),
    )
