"""Inputs and labels of HierarchicalQuake, made dense a few days at a time.

At the paper's size the dense cube would be 1.9 GB and its labels as many bytes again; here
two chunks of each are alive at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from faultcast.grid import WindowLabels

CHUNK_DAYS = 64


class QuakeDays:
    """Dense days and labels of a cube on a device.

    Parameters
    ----------
    labels : the labels, and by their `cube` the inputs.
    value : value of a cell, "maximum" or "last".
    device : where the tensors are wanted.
    """

    def __init__(self, labels: WindowLabels, value: str, device: torch.device) -> None:
        self.source, self._value, self._device = labels, value, device
        self._shape = labels.cube.n_rows, labels.cube.n_columns
        # days are asked for in order, or again from an earlier one: two chunks serve a block
        self._input_chunk = lru_cache(maxsize=2)(self._make_inputs)
        self._label_chunk = lru_cache(maxsize=2)(self._make_labels)

    def inputs(self, first: int, stop: int) -> Tensor:
        """Return days [first, stop), (n, rows, columns) float32 magnitudes, 0 where empty."""
        return self._joined(self._input_chunk, first, stop)

    def labels(self, first: int, stop: int) -> Tensor:
        """Return the labels of days [first, stop), (n, rows, columns) bool."""
        return self._joined(self._label_chunk, first, stop)

    def _joined(self, chunk: Callable[[int], Tensor], first: int, stop: int) -> Tensor:
        pieces = []
        for number in range(first // CHUNK_DAYS, (stop - 1) // CHUNK_DAYS + 1):
            begin = number * CHUNK_DAYS
            pieces.append(chunk(number)[max(first - begin, 0) : stop - begin])
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def _make_inputs(self, number: int) -> Tensor:
        cube, begin = self.source.cube, number * CHUNK_DAYS
        n = min(CHUNK_DAYS, cube.n_days - begin)
        return torch.from_numpy(cube.to_dense(begin, n, value=self._value)).to(self._device)

    def _make_labels(self, number: int) -> Tensor:
        begin = number * CHUNK_DAYS
        days = np.arange(begin, min(begin + CHUNK_DAYS, self.source.n_usable))
        dense = self.source.at(days).reshape(len(days), *self._shape)
        return torch.from_numpy(dense).to(self._device)
