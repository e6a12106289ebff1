"""Chance that the family of a future event reaches a cell in a window of days, under ETAS.

First events of families after an instant (background, and direct aftershocks of what happened
before) are a Poisson process, so that the chance of no event >= m in cell c during the window is
exp(-sum over i of the integral of lambda_i(u) q_u(i, c) du), with q_u(i, c) the chance that an
event of type i at time u or one of its descendants is such an event. A type is a cell on a fault:
families stay on their fault. That makes a multitype branching process, whose generating function
(Athreya and Ney 1972, chapter V) is

    q_u(i, c) = E over magnitudes M of
        1                                     if M >= m, i lies in c and u in the window, else
        1 - exp(-k(M) sum over j of a_M(i, j) J_u(j, c)),
    J_u = integral of g(v) q_(u + v) dv up to the window's end,

k the expected number of direct aftershocks, g Omori's density and a_M(i, j) the share of the
aftershocks of an event of magnitude M and type i that are of type j. What is lost: where in its
cell an event lies, and that descendants leave the grid and come back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faultcast.etas import EtasParameters, Space, even_points

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
CellsOf = Callable[[Floats], Ints]

# nodes of the magnitude below and above the threshold
_N_NODES = (6, 8)
_N_POINTS = 2**17
# step at the end of the window, where the chance falls to 0 within hours, and its growth
_LAST_STEP_DAYS = 0.25
_GROWTH = 1.3
_LARGEST_STEP_DAYS = 4.0
# of the chance that one event counts; a step's own aftershocks are solved for to this
_TOLERANCE = 2e-3


@dataclass(frozen=True)
class Types:
    """Cells on faults, sorted by fault and then by cell.

    Parameters
    ----------
    code : (n,) increasing, (fault + 1) * n_cells + cell; fault -1 is off the faults.
    n_cells : of the grid.
    """

    code: Ints
    n_cells: int

    @property
    def cell(self) -> Ints:
        """(n,) cell of each type."""
        return self.code % self.n_cells

    @property
    def blocks(self) -> list[slice]:
        """The types of each fault."""
        begins = np.flatnonzero(np.diff(self.code // self.n_cells, prepend=-1))
        return [slice(*ends) for ends in zip(begins, [*begins[1:], len(self.code)], strict=True)]

    def index(self, fault: Ints, cell: Ints) -> Ints:
        """Return the type of each event, (m,); -1 outside the grid and for types not listed."""
        code = (fault + 1) * self.n_cells + cell
        at = np.minimum(np.searchsorted(self.code, code), len(self.code) - 1)
        return np.where((cell >= 0) & (self.code[at] == code), at, -1)


def magnitude_nodes(parameters: EtasParameters, magnitude: float) -> tuple[Floats, Floats]:
    """Return magnitudes and their probabilities, (n,) each, split at a threshold.

    Gauss-Legendre in the magnitude times its density: few nodes hold the productive large events
    that equal shares of all events would miss.
    """
    beta = parameters.b_value * math.log(10.0)
    ends = (parameters.magnitude_min, magnitude, parameters.magnitude_max)
    nodes, weights = [], []
    for low, high, n_nodes in zip(ends[:-1], ends[1:], _N_NODES, strict=True):
        if not high > low:
            continue
        at, width = np.polynomial.legendre.leggauss(n_nodes)
        node = low + 0.5 * (high - low) * (at + 1.0)
        density = np.exp(-beta * (node - low)) * width
        share = parameters.magnitude_tail(low) - parameters.magnitude_tail(high)
        nodes.append(node)
        weights.append(share * density / density.sum())
    return np.concatenate(nodes), np.concatenate(weights)


def travel(
    space: Space, parameters: EtasParameters, cells: CellsOf, types: Types, magnitude: float
) -> list[Singles]:
    """Return which share of the aftershocks of a background event of one type is of which type.

    Parameters
    ----------
    cells : the cell of places (n, 3) km, -1 outside.
    magnitude : of the parent.

    Returns
    -------
    (n, n) for the n types of each fault; a row sums to 1 less what leaves the grid. A type
    without background keeps its aftershocks.
    """
    uniforms = even_points(_N_POINTS, 7)
    place, fault = space.background(uniforms[:, :4])
    sizes = np.full(len(place), magnitude)
    places = space.aftershocks(parameters, place, fault, sizes, uniforms[:, 4:])
    parent, child = types.index(fault, cells(place)), types.index(fault, cells(places))
    shares = []
    for block in types.blocks:
        n = block.stop - block.start
        begun = parent[(parent >= block.start) & (parent < block.stop)]
        parents = np.bincount(begun - block.start, minlength=n)
        inside = (parent >= block.start) & (parent < block.stop) & (child >= 0)
        pairs = (parent[inside] - block.start) * n + child[inside] - block.start
        share = np.bincount(pairs, minlength=n * n).reshape(n, n) / np.maximum(parents, 1)[:, None]
        share[np.diag_indices(n)] += parents == 0
        shares.append(share.astype(np.float32))
    return shares


def window_steps(near: float, far: float) -> Floats:
    """Return edges of time steps from 1 to `far` days after the start of day t, (n + 1,).

    `near` is one of them; steps are short towards `far`.
    """
    steps, step = [0.0], _LAST_STEP_DAYS
    while steps[-1] < far - 1.0:
        steps.append(steps[-1] + step)
        step = min(step * _GROWTH, _LARGEST_STEP_DAYS)
    edges = far - np.array(steps[::-1])
    return np.unique(np.concatenate([[1.0, near, far], edges[(edges > 1.0) & (edges < far)]]))


def family_chances(
    parameters: EtasParameters,
    types: Types,
    travels: list[list[Singles]],
    nodes: tuple[Floats, Floats],
    edges: Floats,
    *,
    magnitude: float,
    near: float,
) -> Singles:
    """Return q of each time step by ancestor's type and target cell, (n_steps, n_types, n_cells).

    Parameters
    ----------
    types, travels : `travel` at each node.
    nodes : of `magnitude_nodes`.
    edges : of `window_steps`; q is taken as constant over a step.
    magnitude : smallest event that counts.
    near : day at which the window begins; it ends with the last edge.
    """
    n_steps = len(edges) - 1
    middle = 0.5 * (edges[:-1] + edges[1:])
    # share of an event's aftershocks, born at a step's middle, that falls into each step
    share = np.diff(parameters.omori_share(edges[None, :] - middle[:, None]), axis=1)
    share = share.astype(np.float32)
    numbers = parameters.direct_aftershocks(nodes[0]).astype(np.float32)
    weights = nodes[1].astype(np.float32)
    tail = float(parameters.magnitude_tail(magnitude))
    target = np.arange(len(types.code)), types.cell
    chances = np.zeros((n_steps, len(types.code), types.n_cells), dtype=np.float32)
    for step in range(n_steps - 1, -1, -1):
        later = np.tensordot(share[step, step + 1 :], chances[step + 1 :], 1)
        now, change = chances[min(step + 1, n_steps - 1)], np.inf
        # a contraction, since the branching ratio is below 1
        while change > _TOLERANCE * tail:
            expected = later + share[step, step] * now
            before, now = now, np.zeros_like(later)
            for size, number, weight, each in zip(nodes[0], numbers, weights, travels, strict=True):
                hit = np.concatenate(
                    [part @ expected[block] for part, block in zip(each, types.blocks, strict=True)]
                )
                np.expm1(-number * hit, out=hit)
                if size >= magnitude and middle[step] > near:
                    # a large event in the target cell needs no descendants
                    hit[target] = -1.0
                now -= weight * hit
            change = float(np.abs(now - before).max())
        chances[step] = now
    return chances
