"""Maps that HierarchicalQuake must beat: the past frequency of each cell, smoothed or not.

A floor learns from a cube's train days, `fit(cube, train_days)`, and scores the cells on some
days, `scores(days)`: (n, n_cells) float32, higher is likelier. Maps give the same row for all
days, without copies of it.
"""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from faultcast.errors import DataError
from faultcast.grid import Cube, event_cells

KM_A_DEGREE = 111.195
EVEN_SHARE = 0.01
"""Part of a smoothed map that is spread evenly, so that no cell is impossible."""

_REACH = 6.0  # sigmas at which kernels are cut
_CLASSES_PER_OCTAVE = 4


class CellFloor(Protocol):
    """A floor: it learns from train days, and scores all cells on any days."""

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn from the events of the train days."""

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return scores of increasing days t from the events up to day t, (n, n_cells)."""


class CellMap:
    """The share of train days on which a cell has an event, smoothed or as counted.

    f_c = n_c / T; smoothed, f_c = (1 - w) / T sum_j n_j k(c, j) + w mean(f), where k(., j) is a
    Gaussian between the middles of cells that sums to 1 over the grid.

    Parameters
    ----------
    magnitude_min : smallest event that counts.
    bandwidth_km : standard deviation of the Gaussian; 0 for the raw map, of which nothing is
        spread evenly.
    even_share : w, the part of a smoothed map that is spread evenly.
    """

    def __init__(
        self, magnitude_min: float, bandwidth_km: float = 0.0, even_share: float = EVEN_SHARE
    ) -> None:
        if not (bandwidth_km >= 0 and 0 <= even_share <= 1):
            raise DataError(
                f"bandwidth is {bandwidth_km} km, even share {even_share}: expected 0 or more, "
                "and 0 to 1"
            )
        self.magnitude_min = magnitude_min
        self.bandwidth_km = bandwidth_km
        self.even_share = even_share

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn the frequency of each cell, (n_cells,) `rate`, from the train days."""
        counts = train_counts(cube, train_days, self.magnitude_min)
        if self.bandwidth_km > 0:
            spread = smooth(counts, cell_sizes_km(cube), self.bandwidth_km)
            counts = partly_even(spread, self.even_share)
        self.rate = counts.ravel() / len(train_days)
        return self

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return the rate on all days, (n, n_cells), a read-only view of one row."""
        row = self.rate.astype(np.float32)
        return np.broadcast_to(row, (len(np.atleast_1d(days)), len(row)))


class AdaptiveCellMap(CellMap):
    """A smoothed map whose bandwidth follows the distance to a near event.

    As `CellMap`, with the bandwidth of event j the distance from the middle of its cell to that
    of its `neighbours`-th nearest event's, at least half a cell (Helmstetter, Kagan and Jackson
    2007). Bandwidths are rounded to classes a factor 2^(1/4) apart, one filter a class.

    Parameters
    ----------
    magnitude_min : smallest event that counts.
    neighbours : which neighbour sets the bandwidth, from 1.
    even_share : w, the part that is spread evenly.
    """

    def __init__(
        self, magnitude_min: float, neighbours: int, even_share: float = EVEN_SHARE
    ) -> None:
        super().__init__(magnitude_min, even_share=even_share)
        if neighbours < 1:
            raise DataError(f"neighbours is {neighbours}: expected 1 or more")
        self.neighbours = neighbours

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn the map from the train days.

        Raises
        ------
        DataError
            The train days hold not more events than the neighbour asked for.
        """
        counts = train_counts(cube, train_days, self.magnitude_min)
        sizes = cell_sizes_km(cube)
        row, column = np.nonzero(counts)
        amount = counts[row, column].astype(np.int64)
        if amount.sum() <= self.neighbours:
            raise DataError(
                f"neighbour {self.neighbours} of {amount.sum()} events sets the bandwidth: choose "
                "fewer neighbours or more train days"
            )
        places = np.column_stack([row, column]) * np.array(sizes)
        distance = _neighbour_distance(places, amount, self.neighbours)
        smallest = 0.5 * min(sizes)
        octave = np.log2(distance.clip(min=smallest) / smallest)
        number = np.round(_CLASSES_PER_OCTAVE * octave).astype(np.int64)
        total = np.zeros_like(counts)
        for each in np.unique(number):
            chosen = number == each
            part = np.zeros_like(counts)
            part[row[chosen], column[chosen]] = amount[chosen]
            total += smooth(part, sizes, smallest * 2.0 ** (each / _CLASSES_PER_OCTAVE))
        self.rate = partly_even(total, self.even_share).ravel() / len(train_days)
        return self


def train_counts(
    cube: Cube, train_days: NDArray[np.int64], magnitude_min: float
) -> NDArray[np.float64]:
    """Return on how many train days each cell has an event, (rows, columns).

    Raises
    ------
    DataError
        There is no train day, or no event on them.
    """
    day, cell = event_cells(cube, magnitude_min)
    known = np.isin(day, train_days)
    if not known.any():
        raise DataError(
            f"no event of M >= {magnitude_min:g} lies in {len(train_days)} train days: there is "
            "nothing to learn from"
        )
    counts = np.bincount(cell[known], minlength=cube.n_rows * cube.n_columns)
    return counts.reshape(cube.n_rows, cube.n_columns).astype(np.float64)


def cell_sizes_km(cube: Cube) -> tuple[float, float]:
    """Return height and width of a cell in km; of degrees, those on the middle parallel."""
    height, width = (float(np.diff(e).mean()) for e in (cube.row_edges, cube.column_edges))
    if cube.unit == "km":
        return height, width
    middle = np.radians((cube.row_edges[0] + cube.row_edges[-1]) / 2.0)
    return height * KM_A_DEGREE, width * KM_A_DEGREE * float(np.cos(middle))


def smooth(
    counts: NDArray[np.float64], sizes_km: tuple[float, float], bandwidth_km: float
) -> NDArray[np.float64]:
    """Return counts (rows, columns) spread by a Gaussian that loses nothing at the border."""
    sigma = [bandwidth_km / size for size in sizes_km]

    def filtered(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(gaussian_filter(values, sigma, mode="constant", truncate=_REACH))

    return filtered(counts / filtered(np.ones_like(counts)))


def partly_even(rate: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return a map of the same sum of which a share is spread evenly."""
    return (1.0 - share) * rate + share * rate.mean()


def _neighbour_distance(
    places: NDArray[np.float64], amount: NDArray[np.int64], neighbour: int
) -> NDArray[np.float64]:
    """Return the distance of each place's event to its n-th neighbour; a place has >= 1 event."""
    tree = cKDTree(places)
    k = min(neighbour + 1, len(places))
    distance, which = tree.query(places, k=k)
    distance, which = distance.reshape(len(places), k), which.reshape(len(places), k)
    # the first place in order of distance at which more than n events, itself one, are seen
    enough = np.cumsum(amount[which], axis=1) > neighbour
    return np.asarray(distance[np.arange(len(places)), enough.argmax(axis=1)])
