"""The paper's generator of planted fault networks."""

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.synthetic.paper_generator import paper_network


@pytest.mark.parametrize(
    ("n_faults", "seed", "spread", "density", "noise", "n_points", "n_noise"),
    [
        (20, 1, 1.0, 0.1, 0.05, 609, 30),
        (20, 1, 1.0, 2.0, 0.2, 14_475, 2_895),
        (5, 5, 2.0, 0.37, 0.2, 640, 128),
    ],
)
def test_sizes_are_the_papers(
    n_faults: int,
    seed: int,
    spread: float,
    density: float,
    noise: float,
    n_points: int,
    n_noise: int,
) -> None:
    planted = paper_network(
        n_faults=n_faults, seed=seed, spread=spread, points_per_km2=density, noise=noise
    )
    assert len(planted.xyz_km) == n_points
    assert np.sum(planted.labels == n_faults) == n_noise


@pytest.mark.parametrize("shape", ["rectangle", "ellipse"])
def test_points_lie_on_their_planes(shape: str) -> None:
    planted = paper_network(n_faults=6, seed=3, points_per_km2=3.0, shape=shape)
    for k in range(6):
        own = planted.xyz_km[planted.labels == k]
        values, vectors = np.linalg.eigh(np.cov(own.T))
        # 0.5 km of scatter across, sides / sqrt(12) along
        assert np.sqrt(values[0]) == pytest.approx(0.5, rel=0.15)
        sides = np.sqrt(12.0 * (values[1:] - 0.25))
        expected = sorted((planted.length_km[k], planted.width_km[k]))
        np.testing.assert_allclose(sides, expected, rtol=0.15)
        along = vectors[:, 2]
        strike = np.degrees(np.arctan2(along[0], along[1]))
        if planted.length_km[k] > 1.5 * planted.width_km[k]:
            miss = (strike - planted.strike_deg[k] + 90.0) % 180.0 - 90.0
            assert abs(miss) < 5.0


def test_seeds_repeat_and_differ() -> None:
    first, again, other = (paper_network(seed=s, points_per_km2=0.2) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.xyz_km, again.xyz_km)
    assert len(first.xyz_km) != len(other.xyz_km)


@pytest.mark.parametrize(
    "options", [{"noise": 1.0}, {"n_faults": 0}, {"points_per_km2": 0.0}, {"shape": "disc"}]
)
def test_bad_arguments_are_named(options: dict) -> None:
    with pytest.raises(DataError, match=next(iter(options))):
        paper_network(**options)
