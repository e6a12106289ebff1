"""The planted network of figures 2 to 4 of Kamer et al. (2020)."""

from __future__ import annotations

from faultcast.synthetic.paper_generator import PlantedNetwork, paper_network

N_FAULTS = 5
SHOWN_SEED = 5
"""With this seed the generator draws the paper's planes, and as many points on them."""


def planted(seed: int = SHOWN_SEED) -> PlantedNetwork:
    """Return five planes and the background: 512 and 128 points for the seed shown."""
    return paper_network(n_faults=N_FAULTS, seed=seed, spread=2.0, points_per_km2=0.37, noise=0.2)
