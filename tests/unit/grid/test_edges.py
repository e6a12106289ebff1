"""Edges and cells: what lies exactly on an edge belongs above it."""

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.grid import cell_index, degree_edges, km_edges


def test_degree_edges_are_the_decimals_that_a_catalog_prints():
    edges = degree_edges(32.0, 36.0, 0.1)
    assert [float(f"{32 + i // 10}.{i % 10}") for i in range(41)] == edges.tolist()
    edges = degree_edges(-120, -114, 0.1)
    assert len(edges) == 61
    assert edges[7] == -119.3


def test_an_event_on_an_edge_is_in_the_cell_above():
    edges = degree_edges(32, 36, 0.1)
    # the floored quotient puts every third of them one cell too low
    assert cell_index(edges[:-1], edges).tolist() == list(range(40))
    assert (np.floor((edges[:-1] - 32) / 0.1) != np.arange(40)).any()
    below = np.nextafter(edges[1:], -np.inf)
    assert cell_index(below, edges).tolist() == list(range(40))


def test_outside_is_minus_one():
    edges = degree_edges(32, 36, 0.1)
    outside = [31.99, 36.0, 40.0, np.nan, np.inf, -np.inf]
    assert cell_index(outside, edges).tolist() == [-1] * 6


@pytest.mark.parametrize("step", [0.0, -0.1, 0.3, 9.0, np.nan])
def test_a_step_that_does_not_fit_is_refused(step):
    with pytest.raises(DataError, match="divides the region"):
        degree_edges(32, 36, step)


def test_km_edges_cover_the_range_at_multiples_of_the_step():
    assert km_edges(-12.0, 20.0, 10.0).tolist() == [-20.0, -10.0, 0.0, 10.0, 20.0]
    assert km_edges(1.0, 2.0, 10.0).tolist() == [0.0, 10.0]
    with pytest.raises(DataError, match="positive cell size"):
        km_edges(0.0, 10.0, 0.0)
