"""Voronoi cells of the subsets: the part of space that is nearest to a subset's points.

The regions fill the convex hull of all points and do not overlap (Kamer et al. 2020, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import Delaunay, KDTree
from scipy.stats import qmc

from faultcast.faults.hull import Hull, convex_hull, turned

# Sobol points in the box around the hull, 2 to this power
_LOG2_NODES = 18
# a region with fewer of them has no volume of its own
LEAST_NODES = 64


@dataclass(frozen=True)
class Tessellation:
    """Sites (m, 3) with the region `owner` (m,) that the space nearest to each belongs to."""

    hull: Hull
    sites: np.ndarray
    owner: np.ndarray

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.sites)

    def regions(self, xyz_km: np.ndarray) -> np.ndarray:
        """Return the region (n,) that each point (n, 3) lies in, -1 outside of the hull."""
        found = np.full(len(xyz_km), -1)
        inside = self.hull.contains(xyz_km)
        found[inside] = self.owner[self._tree.query(xyz_km[inside])[1]]
        return found

    def moved(self, centre: np.ndarray, axes: np.ndarray) -> Tessellation:
        """Return the tessellation with each point x at x @ axes + centre."""
        return Tessellation(self.hull.moved(centre, axes), self.sites @ axes + centre, self.owner)


@dataclass(frozen=True)
class Cell:
    """The region `index` of a tessellation: volume km^3, centre (3,) km, covariance km^2."""

    tessellation: Tessellation
    index: int
    volume: float
    centre: np.ndarray
    covariance: np.ndarray

    def contains(self, xyz_km: np.ndarray) -> np.ndarray:
        """Return for points (n, 3) whether they lie inside."""
        return np.asarray(self.tessellation.regions(xyz_km) == self.index)

    def moved(self, centre: np.ndarray, axes: np.ndarray) -> Cell:
        """Return the region with each point x at x @ axes + centre."""
        return Cell(
            self.tessellation.moved(centre, axes),
            self.index,
            self.volume,
            self.centre @ axes + centre,
            turned(self.covariance, axes),
        )


def voronoi_cells(xyz_km: np.ndarray, subset: np.ndarray) -> tuple[list[Cell], np.ndarray]:
    """Return the regions of two or more subsets and the region (S,) that each subset is in.

    Volumes and moments come from 2^18 Sobol points in the box around the hull along the axes
    that the points are given in (give them along their principal axes), those in the hull kept:
    a volume is off by less than 1 / sqrt(points in the region), relative. A subset with
    fewer than LEAST_NODES of them joins the one whose centre is nearest.

    Parameters
    ----------
    xyz_km : (n, 3)
        Points.
    subset : (n,) int
        The subset of each point, from 0.

    Raises
    ------
    DataError
        The points lie in a plane.
    """
    hull = convex_hull(xyz_km)
    low, high = xyz_km.min(axis=0), xyz_km.max(axis=0)
    nodes = low + (high - low) * qmc.Sobol(3, scramble=False).random_base2(_LOG2_NODES)
    nodes = nodes[hull.contains(nodes)]
    border = border_points(xyz_km, subset)
    sites, owner = xyz_km[border], subset[border]
    nearest = KDTree(sites).query(nodes)[1]
    n_subsets = int(subset.max()) + 1
    counts = np.bincount(owner[nearest], minlength=n_subsets)
    large = np.flatnonzero(counts >= LEAST_NODES)
    centres = np.array([xyz_km[subset == s].mean(axis=0) for s in range(n_subsets)])
    cell_of = KDTree(centres[large]).query(centres)[1]
    tessellation = Tessellation(hull, sites, cell_of[owner])
    cells = []
    for index in range(len(large)):
        own = nodes[tessellation.owner[nearest] == index]
        volume = hull.volume * len(own) / len(nodes)
        cells.append(Cell(tessellation, index, volume, own.mean(axis=0), np.cov(own.T, bias=True)))
    return cells, cell_of


def border_points(xyz_km: np.ndarray, subset: np.ndarray) -> np.ndarray:
    """Return the indices of the points that shape the regions: those with a foreign neighbour.

    Leaving the others out changes no region: the cell of a point whose neighbours in the
    Delaunay triangulation all belong to its own subset goes to them.
    """
    simplices = Delaunay(xyz_km).simplices
    mixed = np.ptp(subset[simplices], axis=1) > 0
    return np.unique(simplices[mixed])
