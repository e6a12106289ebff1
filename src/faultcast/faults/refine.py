"""A last EM over weights, means and covariances of a network, judged by BIC.

Merging matches moments, so that kernels keep the spread of the points that atomization gave
them. Here each point is shared out among all kernels by its density, and weights, means and
covariances follow, while the shapes of the backgrounds stay.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from faultcast.faults.backgrounds import inside
from faultcast.faults.exact import principal_frame
from faultcast.faults.gaussians import TAIL, fill_rows, index_points, memberships, pack
from faultcast.faults.mixture import Mixture, assemble, bic

# a kernel may become thinner down to this part of the thickness (sigma) that it came with
THINNEST = 0.5
MAX_STEPS = 200
# steps end when the log-likelihood gains less than this a point
TOLERANCE = 1e-5
# the lowest density that counts, so that a point beyond all kernels divides by something
_LEAST = 1e-300


def refine_mixture(mixture: Mixture, xyz_km: np.ndarray, *, min_points: int = 4) -> Mixture:
    """Return the mixture after EM on points (n, 3), or as it is if its BIC is no higher.

    Eigenvalues of a covariance are held above THINNEST^2 times the smallest one that the kernel
    came with: the M step is then the maximum under that bound, so the log-likelihood still never
    falls, and no kernel shrinks onto few points. A kernel whose responsibilities sum to less
    than `min_points` leaves; so does one that is singular from the start.

    The work is done along the principal axes of the points, as in `exact`: the result follows
    the points under permutation, translation and rotation.
    """
    if mixture.is_background.all():
        return mixture
    centre, axes, order = principal_frame(xyz_km)
    points = np.ascontiguousarray(((xyz_km - centre) @ axes.T)[order])
    refined, _ = em(mixture.moved(-centre @ axes.T, axes.T), points, min_points=min_points)
    result = refined.moved(centre, axes)
    return result if _bic(result, xyz_km) < _bic(mixture, xyz_km) else mixture


def em(mixture: Mixture, points: np.ndarray, *, min_points: int = 4) -> tuple[Mixture, np.ndarray]:
    """Return the mixture after EM on points (n, 3), and the log-likelihood at each step.

    The log-likelihood grows from step to step but where a kernel leaves. Gaussians are cut off
    where weight x density falls below TAIL x the mixture's lowest density at a point.
    """
    gaussian = ~mixture.is_background
    weights, shares = mixture.weights[gaussian], mixture.weights[~gaussian]
    means, covariances = mixture.means[gaussian], mixture.covariances[gaussian]
    floors = THINNEST**2 * np.linalg.eigvalsh(covariances.reshape(-1, 3, 3))[:, 0]
    solid = floors > 0.0
    weights, means, covariances = weights[solid], means[solid], covariances[solid]
    floors = floors[solid]
    order, sorted_points, tree = index_points(points)
    volumes = np.array([background.volume for background in mixture.backgrounds])
    uniform = inside(mixture.backgrounds, points)[:, order] / volumes[:, None]
    lowest = np.exp(np.min(mixture.log_density(points)))
    history: list[float] = []
    dropped = False
    for _ in range(MAX_STEPS):
        rows = fill_rows(
            weights, means, pack(covariances), max(TAIL * lowest, _LEAST), len(weights)
        )
        first, point, values = memberships(sorted_points, tree, rows)
        density = _total(first, point, values, shares @ uniform)
        lowest = float(density.min())
        history.append(float(np.sum(np.log(density))))
        settled = len(history) > 1 and history[-1] - history[-2] < TOLERANCE * len(points)
        if settled and not dropped:
            break
        counts, means, covariances = _moments(sorted_points, first, point, values, density, means)
        shares = shares * (uniform @ (1.0 / density)) / len(points)
        # something must stay
        kept = counts >= (min_points if len(shares) else min(min_points, counts.max()))
        dropped = not kept.all()
        weights, means, floors = counts[kept] / len(points), means[kept], floors[kept]
        covariances = clip_eigenvalues(covariances[kept], floors)
        total = weights.sum() + shares.sum()
        weights, shares = weights / total, shares / total
    by_weight = np.lexsort((means[:, 0], -weights))
    refined = assemble(
        weights[by_weight], means[by_weight], covariances[by_weight], mixture.backgrounds, shares
    )
    return refined, np.array(history)


def clip_eigenvalues(covariances: np.ndarray, floors: np.ndarray) -> np.ndarray:
    """Return covariances (K, 3, 3) with the eigenvalues raised to at least floors (K,)."""
    values, vectors = np.linalg.eigh(covariances.reshape(-1, 3, 3))
    raised = np.maximum(values, floors[:, None])
    result = (vectors * raised[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    return np.asarray(0.5 * (result + np.swapaxes(result, 1, 2)))


def _bic(mixture: Mixture, points: np.ndarray) -> float:
    return bic(float(np.sum(mixture.log_density(points))), len(mixture), len(points))


@njit(cache=True)
def _total(
    first: np.ndarray, point: np.ndarray, values: np.ndarray, background: np.ndarray
) -> np.ndarray:
    total = background + _LEAST
    for e in range(first[-1]):
        total[point[e]] += values[e]
    return total


@njit(cache=True)
def _moments(
    points: np.ndarray,
    first: np.ndarray,
    point: np.ndarray,
    values: np.ndarray,
    density: np.ndarray,
    means: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return responsibilities' sums (K,), means (K, 3) and covariances (K, 3, 3)."""
    K = len(means)
    counts, new = np.zeros(K), means.copy()
    covariances = np.zeros((K, 3, 3))
    for k in range(K):
        # offsets from the old mean keep digits where coordinates are large
        s, q = np.zeros(3), np.zeros((3, 3))
        for e in range(first[k], first[k + 1]):
            t = point[e]
            r = values[e] / density[t]
            counts[k] += r
            for a in range(3):
                off = r * (points[t, a] - means[k, a])
                s[a] += off
                for b in range(a + 1):
                    q[a, b] += off * (points[t, b] - means[k, b])
        if counts[k] <= 0.0:
            continue
        for a in range(3):
            new[k, a] = means[k, a] + s[a] / counts[k]
            for b in range(a + 1):
                covariances[k, a, b] = (q[a, b] - s[a] * s[b] / counts[k]) / counts[k]
                covariances[k, b, a] = covariances[k, a, b]
    return counts, new, covariances
