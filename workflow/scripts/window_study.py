"""Predict the autoencoder's series and white noise behind LOESS of several windows."""

import pandas as pd

from faultcast import io, logs
from faultcast.provenance import record
from faultcast.train.novelty import SERIES
from faultcast.train.window_study import run_window_study

with logs.job(snakemake.log[0]):
    series = SERIES[snakemake.params.options["series"]]
    novelty = io.read_table(snakemake.input.novelty)
    tables = [
        run_window_study(
            days.sort_values("day")[series].to_numpy(),
            seed=int(seed),
            windows=snakemake.params.windows,
            threads=snakemake.params.train_threads,
            **snakemake.params.options,
        )
        for seed, days in novelty.groupby("seed")
    ]
    provenance = record(
        dict(snakemake.input.items()),
        {"windows": snakemake.params.windows, **snakemake.params.options},
    )
    io.write_table(pd.concat(tables, ignore_index=True), snakemake.output.predictions, provenance)
