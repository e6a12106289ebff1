"""Sums of Student-t kernels, and their fit to events: a trial of heavier tails than Gaussian.

A kernel has the density, in 3-D, with q the squared distance in its scale matrix S,

    t(x) = G((v + 3) / 2) / (G(v / 2) (v pi)^1.5 |S|^0.5) (1 + q / v)^(-(v + 3) / 2),

v its degrees of freedom; v = infinity is the Gaussian of covariance S.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from faultcast.faults.backgrounds import inside
from faultcast.faults.mixture import Mixture
from faultcast.faults.refine import THINNEST, clip_eigenvalues
from faultcast.forecast.density import Uniform
from faultcast.forecast.gaussians import stratified_choice
from faultcast.forecast.volume import Volume

Array = NDArray[np.float64]
# a kernel's term is left out where it is smaller than the largest by this factor, as logarithm
_NEGLIGIBLE = 23.0


@dataclass(frozen=True)
class StudentKernels:
    """Kernels of one degree of freedom `nu`: weights (k,), means (k, 3) km, scales (k, 3, 3) km^2.

    `background` holds the weights (b,) of a network's backgrounds; all weights sum to 1.
    """

    weights: Array
    means: Array
    scales: Array
    nu: float
    background: Array

    def with_nu(self, nu: float) -> StudentKernels:
        """Return kernels of the same covariances, nu / (nu - 2) times the scale matrices."""
        scales = self.scales * (_shrink(nu) / _shrink(self.nu))
        return StudentKernels(self.weights, self.means, scales, nu, self.background)

    def packed(self) -> tuple[Array, Array]:
        """Return whitening matrices (k, 3, 3) and log of weight x density at the mean (k,)."""
        factors = np.linalg.cholesky(self.scales)
        log_size = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        peak = -1.5 * np.log(2.0 * np.pi)
        if np.isfinite(self.nu):
            peak = gammaln((self.nu + 3.0) / 2.0) - gammaln(self.nu / 2.0)
            peak -= 1.5 * np.log(self.nu * np.pi)
        with np.errstate(divide="ignore"):
            return np.linalg.inv(factors), np.log(self.weights) + peak - log_size


class StudentSum:
    """Student-t kernels as a spatial density, all background spread over the target volume.

    Parameters
    ----------
    kernels : the kernels.
    volume : where the background lives.
    """

    def __init__(self, kernels: StudentKernels, volume: Volume) -> None:
        self.kernels = kernels
        self._uniform = Uniform(volume)
        self._uniform_weight = float(kernels.background.sum())

    def log_density(self, xyz_km: ArrayLike) -> Array:
        """Return the log density per km^3 at points (n, 3), km; (n,)."""
        points = np.ascontiguousarray(xyz_km, dtype=float)
        kernels = self.kernels
        with np.errstate(divide="ignore"):
            floor = np.log(self._uniform_weight) + self._uniform.log_density(points)
        return np.asarray(_step(points, kernels.means, *kernels.packed(), kernels.nu, floor)[0])

    def density(self, xyz_km: ArrayLike) -> Array:
        """Return the density per km^3 at points (n, 3), km; (n,)."""
        return np.exp(self.log_density(xyz_km))

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n points drawn from the density, stratified over the kernels; (n, 3) km."""
        kernels, n_uniform = self.kernels, round(n * self._uniform_weight)
        chosen = stratified_choice(kernels.weights, n - n_uniform, rng)
        steps = rng.standard_normal((len(chosen), 3))
        if np.isfinite(kernels.nu):
            steps *= np.sqrt(kernels.nu / rng.chisquare(kernels.nu, len(chosen)))[:, None]
        turned = np.einsum("kij,kj->ki", np.linalg.cholesky(kernels.scales)[chosen], steps)
        points = kernels.means[chosen] + turned
        if n_uniform == 0:
            return points
        return np.concatenate((points, self._uniform.sample(n_uniform, rng)))


def network_kernels(mixture: Mixture) -> StudentKernels:
    """Return a network's kernels: nu is infinite, scale matrices are covariances."""
    fault = ~mixture.is_background
    return StudentKernels(
        mixture.weights[fault],
        mixture.means[fault],
        mixture.covariances[fault],
        np.inf,
        mixture.weights[~fault],
    )


def fit_student(
    mixture: Mixture,
    xyz_km: ArrayLike,
    nu: float,
    *,
    start: StudentKernels | None = None,
    tolerance: float = 1e-5,
    max_steps: int = 200,
) -> tuple[StudentKernels, list[float]]:
    """Fit weights and scale matrices to events, means and the backgrounds' bodies kept.

    Expectation - conditional maximisation in the parameter-expanded form of Liu, Rubin and Wu
    (1998): S = sum r u d d' / sum r u, with the responsibility r of a kernel for an event, d the
    event's offset from the mean and u = (nu + 3) / (nu + q). As in `refine` no kernel gets
    thinner than THINNEST of its thickness in the network.

    Parameters
    ----------
    mixture : the network.
    xyz_km : (n, 3) events, km.
    nu : degrees of freedom, above 2, or infinity for Gaussian kernels.
    start : kernels of the network fitted with another nu, to begin at their covariances; those
        of the network by default.
    tolerance : iteration ends when it gains less, nats per event.
    max_steps : or after so many steps; with 1 the kernels are scored as they are.

    Returns
    -------
    kernels, and the mean log density of the events step by step, theirs at the end.
    """
    points = np.ascontiguousarray(xyz_km, dtype=float)
    built = network_kernels(mixture)
    thinnest = np.linalg.eigvalsh(built.scales)[:, 0]
    floors = THINNEST**2 * _shrink(nu) * thinnest
    kernels = (built if start is None else start).with_nu(nu)
    volumes = np.array([body.volume for body in mixture.backgrounds])
    uniform = inside(mixture.backgrounds, points) / volumes[:, None]
    history: list[float] = []
    for step in range(max_steps):
        with np.errstate(divide="ignore"):
            floor = np.log(kernels.background @ uniform)
        log_density, counts, mass, scatter = _step(
            points, kernels.means, *kernels.packed(), nu, floor
        )
        history.append(float(log_density.mean()))
        settled = len(history) > 1 and history[-1] - history[-2] < tolerance
        if settled or step == max_steps - 1:
            break
        # a kernel that no event belongs to keeps its shape
        used = mass > 0.0
        scales = kernels.scales.copy()
        scales[used] = scatter[used] / mass[used, None, None]
        # an event far beyond all kernels lies in no background either: 0 times a large number
        inverse = np.exp(np.minimum(-log_density, 700.0))
        background = kernels.background * (uniform @ inverse) / len(points)
        kernels = StudentKernels(
            counts / len(points), kernels.means, clip_eigenvalues(scales, floors), nu, background
        )
    return kernels, history


def _shrink(nu: float) -> float:
    """Return the ratio of scale matrix to covariance, (nu - 2) / nu."""
    return (nu - 2.0) / nu if np.isfinite(nu) else 1.0


@njit(cache=True)
def _step(
    points: Array, means: Array, whiten: Array, log_peak: Array, nu: float, floor: Array
) -> tuple[Array, Array, Array, Array]:  # pragma: no cover - compiled
    """Return log density (n,), responsibilities (k,), their sums with u, scatter (k, 3, 3)."""
    n, K = len(points), len(means)
    gaussian = not np.isfinite(nu)
    logs, counts, mass = np.empty(n), np.zeros(K), np.zeros(K)
    scatter = np.zeros((K, 3, 3))
    gap, terms = np.empty(K), np.empty(K)
    d = np.empty(3)
    for i in range(n):
        top = floor[i]
        for k in range(K):
            f = whiten[k]
            for a in range(3):
                d[a] = points[i, a] - means[k, a]
            u = f[0, 0] * d[0]
            v = f[1, 0] * d[0] + f[1, 1] * d[1]
            w = f[2, 0] * d[0] + f[2, 1] * d[1] + f[2, 2] * d[2]
            gap[k] = u * u + v * v + w * w
            tail = 0.5 * gap[k] if gaussian else 0.5 * (nu + 3.0) * np.log1p(gap[k] / nu)
            terms[k] = log_peak[k] - tail
            top = max(top, terms[k])
        if top == -np.inf:
            logs[i] = -np.inf
            continue
        total = np.exp(floor[i] - top)
        for k in range(K):
            if terms[k] > top - _NEGLIGIBLE:
                total += np.exp(terms[k] - top)
        logs[i] = top + np.log(total)
        for k in range(K):
            if terms[k] <= top - _NEGLIGIBLE:
                continue
            r = np.exp(terms[k] - logs[i])
            s = r if gaussian else r * (nu + 3.0) / (nu + gap[k])
            counts[k] += r
            mass[k] += s
            for a in range(3):
                d[a] = points[i, a] - means[k, a]
            for a in range(3):
                for b in range(3):
                    scatter[k, a, b] += s * d[a] * d[b]
    return logs, counts, mass, scatter
