"""Table II of EQPRED: its autoencoder against a variational one, on the maps of the test days."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.eqpred import reconstruction

KINDS = {"skip": ("EQPRED", "table2.eqpred"), "vae": ("VAE", "table2.vae")}


def numbers(
    *,
    novelty: Sequence[pd.DataFrame] | pd.DataFrame,
    published: pd.DataFrame | None = None,
    latent_size: int = 16,
    n_resamples: int = 500,
    block_days: int = 90,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the table, one row a model, protocol and score.

    Parameters
    ----------
    novelty : `novelty.parquet` of EQPRED's autoencoder ("skip") and of the variational one
        ("vae"), all protocols and seeds; other kinds and sizes are left out.
    published : resources/published/eqpred.csv (`id`, `value`).
    latent_size : of both.
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
    scored = [
        one
        for one in reconstruction.collect_maps(novelty)
        if one.autoencoder in KINDS and one.latent_size == latent_size
    ]
    if not scored:
        raise DataError(
            f"no autoencoder of the kinds {', '.join(KINDS)} with a latent size of {latent_size} "
            "among the novelty tables: train one, or give its size"
        )
    return reconstruction.table(
        sorted(scored, key=lambda one: list(KINDS).index(one.autoencoder)),
        lambda kind, _: KINDS[kind],
        published,
        n_resamples=n_resamples,
        block_days=block_days,
        seed=seed,
    )
