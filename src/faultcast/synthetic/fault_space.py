"""A planted fault network as a space for ETAS: background and aftershocks on planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from faultcast.errors import DataError
from faultcast.etas import BoxSpace, EtasParameters, power_law_radius
from faultcast.etas.space import fold

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FaultSpace:
    """Rectangular faults in a box; implements `faultcast.etas.Space`.

    Parameters
    ----------
    faults : one row a plane: `fault` (0, 1, ...), centre `x_km`, `y_km`, `z_km`, `strike_deg`,
        `dip_deg` (right-hand rule), `length_km`, `width_km`, `thickness_km` (1 sigma normal to
        the plane), `share` of the background events (what is missing to 1 is off the faults).
    box : background off the faults, and the aftershocks of such events.
    """

    faults: pd.DataFrame
    box: BoxSpace

    def background(self, uniforms: Floats) -> tuple[Floats, Ints]:
        """Return places uniform on the planes, or in the box."""
        ends = np.cumsum(self.faults["share"].to_numpy())
        fault = np.searchsorted(ends, uniforms[:, 0], side="right").astype(np.int64)
        fault[fault == len(ends)] = -1
        place, _ = self.box.background(uniforms)
        on = fault >= 0
        half = self._half_sizes()[fault[on]]
        in_plane = (2.0 * uniforms[on, 1:3] - 1.0) * half
        place[on] = self._to_place(fault[on], in_plane, uniforms[on, 3])
        return place, fault

    def aftershocks(
        self,
        parameters: EtasParameters,
        place_km: Floats,
        fault: Ints,
        magnitude: Floats,
        uniforms: Floats,
    ) -> Floats:
        """Return places by a power law in the parent's plane, folded back at its edges."""
        on = fault >= 0
        off = ~on
        place = np.empty_like(place_km)
        place[off] = self.box.aftershocks(
            parameters, place_km[off], fault[off], magnitude[off], uniforms[off]
        )
        radius = power_law_radius(parameters.scale_km(magnitude[on]), parameters.q, uniforms[on, 0])
        angle = 2.0 * np.pi * uniforms[on, 1]
        in_plane = self.in_plane(place_km[on], fault[on])
        in_plane += radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        half = self._half_sizes()[fault[on]]
        place[on] = self._to_place(fault[on], fold(in_plane, -half, half), uniforms[on, 2])
        return place

    def in_plane(self, place_km: Floats, fault: Ints) -> Floats:
        """Return along-strike and down-dip distance from the fault's centre, (n, 2) km."""
        along, down, _ = self._axes()
        offset = place_km - self._centres()[fault]
        return np.column_stack(
            [np.sum(offset * along[fault], axis=1), np.sum(offset * down[fault], axis=1)]
        )

    def _to_place(self, fault: Ints, in_plane: Floats, uniform: Floats) -> Floats:
        along, down, normal = self._axes()
        off_plane = self.faults["thickness_km"].to_numpy()[fault] * ndtri(uniform)
        place: Floats = (
            self._centres()[fault]
            + in_plane[:, :1] * along[fault]
            + in_plane[:, 1:] * down[fault]
            + off_plane[:, None] * normal[fault]
        )
        return place

    def _centres(self) -> Floats:
        return self.faults[["x_km", "y_km", "z_km"]].to_numpy(dtype=np.float64)

    def _half_sizes(self) -> Floats:
        return self.faults[["length_km", "width_km"]].to_numpy(dtype=np.float64) / 2.0

    def _axes(self) -> tuple[Floats, Floats, Floats]:
        """Return unit vectors along strike, down dip and normal, (n_faults, 3) each; z down."""
        strike = np.radians(self.faults["strike_deg"].to_numpy(dtype=np.float64))
        dip = np.radians(self.faults["dip_deg"].to_numpy(dtype=np.float64))
        zero = np.zeros_like(strike)
        along = np.column_stack([np.sin(strike), np.cos(strike), zero])
        down = np.column_stack(
            [np.cos(strike) * np.cos(dip), -np.sin(strike) * np.cos(dip), np.sin(dip)]
        )
        return along, down, np.cross(along, down)


def plant_faults(
    box: BoxSpace, *, n_faults: int, off_fault_share: float, seed: int, thickness_km: float = 0.15
) -> pd.DataFrame:
    """Return `n_faults` random planes inside a box, every third across the one before.

    Strikes scatter around N45W, those of crossing faults around N45E; dips 55-90, lengths
    25-70 km, widths 8-14 km. A fault's share of the background grows with its area and a
    log-normal factor, as slip rates differ.

    Raises
    ------
    DataError
        The number is not positive, the share is not in [0, 1), or the box is too small.
    """
    if n_faults < 1 or not 0.0 <= off_fault_share < 1.0:
        raise DataError(
            f"cannot plant {n_faults} faults with {off_fault_share} of the background off them: "
            "give at least one fault and a share in [0, 1)"
        )
    low, high = np.array(box.low_km), np.array(box.high_km)
    if np.any(high - low < [80.0, 80.0, 16.0]):
        raise DataError(f"a box of {high - low} km is too small: give 80 x 80 x 16 km or more")
    rng = np.random.default_rng(seed)
    crossing = np.arange(n_faults) % 3 == 2
    strike = np.mod(np.where(crossing, 45.0, 315.0) + rng.normal(0.0, 10.0, n_faults), 360.0)
    dip = rng.uniform(55.0, 90.0, n_faults)
    length = np.where(crossing, rng.uniform(25, 40, n_faults), rng.uniform(35, 70, n_faults))
    width = rng.uniform(8.0, 14.0, n_faults)
    x = rng.uniform(low[0] + 25.0, high[0] - 25.0, n_faults)
    y = rng.uniform(low[1] + 25.0, high[1] - 25.0, n_faults)
    for fault in np.flatnonzero(crossing):
        # across the middle half of the fault before
        away = rng.uniform(-0.25, 0.25) * length[fault - 1]
        x[fault] = x[fault - 1] + away * np.sin(np.radians(strike[fault - 1]))
        y[fault] = y[fault - 1] + away * np.cos(np.radians(strike[fault - 1]))
    half_height = width * np.sin(np.radians(dip)) / 2.0
    z = rng.uniform(low[2] + half_height + 0.5, high[2] - half_height - 0.5)
    weight = length * width * rng.lognormal(0.0, 0.5, n_faults)
    return pd.DataFrame(
        {
            "fault": np.arange(n_faults),
            "x_km": x,
            "y_km": y,
            "z_km": z,
            "strike_deg": strike,
            "dip_deg": dip,
            "length_km": length,
            "width_km": width,
            "thickness_km": np.full(n_faults, thickness_km),
            "share": (1.0 - off_fault_share) * weight / weight.sum(),
        }
    )
