"""From proto-kernels to the final kernels: mergers and new weights in turn.

Once no pair gains, the weights are re-estimated (EM on the weights alone, kernels kept), kernels
and backgrounds that win no point leave, and merging goes on until it finds nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faultcast.faults.backgrounds import Background, inside
from faultcast.faults.gaussians import (
    TAIL,
    best_kernels,
    fill_rows,
    index_points,
    memberships,
    pack,
    reweigh,
)
from faultcast.faults.merge import merge_kernels

# EM on the weights stops after so many steps, or when a point gains less than this, nats
_STEPS, _TOLERANCE = 200, 3e-7
_MAX_ROUNDS = 50


@dataclass(frozen=True)
class Components:
    """Gaussians: `weights` (K,), `means` (K, 3), `covariances` (K, 3, 3); and backgrounds (B)."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    backgrounds: Sequence[Background]
    background_weights: np.ndarray

    def kept(self, gaussians: np.ndarray, backgrounds: np.ndarray) -> Components:
        """Return those that are marked (K,) and (B,) bool, weights scaled to a sum of 1."""
        total = self.weights[gaussians].sum() + self.background_weights[backgrounds].sum()
        return Components(
            self.weights[gaussians] / total,
            self.means[gaussians],
            self.covariances[gaussians],
            [body for body, stays in zip(self.backgrounds, backgrounds, strict=True) if stays],
            self.background_weights[backgrounds] / total,
        )


class _Points:
    """Points (n, 3) with their tree, and which of the backgrounds each lies in."""

    def __init__(self, xyz_km: np.ndarray, backgrounds: Sequence[Background]) -> None:
        self.xyz_km = xyz_km
        self.order, self.sorted_km, self.tree = index_points(xyz_km)
        self.inside = inside(backgrounds, xyz_km)

    def uniform(self, components: Components) -> np.ndarray:
        """Return weight x density (B, n) of the backgrounds."""
        volumes = np.array([body.volume for body in components.backgrounds])
        return (components.background_weights / volumes)[:, None] * self.inside

    def entries(self, components: Components, least: float) -> tuple:
        """Return `memberships` of the Gaussians, in the order of the tree."""
        rows = fill_rows(
            components.weights,
            components.means,
            pack(components.covariances),
            TAIL * least,
            len(components.weights),
        )
        return tuple(memberships(self.sorted_km, self.tree, rows))


def agglomerate(
    xyz_km: np.ndarray, components: Components, *, volume_km3: float, local: bool
) -> Components:
    """Merge and re-estimate the weights, in turn, until nothing merges.

    Parameters
    ----------
    xyz_km : (n, 3)
    components : the proto-kernels and backgrounds
    volume_km3 : of a box around all points; 1e-3 points in it are the least density
    local : the criterion
    """
    points = _Points(xyz_km, components.backgrounds)
    least = 1e-3 / (len(xyz_km) * volume_km3)
    for _ in range(_MAX_ROUNDS):
        uniform = points.uniform(components)
        floor = np.maximum(uniform.sum(axis=0), least)
        labels = None
        if local:
            labels = np.empty(len(xyz_km), np.int64)
            first, point, values = points.entries(components, float(floor.min()))
            labels[points.order] = best_kernels(
                first, point, values, uniform.sum(axis=0)[points.order]
            )
        merged = merge_kernels(
            xyz_km,
            components.weights,
            components.means,
            components.covariances,
            floor=floor,
            labels=labels,
        )
        before = len(components.weights)
        components = _reweighed(
            points,
            Components(
                merged.weights,
                merged.means,
                merged.covariances,
                components.backgrounds,
                components.background_weights,
            ),
            float(floor.min()),
        )
        if len(merged.weights) == before:
            break
    return components


def _reweighed(points: _Points, components: Components, least: float) -> Components:
    """Re-estimate all weights; kernels and backgrounds that win no point leave."""
    for _ in range(2):
        before = np.concatenate((components.weights, components.background_weights))
        if len(before) == 1:
            return components
        K = len(components.weights)
        first, point, values = points.entries(components, least)
        uniform = np.ascontiguousarray(points.uniform(components)[:, points.order])
        tolerance = _TOLERANCE * uniform.shape[1]
        after = reweigh(before, first, point, values, uniform, least * TAIL, _STEPS, tolerance)
        factor = after / before
        uniform *= factor[K:, None]
        label = best_kernels(
            first,
            point,
            values * np.repeat(factor[:K], np.diff(first)),
            uniform.max(axis=0, initial=0.0),
        )
        if len(uniform):
            label = np.where(label < 0, K + np.argmax(uniform, axis=0), label)
        won = np.bincount(label[label >= 0], minlength=len(after)) > 0
        components = Components(
            after[:K],
            components.means,
            components.covariances,
            components.backgrounds,
            after[K:],
        ).kept(won[:K], won[K:])
        points.inside = points.inside[won[K:]]
        if won.all():
            break
    return components
