"""Table III of EQPRED: its autoencoder with a bottleneck of several sizes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.eqpred import reconstruction

KIND = "skip"


def numbers(
    *,
    novelty: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the table, one row a size of the latent space, protocol and score.

    Parameters
    ----------
    novelty : `novelty.parquet` of EQPRED's autoencoder ("skip") of all sizes, protocols and
        seeds; other kinds are left out.
    published : resources/published/eqpred.csv (`id`, `value`).
    n_resamples, block_days, seed : of the moving-block bootstrap over test days.

    Returns
    -------
    `reconstruction.COLUMNS`; scores as in `reconstruction.measure_maps`, on all test days. The
    row "all cells empty" is the accuracy of a picture without any event.

    Raises
    ------
    DataError
        No such autoencoder is given, or jobs do not fit together.
    """
    scored = [one for one in reconstruction.collect_maps(novelty) if one.autoencoder == KIND]
    if not scored:
        raise DataError(f"no autoencoder of the kind {KIND} among the novelty tables: train one")
    return reconstruction.table(
        scored,
        lambda _, size: (f"latent size {size}", f"table3.latent{size}"),
        published,
        n_resamples=n_resamples,
        block_days=block_days,
        seed=seed,
    )
