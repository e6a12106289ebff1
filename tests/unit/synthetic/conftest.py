"""One simulated region for all tests of this folder."""

import pytest

from faultcast.synthetic import simulate_region


@pytest.fixture(scope="session")
def small_options():
    """Options of a region that is simulated within a second."""
    tile = {"n_cells": 12, "n_epochs": 60}
    return {"seed": 3, "years": 6, "thresholds": (2.5, 3.5), "tile": tile}


@pytest.fixture(scope="session")
def simulated(small_options):
    """Six simulated years."""
    return simulate_region(**small_options)
