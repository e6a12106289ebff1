"""The planted networks that figures and tables of Kamer et al. (2020) are made from."""

from __future__ import annotations

from typing import Literal

import numpy as np

from faultcast.errors import DataError
from faultcast.faults.boxes import minimum_box
from faultcast.faults.mixture import Mixture, assemble
from faultcast.synthetic.crossing_faults import crossing_network
from faultcast.synthetic.paper_generator import paper_network
from faultcast.synthetic.planted_network import PlantedNetwork

N_FAULTS = 5
SHOWN_SEED = 5
"""With this seed the generator draws the paper's planes, and as many points on them."""

GENERATORS = {"paper": paper_network, "crossing": crossing_network}
Generator = Literal["paper", "crossing"]
Shape = Literal["rectangle", "ellipse"]


def planted(seed: int = SHOWN_SEED) -> PlantedNetwork:
    """Return five planes and the background: 512 and 128 points for the seed shown."""
    return paper_network(n_faults=N_FAULTS, seed=seed, spread=2.0, points_per_km2=0.37, noise=0.2)


def drawn(
    generator: Generator, shape: Shape, seed: int, *, points_per_km2: float, noise: float
) -> PlantedNetwork:
    """Return a network of a generator's own number of faults: paper 20, crossing 12.

    Raises
    ------
    DataError
        No such generator, or an argument that it cannot take.
    """
    if generator not in GENERATORS:
        names = ", ".join(repr(name) for name in GENERATORS)
        raise DataError(f"generator is {generator!r}; expected one of: {names}")
    return GENERATORS[generator](seed=seed, shape=shape, points_per_km2=points_per_km2, noise=noise)


def gaussian_bound(network: PlantedNetwork) -> Mixture:
    """Return the mixture that knows whose each point is.

    One Gaussian with the moments of each fault's true points, and a uniform background in the
    smallest box: what the method could find at best.
    """
    n = len(network.strike_deg)
    own = [network.xyz_km[network.labels == k] for k in range(n)]
    share = np.bincount(network.labels, minlength=n + 1) / len(network.labels)
    noisy = share[n] > 0.0
    return assemble(
        share[:n],
        np.array([points.mean(axis=0) for points in own]),
        np.array([np.cov(points.T) for points in own]),
        [minimum_box(network.xyz_km)] if noisy else [],
        share[n:] if noisy else share[:0],
    )
