"""Logistic regression of a cell's label on its static rate and its recent counts."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faultcast.errors import DataError
from faultcast.forecast.cell_maps import EVEN_SHARE, CellMap
from faultcast.forecast.cell_recent import recent_sums
from faultcast.grid import Cube, WindowLabels
from faultcast.grid.window_labels import increasing


class CellLogistic:
    """p = 1 / (1 + exp(-(b0 + b1 log m + sum_i b_i log(1 + s_i / (tau_i m))))).

    m is the smoothed map and s_i the smoothed recent sums with memory tau_i: s / tau against m is
    the recent rate against the usual one. In training, the map of a fold of the train days comes
    from the other folds, so that b1 is not learned from a map that has seen the labels.

    Parameters
    ----------
    labels : what is learned, for the days of the same cube.
    magnitude_min, bandwidth_km : of the map and of the sums.
    even_share : part of the map that is spread evenly.
    decay_days : tau_i.
    step_days : every how many train days one is learned from; labels overlap from day to day.
    share : of the negative cell-days of those days that are learned from, weighted by 1 / share.
    n_folds : of the train days, in order of time.
    history_days : days at the cube's start that are history only.
    seed : of the choice of negatives.
    """

    def __init__(
        self,
        labels: WindowLabels,
        magnitude_min: float,
        bandwidth_km: float,
        *,
        even_share: float = EVEN_SHARE,
        decay_days: tuple[float, ...] = (10.0, 100.0, 1000.0),
        step_days: int = 10,
        share: float = 0.01,
        n_folds: int = 5,
        history_days: int = 365,
        seed: int = 0,
    ) -> None:
        if not 0 < share <= 1 or step_days < 1 or n_folds < 2 or not bandwidth_km > 0:
            raise DataError(
                f"share {share}, step of {step_days} days, {n_folds} folds, bandwidth of "
                f"{bandwidth_km} km: expected 0 < share <= 1, step >= 1, folds >= 2, bandwidth > 0"
            )
        self.labels = labels
        self.magnitude_min = magnitude_min
        self.bandwidth_km = bandwidth_km
        self.even_share = even_share
        self.decay_days = decay_days
        self.step_days = step_days
        self.share = share
        self.n_folds = n_folds
        self.history_days = history_days
        self.seed = seed

    def fit(self, cube: Cube, train_days: NDArray[np.int64]) -> Self:
        """Learn the weights from the train days; they must have labels.

        Raises
        ------
        DataError
            The days learned from hold no positive label, or all days are history.
        """
        from sklearn.linear_model import LogisticRegression

        self._cube = cube
        rng = np.random.default_rng(self.seed)
        features, truth = [], []
        for fold in np.array_split(train_days, self.n_folds):
            rest = np.setdiff1d(train_days, fold)
            rate = self._map_of(rest)
            chosen = fold[fold >= self.history_days][:: self.step_days]
            label = self.labels.at(chosen)
            taken = label | (rng.random(label.shape) < self.share)
            for i, feature in enumerate(self._features(chosen, rate)):
                features.append(feature[taken[i]])
                truth.append(label[i][taken[i]])
        if not features:
            raise DataError(
                f"all {len(train_days)} train days lie in the first {self.history_days} days, "
                "which are history only: give more train days"
            )
        x, y = np.concatenate(features), np.concatenate(truth)
        if not y.any():
            raise DataError(
                f"no positive label of M >= {self.labels.magnitude_min:g} in {len(train_days)} "
                "train days: there is nothing to learn from"
            )
        weights = np.where(y, 1.0, 1.0 / self.share)
        self._model = LogisticRegression(max_iter=1000).fit(x, y, sample_weight=weights)
        self._map = self._map_of(train_days)
        return self

    @property
    def weights(self) -> NDArray[np.float64]:
        """b0, b1 and b_i, (2 + number of memories,)."""
        return np.concatenate([self._model.intercept_, self._model.coef_[0]])

    def scores(self, days: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, (n, n_cells)."""
        t = increasing(days)
        p = np.empty((len(t), len(self._map)), dtype=np.float32)
        for i, feature in enumerate(self._features(t, self._map)):
            z = self.weights[0] + feature @ self.weights[1:]
            p[i] = 1.0 / (1.0 + np.exp(-z))
        return p

    def _map_of(self, days: NDArray[np.int64]) -> NDArray[np.float64]:
        own = CellMap(self.magnitude_min, self.bandwidth_km, self.even_share)
        return own.fit(self._cube, days).rate

    def _features(self, days: NDArray[np.int64], rate: NDArray[np.float64]) -> Any:
        """Yield the features of each day, (n_cells, 1 + number of memories)."""
        usual = np.log(rate)
        recent = [
            recent_sums(
                self._cube,
                days,
                magnitude_min=self.magnitude_min,
                decay_days=decay,
                bandwidth_km=self.bandwidth_km,
            )
            for decay in self.decay_days
        ]
        for sums in zip(*recent, strict=True):
            ratios = [
                np.log1p(s / (tau * rate)) for s, tau in zip(sums, self.decay_days, strict=True)
            ]
            yield np.column_stack([usual, *ratios])
