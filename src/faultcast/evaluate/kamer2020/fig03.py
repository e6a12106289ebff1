"""Figure 3 of Kamer et al. (2020): the proto-kernels and the BIC gain of every merger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from faultcast.evaluate.kamer2020.plane_rows import plane_rows, point_rows
from faultcast.evaluate.kamer2020.planted import planted
from faultcast.faults.exact import atomize, background_density, kernel_moments
from faultcast.faults.merge import pair_gain
from faultcast.faults.mixture import assemble


def numbers() -> pd.DataFrame:
    """Return what Figure 3 shows.

    Returns
    -------
    DataFrame: panel a: kind "point" (series the proto-kernel, "background"), kind "plane"
    (columns of `plane_rows`); b: kind "gain": row, column, bic_gain (each pair once, in the
    order of the kernels' x), and whether it is the best of all (`best`).
    """
    points = planted().xyz_km
    atoms = atomize(points)
    counts, means, covariances = kernel_moments(points, atoms.labels, atoms.n_kernels)
    n, left = len(points), int(np.sum(atoms.labels < 0))
    by_x = np.argsort(means[:, 0])
    counts, means, covariances = counts[by_x], means[by_x], covariances[by_x]
    share = np.array([left / n])
    mixture = assemble(counts / n, means, covariances, atoms.boxes, share)
    floor = background_density(points, atoms.boxes, share)[0]
    gains = pair_gain(points, counts / n, means, covariances, floor)
    row, column = np.tril_indices(len(gains), -1)
    matrix = pd.DataFrame(
        {"panel": "b", "kind": "gain", "row": row, "column": column, "bic_gain": gains[row, column]}
    )
    matrix["best"] = matrix["bic_gain"] == matrix["bic_gain"].max()
    names = np.where(atoms.labels < 0, "background", "proto-kernel")
    return pd.concat(
        [
            point_rows(points, names, "a"),
            plane_rows(mixture, np.append(counts, left), "a"),
            matrix,
        ],
        ignore_index=True,
    )
