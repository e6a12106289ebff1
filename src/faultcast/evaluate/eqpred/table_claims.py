"""Each comparison that EQPRED's paper rests on, with our difference and what it says."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.evaluate.eqpred.claims import Claim, as_table
from faultcast.evaluate.eqpred.days import collect
from faultcast.evaluate.eqpred.prediction_claims import (
    measure_rows,
    table1_claims,
    table4_claims,
)
from faultcast.evaluate.eqpred.reconstruction import collect_maps
from faultcast.evaluate.eqpred.reconstruction_claims import reconstruction_claims


def numbers(
    *,
    predictions: Sequence[pd.DataFrame] | pd.DataFrame,
    novelty: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame,
    n_resamples: int = 1000,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the comparisons of Tables I to IV, one row each and protocol.

    Parameters
    ----------
    predictions : of all rows, protocols and seeds (`predictions.parquet`).
    novelty : of the autoencoders of Tables II and III (`novelty.parquet`).
    published : resources/published/eqpred.csv (`id`, `value`): the claimed differences.
    n_resamples, block_days, seed : of the moving-block bootstrap over test days.

    Returns
    -------
    `claims.COLUMNS`. `difference` is above 0 where the claim is right in our means; `low` and
    `high` bound 95 % of it over resamples of days and seeds, the same for both models.
    Comparisons whose models were not trained are left out.

    Raises
    ------
    DataError
        Predictions or novelty tables hold no test days, or jobs do not fit together.
    """
    values = dict(zip(published["id"], published["value"], strict=True))
    measured = measure_rows(
        collect(predictions), values, n_resamples=n_resamples, block_days=block_days, seed=seed
    )
    maps = list(
        reconstruction_claims(
            collect_maps(novelty),
            values,
            n_resamples=n_resamples,
            block_days=block_days,
            seed=seed,
        )
    )
    by_table: list[Claim] = [claim for one in measured for claim in table1_claims(one)]
    by_table += maps
    by_table += [claim for one in measured for claim in table4_claims(one)]
    return as_table(by_table)
