"""Train one autoencoder under one protocol, one seed after the other."""

from pathlib import Path

from faultcast import logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.train.eqpred import run_autoencoder
from faultcast.train.job import join_seeds

with logs.job(snakemake.log[0]):
    folder = Path(snakemake.output.record).parent
    cube = Cube.load(Path(snakemake.input.cells).parent)
    runs = [
        run_autoencoder(
            cube,
            protocol=snakemake.wildcards.protocol,
            kind=snakemake.wildcards.kind,
            latent_size=int(snakemake.wildcards.latent_size),
            seed=int(seed),
            threads=snakemake.params.train_threads,
            checkpoint_folder=folder.with_name(folder.name + "_checkpoints"),
            **snakemake.params.options,
        )
        for seed in snakemake.wildcards.seeds.split("-")
    ]
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    join_seeds(runs).write(provenance, **snakemake.output)
