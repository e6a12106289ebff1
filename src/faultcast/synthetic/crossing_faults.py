"""Planted faults that cross: steep planes in so small an area that most cut through others."""

from __future__ import annotations

from typing import Literal

import numpy as np

from faultcast.errors import DataError
from faultcast.synthetic.planted_network import PlantedNetwork

SQUARE_KM = 48.0
DEPTH_KM = (6.0, 14.0)
STRIKE_DEG = (-90.0, 90.0)
DIP_DEG = (50.0, 90.0)
LENGTH_KM = (15.0, 35.0)
WIDTH_KM = (6.0, 14.0)
SCATTER_KM = 0.15


def crossing_network(
    *,
    n_faults: int = 12,
    seed: int = 0,
    points_per_km2: float = 1.2,
    noise: float = 0.1,
    shape: Literal["rectangle", "ellipse"] = "rectangle",
) -> PlantedNetwork:
    """Draw faults that cross, all attributes uniform between the module's bounds.

    Points are uniform on a rectangle, with isotropic normal scatter; for an ellipse they are
    normal with the rectangle's moments: sides / sqrt(12) along the plane, the scatter in
    every direction.

    Parameters
    ----------
    n_faults : int
        Centres lie in a square of 48 km, at 6 to 14 km depth.
    seed : int
    points_per_km2 : float
        Points a square kilometre of fault plane.
    noise : float
        Part of all points that is uniform in the box of the others, in [0, 1).
    shape : "rectangle" or "ellipse"

    Raises
    ------
    DataError
        An argument out of its range.
    """
    if n_faults < 1 or points_per_km2 <= 0 or not 0 <= noise < 1:
        raise DataError(
            f"cannot plant n_faults={n_faults}, points_per_km2={points_per_km2}, noise={noise}: "
            "expected at least one fault, a positive density, and noise in [0, 1)"
        )
    if shape not in ("rectangle", "ellipse"):
        raise DataError(f"shape is {shape!r}; expected 'rectangle' or 'ellipse'")
    stream = np.random.default_rng(seed)
    centres = np.column_stack(
        (stream.uniform(0.0, SQUARE_KM, (n_faults, 2)), stream.uniform(*DEPTH_KM, n_faults))
    )
    strike = stream.uniform(*STRIKE_DEG, n_faults)
    dip = stream.uniform(*DIP_DEG, n_faults)
    length = stream.uniform(*LENGTH_KM, n_faults)
    width = stream.uniform(*WIDTH_KM, n_faults)
    frames = _frames(strike, dip)
    sides = np.column_stack((length, np.zeros(n_faults), width))
    counts = np.maximum(np.round(points_per_km2 * length * width).astype(int), 1)
    labels = np.repeat(np.arange(n_faults), counts)
    spread = np.sqrt(sides**2 / 12.0 + SCATTER_KM**2)
    if shape == "ellipse":
        flat = spread[labels] * stream.standard_normal((len(labels), 3))
    else:
        flat = sides[labels] * stream.uniform(-0.5, 0.5, (len(labels), 3))
        flat += SCATTER_KM * stream.standard_normal(flat.shape)
    points = centres[labels] + np.einsum("na,nab->nb", flat, frames[labels])
    n_noise = round(len(points) * noise / (1.0 - noise))
    low, high = points.min(axis=0), points.max(axis=0)
    uniform = low + (high - low) * stream.random((n_noise, 3))
    covariances = np.einsum("kab,ka,kac->kbc", frames, spread**2, frames)
    return PlantedNetwork(
        np.concatenate((points, uniform)),
        np.append(labels, np.full(n_noise, n_faults)),
        strike,
        dip,
        length,
        width,
        centres_km=centres,
        frames=frames,
        thickness_km=0.0,
        scatter_km=SCATTER_KM,
        noise_box_km=np.array((low, high)),
        gaussians=(centres, covariances) if shape == "ellipse" else None,
    )


def _frames(strike_deg: np.ndarray, dip_deg: np.ndarray) -> np.ndarray:
    """Return axes (n, 3, 3), rows along strike, across, down the dip to the right of strike."""
    strike, dip = np.radians(strike_deg), np.radians(dip_deg)
    along = np.stack((np.sin(strike), np.cos(strike), np.zeros_like(strike)), axis=1)
    down = np.stack(
        (np.cos(strike) * np.cos(dip), -np.sin(strike) * np.cos(dip), np.sin(dip)), axis=1
    )
    return np.stack((along, np.cross(along, down), down), axis=1)
