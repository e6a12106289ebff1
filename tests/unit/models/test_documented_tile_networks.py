"""docs/deformation.md tells what the registry makes."""

from pathlib import Path

import numpy as np
import pytest

from faultcast.models.tile_registry import TILE_NETWORKS, make_tile_network

DOCS = Path(__file__).parents[3] / "docs" / "deformation.md"


def _documented():
    found = {}
    for line in DOCS.read_text().splitlines():
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] in TILE_NETWORKS:
            found[cells[0]] = cells[2]
            if cells[3]:
                found[f"{cells[0]}_all"] = cells[3]
    return found


@pytest.mark.parametrize("key", TILE_NETWORKS)
def test_table_of_networks_is_that_of_the_registry(key):
    graph = np.ones((522, 522)) - np.eye(522)
    network = make_tile_network(key, 3, shape=(40, 40), adjacency=graph)
    assert _documented()[key] == f"{sum(values.numel() for values in network.parameters()):,}"
