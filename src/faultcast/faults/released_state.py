"""The kernels of the released engine between its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faultcast.errors import DataError
from faultcast.faults.boxes import Box


@dataclass(frozen=True)
class State:
    """Kernels, Gaussians and backgrounds, with the points that hard assignment gave them.

    Attributes
    ----------
    weights : (K,)
    means : (K, 3), km
    covariances : (K, 3, 3), km^2
    is_background : (K,) bool
    boxes : K boxes; a Gaussian's says which others it may merge with
    labels : (n,) int, the kernel of each point; -1 for none
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    is_background: np.ndarray
    boxes: Sequence[Box]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.weights)

    def kept(self, kernels: np.ndarray, labels: np.ndarray) -> State:
        """Return the state of some kernels (indices) alone, for `labels` (n,) of this one."""
        place = np.full(len(self) + 1, -1)
        place[kernels] = np.arange(len(kernels))
        return State(
            self.weights[kernels],
            self.means[kernels],
            self.covariances[kernels],
            self.is_background[kernels],
            [self.boxes[k] for k in kernels],
            place[labels],
        )


def join(parts: Sequence[tuple[np.ndarray, State]], n_points: int) -> State:
    """Put the states of subsets (members (m,), state) together, weights by the subsets' sizes.

    Raises
    ------
    DataError
        There is no subset.
    """
    if not parts:
        raise DataError("no subset has enough points for a kernel; ask for fewer subsets")
    labels = np.full(n_points, -1, np.int64)
    first = 0
    for members, state in parts:
        labels[members] = np.where(state.labels >= 0, state.labels + first, -1)
        first += len(state)
    states = [state for _, state in parts]
    return State(
        np.concatenate([state.weights * (len(m) / n_points) for m, state in parts]),
        np.concatenate([state.means for state in states]),
        np.concatenate([state.covariances for state in states]),
        np.concatenate([state.is_background for state in states]),
        [box for state in states for box in state.boxes],
        labels,
    )
