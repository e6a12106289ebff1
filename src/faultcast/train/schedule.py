"""The learning rate over a training."""

from __future__ import annotations

import math


def rate_factor(progress: float, warmup_share: float) -> float:
    """Return what the learning rate is multiplied by: a straight warm-up, then half a cosine.

    Loshchilov and Hutter (2017), equation 5, without restarts, down to 0. A pure function of
    progress: a resumed training needs no state of it.

    Parameters
    ----------
    progress : share of all steps of the longest training that lie behind, in [0, 1).
    warmup_share : share of them over which the factor rises from 0 to 1.
    """
    if progress < warmup_share:
        return progress / warmup_share
    return 0.5 * (1.0 + math.cos(math.pi * (progress - warmup_share) / (1.0 - warmup_share)))
