"""Figure 7 of Kamer et al. (2020): two boxcars as Gaussians and their merger, in one dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm


def numbers(
    width_km: float = 1.0, distances_km: Sequence[float] = (1.0, 1.5), n_points: int = 601
) -> pd.DataFrame:
    """Return what Figure 7 shows; everything is analytic.

    Each boxcar has half of the weight and is approximated by the Gaussian of its moments,
    variance width^2 / 12. The merged Gaussian has the moments of both: variance width^2 / 12 +
    distance^2 / 4. The tails lie beyond the boxcars' outer edges.

    Parameters
    ----------
    width_km : of a boxcar
    distances_km : between the centres, panels a and b; equal to the width the two touch
    n_points : of each curve

    Returns
    -------
    DataFrame: panel, kind "boxcar" and "part" (series left, right), "parts" (their sum) and
    "merged" with x_km and density_per_km; kind "tail": distance_km, edge_km (the outer edges lie
    at +- edge), parts_mass and merged_mass beyond the edges, mass_ratio, crossing_km (merged is
    denser than the parts from there on outwards), density_ratio (merged over parts, three standard
    deviations of a part out from its centre).
    """
    reach = 0.5 * max(distances_km) + 1.75 * width_km
    x = np.linspace(-reach, reach, n_points)
    rows = []
    for panel, distance in zip("ab", distances_km, strict=True):
        for name, curve in _curves(x, width_km, distance).items():
            kind, _, series = name.partition(" ")
            rows.append(
                pd.DataFrame({"kind": kind, "series": series, "x_km": x, "density_per_km": curve})
            )
        rows.append(pd.DataFrame([{"kind": "tail", **_tail(width_km, distance)}]))
        for part in rows:
            if "panel" not in part:
                part.insert(0, "panel", panel)
    return pd.concat(rows, ignore_index=True)


def ours(table: pd.DataFrame) -> pd.DataFrame:
    """Return id, protocol, value, note of what section 4.1 says on Figure 7."""
    tails = table[table["kind"] == "tail"].sort_values("distance_km")
    ratios = tails["mass_ratio"].to_numpy()
    note = "mass beyond the outer edges, merged over parts: " + " and ".join(
        f"{ratio:.2f} (centres {distance:g} km apart)"
        for ratio, distance in zip(ratios, tails["distance_km"], strict=True)
    )
    heavier = bool((ratios > 1.0).all() and (tails["density_ratio"] > 1.0).all())
    return pd.DataFrame(
        {
            "id": ["fig07.merged_has_heavier_tails", "fig07.distance_amplifies"],
            "protocol": "as_published",
            "value": [float(heavier), float(ratios[-1] > ratios[0])],
            "note": note,
            "comparable": True,
        }
    )


def _curves(x: np.ndarray, width: float, distance: float) -> dict[str, np.ndarray]:
    sigma = width / np.sqrt(12.0)
    curves = {}
    for series, centre in (("left", -0.5 * distance), ("right", 0.5 * distance)):
        curves[f"boxcar {series}"] = np.where(np.abs(x - centre) <= 0.5 * width, 0.5 / width, 0.0)
        curves[f"part {series}"] = 0.5 * norm.pdf(x, centre, sigma)
    curves["parts"] = curves["part left"] + curves["part right"]
    curves["merged"] = norm.pdf(x, 0.0, merged_sigma(width, distance))
    return curves


def merged_sigma(width: float, distance: float) -> float:
    """Return the standard deviation of two equal boxcars at a distance, by moment matching."""
    return float(np.sqrt(width**2 / 12.0 + distance**2 / 4.0))


def _tail(width: float, distance: float) -> dict[str, float]:
    sigma, wide, half = width / np.sqrt(12.0), merged_sigma(width, distance), 0.5 * distance
    edge = half + 0.5 * width

    def log_ratio(x: float) -> float:
        parts = np.logaddexp(norm.logpdf(x, half, sigma), norm.logpdf(x, -half, sigma))
        return float(norm.logpdf(x, 0.0, wide) - parts + np.log(2.0))

    parts_mass = norm.sf(edge, half, sigma) + norm.sf(edge, -half, sigma)
    merged_mass = 2.0 * norm.sf(edge, 0.0, wide)
    return {
        "distance_km": distance,
        "edge_km": edge,
        "parts_mass": float(parts_mass),
        "merged_mass": float(merged_mass),
        "mass_ratio": float(merged_mass / parts_mass),
        # from the part's own peak outwards the ratio grows without bound
        "crossing_km": float(brentq(log_ratio, half, half + 10.0 * width)),
        "density_ratio": float(np.exp(log_ratio(half + 3.0 * sigma))),
    }
