"""Mixtures of HierarchicalQuake's two protocols: each switch alone moved to the other end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from faultcast.train.quake_protocol import FORMS, SWITCHES, QuakeProtocol

PUBLISHED, LEAK_FREE = "as_published_reset", "leak_free"

MOVED = (*SWITCHES, "published")
"""Switches that are moved; `published` is the schedule with the choice of the weights."""

NONE = ""
"""Stands for the switch of the row of an end itself."""


@dataclass(frozen=True)
class Mixture:
    """One row of the comparison.

    Parameters
    ----------
    start : form that all other switches are left at.
    switch : what is moved to its value at the other end; "" for none.
    protocol : the form that follows.
    """

    start: str
    switch: str
    protocol: QuakeProtocol


def mixtures() -> Iterator[Mixture]:
    """Yield both ends, each followed by its mixtures with one switch moved to the other end."""
    for start, other in ((PUBLISHED, LEAK_FREE), (LEAK_FREE, PUBLISHED)):
        begin, end = FORMS[start], FORMS[other]
        yield Mixture(start, NONE, begin)
        for switch in MOVED:
            yield Mixture(start, switch, replace(begin, **{switch: getattr(end, switch)}))
