"""Train one of HierarchicalQuake's networks under one protocol, one seed after the other."""

from pathlib import Path

from faultcast import io, logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.train.quake import run_quake
from faultcast.train.quake_result import join_trainings

with logs.job(snakemake.log[0]):
    folder = Path(snakemake.output.record).parent
    cube = Cube.load(Path(snakemake.input.cells).parent)
    maps = io.read_table(snakemake.input.maps)
    runs = [
        run_quake(
            cube,
            maps,
            variant=snakemake.wildcards.variant,
            form=snakemake.params.form,
            seed=int(seed),
            threads=snakemake.params.train_threads,
            checkpoint_folder=folder.with_name(folder.name + "_checkpoints"),
            **snakemake.params.options,
        )
        for seed in snakemake.wildcards.seeds.split("-")
    ]
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    join_trainings(runs).write(provenance, **snakemake.output)
