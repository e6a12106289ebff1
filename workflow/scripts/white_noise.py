"""Train EQPRED's predictor on white noise in place of the autoencoder's series."""

from pathlib import Path

from faultcast import logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.train.job import join_seeds
from faultcast.train.white_noise import run_white_noise

with logs.job(snakemake.log[0]):
    folder = Path(snakemake.output.record).parent
    cube = Cube.load(Path(snakemake.input.cells).parent)
    runs = [
        run_white_noise(
            cube,
            protocol=snakemake.wildcards.protocol,
            seed=int(seed),
            threads=snakemake.params.train_threads,
            checkpoint_folder=folder.with_name(folder.name + "_checkpoints"),
            **snakemake.params.options,
        )
        for seed in snakemake.wildcards.seeds.split("-")
    ]
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    join_seeds(runs).write(provenance, **snakemake.output)
