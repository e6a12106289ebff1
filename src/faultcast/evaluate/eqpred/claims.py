"""What EQPRED's paper claims by comparing models, and how to read our difference beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from faultcast.evaluate.eqpred.samples import Difference

HOLDS, FAILS, UNSURE = "holds", "does not hold", "cannot tell"
COLUMNS = (
    "id", "claim", "protocol", "score", "compared", "difference", "low", "high", "claimed",
    "reading", "n_seeds", "n_days", "n_event_days", "n_onset_days",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """Days that a score was taken on, and event and onset days of the test part."""

    n_days: int
    n_event_days: int
    n_onset_days: int | None = None


@dataclass(frozen=True)
class Claim:
    """One comparison under one protocol.

    `found`: our difference, above 0 where the claim holds. `claimed`: the same difference as
    printed (NaN if it is not). `compared` says what is subtracted from what; `id` is the claim
    among the published numbers.
    """

    id: str
    claim: str
    protocol: str
    score: str
    compared: str
    found: Difference
    claimed: float
    counts: Counts

    @property
    def reading(self) -> str:
        """What our difference says of the claim; see `reading`."""
        return reading(self.found.low, self.found.high, self.claimed)


def reading(low: float, high: float, claimed: float) -> str:
    """Return "holds", "does not hold" or "cannot tell".

    "holds": the interval [low, high] of our difference lies above 0. "does not hold": it lies
    below 0; or it holds 0 and is no wider than the claimed difference, so that a difference of
    that size would have shown. "cannot tell": it holds 0 and is wider than the claimed difference,
    or there is no interval, or no claimed size to judge its width by.
    """
    if low > 0.0:
        return HOLDS
    if high < 0.0 or (low <= 0.0 <= high and high - low <= claimed):
        return FAILS
    return UNSURE


def joint_reading(readings: Iterable[str]) -> str:
    """Return the reading of a claim of several parts: one that fails fails it."""
    parts = list(readings)
    if FAILS in parts:
        return FAILS
    return HOLDS if parts and set(parts) == {HOLDS} else UNSURE


def oriented(found: Difference, sign: float) -> Difference:
    """Return a difference or, with sign -1, its negative."""
    low, high = (found.low, found.high) if sign > 0 else (-found.high, -found.low)
    # + 0.0: none is no negative number
    return Difference(sign * found.value + 0.0, low + 0.0, high + 0.0, found.n_seeds)


def printed_difference(values: Mapping[str, float], one: str, other: str, sign: float) -> float:
    """Return sign * (one - other) of two printed numbers, NaN where one is not printed."""
    # both have the same number of decimals; their difference has no more
    return round(sign * (values.get(one, np.nan) - values.get(other, np.nan)), 6)


def as_table(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return `COLUMNS`, one row a comparison, the protocols of a claim one below the other."""
    rows = [
        {
            "id": claim.id,
            "claim": claim.claim,
            "protocol": claim.protocol,
            "score": claim.score,
            "compared": claim.compared,
            "difference": claim.found.value,
            "low": claim.found.low,
            "high": claim.found.high,
            "claimed": claim.claimed,
            "reading": claim.reading,
            "n_seeds": claim.found.n_seeds,
            **asdict(claim.counts),
        }
        for claim in claims
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    places = {name: place for place, name in enumerate(dict.fromkeys(frame["id"]))}
    frame = frame.sort_values("id", key=lambda ids: ids.map(places), kind="stable")
    return frame.reset_index(drop=True).astype({"n_onset_days": "Int64"})


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the claims of a table of comparisons, each with its parts taken together.

    Returns
    -------
    id, protocol, value (1.0 if every mean difference has the claimed sign, else 0.0), reading
    (`joint_reading`), n_seeds (the smallest), n_event_days.
    """
    rows = [
        {
            "id": name,
            "protocol": protocol,
            "value": float((parts["difference"] > 0.0).all()),
            "reading": joint_reading(parts["reading"]),
            "n_seeds": int(parts["n_seeds"].min()),
            "n_event_days": int(parts["n_event_days"].iloc[0]),
        }
        for (name, protocol), parts in table.groupby(["id", "protocol"], sort=False)
    ]
    columns = ["id", "protocol", "value", "reading", "n_seeds", "n_event_days"]
    return pd.DataFrame(rows, columns=columns)
