"""The number of numba threads, set for a block and put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba

from faultcast.errors import DataError


@contextmanager
def numba_threads(threads: int) -> Iterator[None]:
    """Run the block with at most `threads` numba threads."""
    if threads < 1:
        raise DataError(f"threads is {threads}; expected 1 or more")
    before = numba.get_num_threads()
    most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set at numba's import
    numba.set_num_threads(min(threads, most))
    try:
        yield
    finally:
        numba.set_num_threads(before)
