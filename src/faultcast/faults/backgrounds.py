"""Uniform backgrounds of a network: smallest box, convex hull or Voronoi cell of each subset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from faultcast.errors import DataError
from faultcast.faults.boxes import minimum_box
from faultcast.faults.hull import convex_hull
from faultcast.faults.tessellation import Cell, Tessellation, voronoi_cells

BACKGROUNDS = ("box", "hull", "voronoi")


class Background(Protocol):
    """A body with a uniform density; `Box`, `Hull` and `Cell` are such."""

    @property
    def volume(self) -> float:
        """Volume, km^3."""

    @property
    def centre(self) -> np.ndarray:
        """Centre of mass (3,), km."""

    @property
    def covariance(self) -> np.ndarray:
        """Covariance (3, 3) of the uniform density, km^2."""

    def contains(self, xyz_km: np.ndarray) -> np.ndarray:
        """Return for points (n, 3) whether they lie inside."""

    def moved(self, centre: np.ndarray, axes: np.ndarray) -> Background:
        """Return the body with each point x at x @ axes + centre."""


def build_backgrounds(
    xyz_km: np.ndarray, subset: np.ndarray, kind: str = "box"
) -> tuple[list[Background], np.ndarray]:
    """Return the backgrounds (B) and for each subset (S,) the index of the one it has.

    Parameters
    ----------
    xyz_km : (n, 3)
        Points along their principal axes.
    subset : (n,) int
        The subset of each point, from 0.
    kind : "box", "hull" or "voronoi"
        Smallest oriented box or convex hull of each subset's points; or the part of the hull
        of all points that is nearer to the subset's points than to others. Subsets that are
        flat share the box or hull of all points; one whose cell is tiny joins its neighbour.

    Raises
    ------
    DataError
        All points lie in a plane.
    """
    n_subsets = int(subset.max()) + 1
    if kind == "voronoi" and n_subsets > 1:
        cells, cell_of = voronoi_cells(xyz_km, subset)
        return list(cells), cell_of
    # the hull of all points is the one cell of a single subset
    around: Callable[[np.ndarray], Background] = minimum_box if kind == "box" else convex_hull
    if n_subsets == 1:
        return [around(xyz_km)], np.zeros(1, np.int64)
    backgrounds: list[Background] = []
    place = np.full(n_subsets, -1)
    for s in range(n_subsets):
        try:
            backgrounds.append(around(xyz_km[subset == s]))
        except DataError:
            continue
        place[s] = len(backgrounds) - 1
    if np.any(place < 0):
        place[place < 0] = len(backgrounds)
        backgrounds.append(around(xyz_km))
    return backgrounds, place


def inside(backgrounds: Sequence[Background], xyz_km: np.ndarray) -> np.ndarray:
    """Return for each background and point whether it lies inside, (B, n) bool."""
    result = np.empty((len(backgrounds), len(xyz_km)), np.bool_)
    # cells of one tessellation share the search for the nearest site
    regions: dict[int, np.ndarray] = {}
    for b, background in enumerate(backgrounds):
        if isinstance(background, Cell):
            key = id(background.tessellation)
            if key not in regions:
                regions[key] = background.tessellation.regions(xyz_km)
            result[b] = regions[key] == background.index
        else:
            result[b] = background.contains(xyz_km)
    return result


def move_backgrounds(
    backgrounds: Sequence[Background], centre: np.ndarray, axes: np.ndarray
) -> list[Background]:
    """Return the bodies with each point x at x @ axes + centre; cells keep sharing sites."""
    moved: dict[int, Tessellation] = {}
    result: list[Background] = []
    for background in backgrounds:
        new = background.moved(centre, axes)
        if isinstance(background, Cell) and isinstance(new, Cell):
            shared = moved.setdefault(id(background.tessellation), new.tessellation)
            new = Cell(shared, new.index, new.volume, new.centre, new.covariance)
        result.append(new)
    return result
