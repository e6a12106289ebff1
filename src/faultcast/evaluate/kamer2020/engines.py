"""The exact engine against the released one: BIC, kernels, truth where it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from faultcast.catalog.unpack import load_arrays
from faultcast.evaluate.kamer2020.fit_scores import fits, scores
from faultcast.evaluate.kamer2020.planted import drawn
from faultcast.faults.boxes import minimum_box
from faultcast.faults.mixture import Mixture, assemble
from faultcast.io import reading

KEYS = ["data", "criterion", "engine", "refine", "background"]
PROGRAM = "author's program"
_FETCH = "expected the author's test data: fetch it again"


def engine_runs(
    *,
    data: str,
    configurations: Sequence[Mapping[str, Any]],
    points: pd.DataFrame | Path | None = None,
    program_global: Path | None = None,
    program_local: Path | None = None,
    seeds: Sequence[int] = (),
    points_per_km2: float = 0.1,
    noise: float = 0.1,
) -> pd.DataFrame:
    """Fit one set of points, or planted networks of one density, by every configuration.

    Parameters
    ----------
    data : name that stands in the table
    configurations : keyword arguments of `FaultNetwork` but for the criterion
    points : x_km, y_km, z_km; or a file of the released program's input (`X`, `true_labels`);
        None for networks of the paper's generator (20 rectangles)
    program_global, program_local : outputs of the author's program on these points
    seeds, points_per_km2, noise : of the generator

    Returns
    -------
    DataFrame, one row a set, criterion and configuration: data, set (seed, or 0), n_points, the
    columns of `fits`.
    """
    rows: list[dict[str, Any]] = []
    for name, xyz_km, truth in _sets(points, seeds, points_per_km2, noise):
        common = {"data": data, "set": name, "n_points": len(xyz_km)}
        rows += [common | row for row in fits(xyz_km, truth, configurations)]
        for criterion, path in (("global", program_global), ("local", program_local)):
            if path is not None:
                rows.append(common | _program_row(criterion, path, xyz_km, truth))
    return pd.DataFrame(rows)


def numbers(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return all runs (`engine_runs`), means over the sets of one name.

    Returns
    -------
    DataFrame, one row a set's name, criterion and configuration: n_sets, n_points, n_kernels,
    background_weight, log_likelihood, bic, bic_own, adjusted_rand; bic_minus_released, the mean
    difference of the BIC to that of engine="released" by the same criterion on the same sets,
    and sets_not_above, the number of sets on which it is no higher.
    """
    table = pd.concat(parts, ignore_index=True)
    keys = ["data", "set", "criterion"]
    released = table[table["engine"] == "released"].set_index(keys)["bic"]
    place = pd.MultiIndex.from_frame(table[keys])
    difference = table["bic"] - released.reindex(place).to_numpy()
    # the program and its restatement reach the same networks but for rounding
    table["difference"] = difference.mask(difference.abs() < 1e-9 * table["bic"].abs(), 0.0)
    table["not_above"] = table["difference"] <= 0.0
    by = table.sort_values(KEYS[:2], kind="stable").groupby(KEYS, sort=False)
    return by.agg(
        n_sets=("set", "nunique"),
        n_points=("n_points", "mean"),
        n_kernels=("n_kernels", "mean"),
        background_weight=("background_weight", "mean"),
        log_likelihood=("log_likelihood", "mean"),
        bic=("bic", "mean"),
        bic_minus_released=("difference", "mean"),
        sets_not_above=("not_above", "sum"),
        bic_own=("bic_own", "mean"),
        adjusted_rand=("adjusted_rand", "mean"),
    ).reset_index()


def _sets(
    points: pd.DataFrame | Path | None, seeds: Sequence[int], points_per_km2: float, noise: float
) -> Iterator[tuple[int, np.ndarray, np.ndarray | None]]:
    """Yield number, points (n, 3) and, where known, true labels of each set."""
    if isinstance(points, pd.DataFrame):
        yield 0, points[["x_km", "y_km", "z_km"]].to_numpy(), None
    elif points is not None:
        with reading(points, _FETCH), load_arrays(points) as file:
            read = file["X"], file.get("true_labels")
        yield 0, *read
    else:
        for seed in seeds:
            network = drawn("paper", "rectangle", seed, points_per_km2=points_per_km2, noise=noise)
            yield seed, network.xyz_km, network.labels


def _program_row(
    criterion: str, path: Path, xyz_km: np.ndarray, truth: np.ndarray | None
) -> dict[str, Any]:
    with reading(path, _FETCH), load_arrays(path) as file:
        mixture, labels, own = _program_mixture(file), file["labels"], float(file["mdl"])
    return {
        "criterion": criterion,
        "engine": PROGRAM,
        "refine": "none",
        "background": "box",
        **scores(mixture, labels, xyz_km, truth),
        "bic_own": own,
    }


def _program_mixture(file: Mapping[str, np.ndarray]) -> Mixture:
    background = file["is_bkg"].astype(bool)
    return assemble(
        file["weight"][~background],
        file["mean"][~background],
        file["cov"][~background],
        [minimum_box(corners) for corners in file["bbox"][background]],
        file["weight"][background],
    )
