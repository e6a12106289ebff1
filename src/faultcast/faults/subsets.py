"""Subsets of the points, on which the first part of a reconstruction runs alone (section 4.3).

A `Division` says which point is in which subset, a `Part` what a subset came to. Both are
written as Parquet to the last bit, so that the subsets can run as jobs of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.faults.boxes import Box
from faultcast.faults.released_state import State
from faultcast.faults.ward import WardTree, subtrees, ward_tree
from faultcast.io import read_json, read_table, reading, write_json, write_table

_XYZ = ["x_km", "y_km", "z_km"]
_COVARIANCE = [f"covariance_{a}{b}_km2" for a in "xyz" for b in "xyz"]
_CENTRE = [f"box_{a}_km" for a in "xyz"]
_AXES = [f"box_axis{k}_{a}" for k in range(3) for a in "xyz"]
_HALF = [f"box_half{k}_km" for k in range(3)]


@dataclass(frozen=True)
class Division:
    """Points cut into S subsets, each a branch of the Ward tree of all.

    Attributes
    ----------
    points : (n, 3), km, along `axes` from `centre`
    subset : (n,) int64, the subset of each point, from 0
    branches : S trees, each over its subset's points in the order of the rows
    centre : (3,), km
    axes : (3, 3), rows are unit vectors
    """

    points: np.ndarray
    subset: np.ndarray
    branches: Sequence[WardTree]
    centre: np.ndarray
    axes: np.ndarray

    def members(self, subset: int) -> np.ndarray:
        """Return the rows (m,) of a subset's points."""
        return np.flatnonzero(self.subset == subset)


@dataclass(frozen=True)
class Part:
    """What one subset came to.

    Attributes
    ----------
    labels : (m,) int64, the kernel of each of its points; -1 for none
    n_kernels, n_clusters : its holding capacity, and the clusters at that level
    kernels : its kernels after the first pass of the released engine; None in the exact
        engine, and where the subset was left out
    """

    labels: np.ndarray
    n_kernels: int
    n_clusters: int
    kernels: State | None = None


def divide(points: np.ndarray, n_subsets: int, centre: np.ndarray, axes: np.ndarray) -> Division:
    """Cut points (n, 3) into branches of their Ward tree; see `Division` for the frame."""
    subset = np.empty(len(points), np.int64)
    branches = []
    for s, (members, tree) in enumerate(subtrees(ward_tree(points), n_subsets)):
        subset[members] = s
        branches.append(tree)
    return Division(points, subset, branches, centre, axes)


def write_division(
    division: Division, folder: str | Path, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write a division: points.parquet, branches.parquet, frame.parquet."""
    target = Path(folder)
    points = pd.DataFrame(division.points, columns=_XYZ).assign(subset=division.subset)
    write_table(points, target / "points.parquet", provenance)
    branches = [
        pd.DataFrame(tree.children, columns=["left", "right"]).assign(
            subset=s, height_km=tree.heights, size=tree.sizes
        )
        for s, tree in enumerate(division.branches)
    ]
    write_table(pd.concat(branches), target / "branches.parquet", provenance)
    frame = pd.DataFrame(np.vstack((division.centre, division.axes)), columns=_XYZ)
    write_table(frame, target / "frame.parquet", provenance)


def read_division(folder: str | Path) -> Division:
    """Read a division written by `write_division`.

    Raises
    ------
    DataError
        A file is missing or damaged.
    """
    with reading(folder):
        return _division(Path(folder))


def _division(source: Path) -> Division:
    points = read_table(source / "points.parquet")
    table = read_table(source / "branches.parquet")
    frame = _array(read_table(source / "frame.parquet"), _XYZ)
    subset = _array(points, "subset")
    # a subset of one point has no row among the branches
    rows = [table[table["subset"] == s] for s in range(int(subset.max()) + 1)]
    branches = [
        WardTree(_array(own, ["left", "right"]), _array(own, "height_km"), _array(own, "size"))
        for own in rows
    ]
    return Division(_array(points, _XYZ), subset, branches, frame[0], frame[1:])


def write_part(part: Part, folder: str | Path, provenance: Mapping[str, Any] | None = None) -> None:
    """Write a part: labels.parquet, kernels.parquet if it has kernels, part.json."""
    target = Path(folder)
    write_table(pd.DataFrame({"label": part.labels}), target / "labels.parquet", provenance)
    if part.kernels is not None:
        write_table(_kernel_table(part.kernels), target / "kernels.parquet", provenance)
    counts = {"n_kernels": part.n_kernels, "n_clusters": part.n_clusters}
    record = {**counts, "has_kernels": part.kernels is not None}
    write_json({**record, "provenance": dict(provenance or {})}, target / "part.json")


def read_part(folder: str | Path) -> Part:
    """Read a part written by `write_part`.

    Raises
    ------
    DataError
        A file is missing or damaged.
    """
    with reading(folder):
        return _part(Path(folder))


def _part(source: Path) -> Part:
    record = read_json(source / "part.json")
    labels = _array(read_table(source / "labels.parquet"), "label")
    kernels = None
    if record["has_kernels"]:
        kernels = _state(read_table(source / "kernels.parquet"), labels)
    return Part(labels, record["n_kernels"], record["n_clusters"], kernels)


def _kernel_table(state: State) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {"weight": state.weights, "is_background": state.is_background}
    for names, values in (
        (_XYZ, state.means),
        (_COVARIANCE, state.covariances),
        (_CENTRE, np.array([box.centre for box in state.boxes])),
        (_AXES, np.array([box.axes for box in state.boxes])),
        (_HALF, np.array([box.half for box in state.boxes])),
    ):
        columns |= dict(zip(names, values.reshape(len(state), len(names)).T, strict=True))
    return pd.DataFrame(columns)


def _state(table: pd.DataFrame, labels: np.ndarray) -> State:
    axes = _array(table, _AXES).reshape(-1, 3, 3)
    return State(
        _array(table, "weight"),
        _array(table, _XYZ),
        _array(table, _COVARIANCE).reshape(-1, 3, 3),
        _array(table, "is_background"),
        [Box(*of) for of in zip(_array(table, _CENTRE), axes, _array(table, _HALF), strict=True)],
        labels,
    )


def _array(table: pd.DataFrame, names: str | list[str]) -> np.ndarray:
    """Return columns as an array of its own, laid out as the kernels compute with it."""
    return np.array(table[names].to_numpy(), order="C")
