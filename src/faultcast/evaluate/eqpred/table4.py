"""Table IV of EQPRED: the model without skip connections, and without attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from faultcast.evaluate.eqpred.days import collect
from faultcast.evaluate.eqpred.prediction_claims import measure_rows, table4_claims
from faultcast.evaluate.eqpred.samples import summary
from faultcast.evaluate.eqpred.table1 import SCORE_IDS
from faultcast.models.registry import ROWS

KEYS = ("no_skip", "no_attention", "eqpred")
COLUMNS = (
    "model", "key", "protocol", "score", "mean", "standard_deviation", "n_seeds", "low", "high",
    "difference", "difference_low", "difference_high", "claimed", "reading", "n_days",
    "n_event_days", "n_onset_days", "published", "id",
)  # fmt: skip


def numbers(
    *,
    predictions: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
    n_resamples: int = 1000,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the table, one row a model, protocol and score (F1, NSE).

    Parameters
    ----------
    predictions : of the rows eqpred, no_skip and no_attention; others are left out.
    published : resources/published/eqpred.csv (`id`, `value`).
    n_resamples, block_days, seed : of the moving-block bootstrap over test days.

    Returns
    -------
    `COLUMNS`; scores as in Table I. `difference`: EQPRED's mean less this model's over the
    seeds that both have, its 95 % interval from resamples of the days and of the seeds, the same
    days for both models; `claimed`: the printed difference; `reading`: of the claim that the
    component helps, see `claims.reading`.

    Raises
    ------
    DataError
        The predictions hold no test days, or jobs do not fit together.
    """
    frames = [predictions] if isinstance(predictions, pd.DataFrame) else list(predictions)
    values = {}
    if published is not None:
        values = dict(zip(published["id"], published["value"], strict=True))
    measured = measure_rows(
        collect([frame[frame["model"].isin(KEYS)] for frame in frames]),
        values,
        n_resamples=n_resamples,
        block_days=block_days,
        seed=seed,
    )
    rows: list[dict[str, object]] = []
    for one in measured:
        claims = {(claim.compared, claim.score): claim for claim in table4_claims(one)}
        for key in KEYS:
            for score in ("F1", "NSE"):
                if score not in one.have(key):
                    continue
                name = f"table4.{key}.{SCORE_IDS[score]}"
                row: dict[str, object] = {
                    "model": ROWS[key].title if key != "eqpred" else "EQPRED (with both)",
                    "key": key,
                    "protocol": one.protocol,
                    "score": score,
                    **summary(one.samples[key][score]),
                    **asdict(one.counts[score]),
                    "published": values.get(name, np.nan),
                    "id": name if name in values else "",
                }
                claim = claims.get((f"EQPRED - {ROWS[key].title}", score))
                if claim:
                    row |= {
                        "difference": claim.found.value,
                        "difference_low": claim.found.low,
                        "difference_high": claim.found.high,
                        "claimed": claim.claimed,
                        "reading": claim.reading,
                    }
                rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS)).fillna({"reading": ""})
