"""The slow obvious versions of condensation and assignment, for the tests."""

import numpy as np

from faultcast.condense.points import normal_design
from faultcast.location.table import make_kernels


def made_kernels(n_events=40, seed=0, *, spread_km=3.0, most_components=3, equal_share=0.2):
    """Return random kernels with correlated covariances, several components and ties of s."""
    rng = np.random.default_rng(seed)
    ids, components, weights, means, matrices = [], [], [], [], []
    for event in range(n_events):
        k = rng.integers(1, most_components + 1)
        share = rng.dirichlet(np.ones(k))
        for component in range(k):
            turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
            sigma = 0.5 * np.exp(0.8 * rng.standard_normal(3))
            matrix = turn @ np.diag(sigma**2) @ turn.T
            if rng.random() < equal_share:
                matrix = np.diag([0.25, 0.25, 1.0])
            ids.append(f"e{event}")
            components.append(component)
            weights.append(share[component])
            means.append(spread_km * rng.standard_normal(3))
            matrices.append(0.5 * (matrix + matrix.T))
    return make_kernels(
        np.array(ids), np.array(components), np.array(weights), np.array(means), np.array(matrices)
    )


def log_density(point, mean, matrix):
    step = point - mean
    return -0.5 * (step @ np.linalg.solve(matrix, step)) - 0.5 * np.linalg.slogdet(matrix)[1]


def matrices_of(kernels):
    out = np.empty((len(kernels), 3, 3))
    for column, (i, j) in {
        "cxx": (0, 0), "cxy": (0, 1), "cxz": (0, 2), "cyy": (1, 1), "cyz": (1, 2), "czz": (2, 2)
    }.items():  # fmt: skip
        out[:, i, j] = out[:, j, i] = kernels[column]
    return out


def slow_condense(kernels, n_samples, *, grown=True, drawn=None):
    """Return the weights after condensation, in row order.

    `drawn` (kernels, n_samples, 3) are each kernel's standard normal points, else the fixed ones.
    With grown=False a source would defend itself with its first weight only, which is wrong.
    """
    means = kernels[["x_km", "y_km", "z_km"]].to_numpy()
    matrices = matrices_of(kernels)
    events = kernels["event_id"].to_numpy()
    first = kernels["weight"].to_numpy()
    weight = first.copy()
    size = np.sqrt(np.trace(matrices, axis1=1, axis2=2))
    fixed = normal_design(n_samples)
    for source in np.argsort(-size, kind="stable"):
        inside = (np.abs(means - means[source]) <= 4 * size[source]).all(axis=1)
        smaller = size < size[source] * (1 - 1e-9)
        targets = np.flatnonzero(inside & smaller & (events != events[source]))
        lower = np.linalg.cholesky(matrices[source])
        share, kept = weight[source] / n_samples, 0
        own_weight = weight[source]
        for z in fixed if drawn is None else drawn[source]:
            point = means[source] + lower @ z
            defence = own_weight if grown else first[source]
            own = np.log(defence) + log_density(point, means[source], matrices[source])
            values = [np.log(first[j]) + log_density(point, means[j], matrices[j]) for j in targets]
            if len(values) and max(values) > own:
                weight[targets[int(np.argmax(values))]] += share
            else:
                kept += 1
        weight[source] = own_weight * kept / n_samples
    return weight


def slow_winner(point, kernels, *, weighted):
    """Return the row of highest weight x density (or density) at a point."""
    means = kernels[["x_km", "y_km", "z_km"]].to_numpy()
    matrices = matrices_of(kernels)
    values = [
        log_density(point, m, c) + (np.log(w) if weighted else 0.0)
        for m, c, w in zip(means, matrices, kernels["weight"], strict=True)
    ]
    return int(np.argmax(values))
