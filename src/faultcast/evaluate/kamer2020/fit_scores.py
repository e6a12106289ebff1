"""One fit of a fault network, scored the same way whatever made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import numpy as np

from faultcast.faults import FaultNetwork
from faultcast.faults.mixture import Mixture, bic

CRITERIA: tuple[Literal["global", "local"], ...] = ("global", "local")


def fits(
    xyz_km: np.ndarray, truth: np.ndarray | None, configurations: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Fit points (n, 3) by each configuration and criterion; yield a row each.

    Parameters
    ----------
    xyz_km : (n, 3)
    truth : (n,) labels, None where nobody knows them
    configurations : keyword arguments of `FaultNetwork` but for the criterion

    Yields
    ------
    criterion, engine, refine ("none" or "em"), background, the columns of `scores`, bic_own
    (the engine's own: the released one floors densities).
    """
    for options in configurations:
        for criterion in CRITERIA:
            net = FaultNetwork(**options, criterion=criterion).fit(xyz_km)
            yield {
                "criterion": criterion,
                "engine": net.engine,
                "refine": net.refine or "none",
                "background": net.background,
                **scores(net.mixture_, net.labels_, xyz_km, truth),
                "bic_own": net.bic_,
            }


def scores(
    mixture: Mixture, labels: np.ndarray, xyz_km: np.ndarray, truth: np.ndarray | None
) -> dict[str, float]:
    """Return n_kernels (backgrounds too), background_weight, log_likelihood, bic (Eq. 2), Rand.

    The last are rand (Eq. 4) and adjusted_rand, NaN without a truth. The BIC is that of the
    mixture's densities at the points as they are.
    """
    from sklearn.metrics import adjusted_rand_score, rand_score

    log_likelihood = float(np.sum(mixture.log_density(xyz_km)))
    known = truth is not None
    return {
        "n_kernels": len(mixture),
        "background_weight": float(np.sum(mixture.weights[mixture.is_background])),
        "log_likelihood": log_likelihood,
        "bic": bic(log_likelihood, len(mixture), len(xyz_km)),
        "rand": rand_score(truth, labels) if known else np.nan,
        "adjusted_rand": adjusted_rand_score(truth, labels) if known else np.nan,
    }
