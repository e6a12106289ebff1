"""Train one row of EQPRED's tables under one protocol, one seed after the other."""

from pathlib import Path

from faultcast import io, logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.train.eqpred import run_row
from faultcast.train.job import join_seeds

with logs.job(snakemake.log[0]):
    folder = Path(snakemake.output.record).parent
    cube = Cube.load(Path(snakemake.input.cells).parent)
    path = snakemake.input.get("novelty")
    novelty = None if path is None else io.read_table(path)
    runs = [
        run_row(
            cube,
            snakemake.wildcards.row,
            None if novelty is None else novelty[novelty["seed"] == int(seed)],
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
