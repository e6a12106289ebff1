"""Train EQPRED with each step between the two protocols alone, and with all but each."""

from pathlib import Path

import pandas as pd

from faultcast import io, logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.train.leak_steps import run_leak_steps

with logs.job(snakemake.log[0]):
    folder = Path(snakemake.output.predictions).parent
    cube = Cube.load(Path(snakemake.input.cells).parent)
    tables = [
        run_leak_steps(
            cube,
            seed=int(seed),
            threads=snakemake.params.train_threads,
            checkpoint_folder=folder.with_name(folder.name + "_checkpoints"),
            **snakemake.params.options,
        )
        for seed in snakemake.wildcards.seeds.split("-")
    ]
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    io.write_table(pd.concat(tables, ignore_index=True), snakemake.output.predictions, provenance)
