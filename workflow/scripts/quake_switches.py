"""Train and score HierarchicalQuake with each switch between two protocols moved alone."""

from pathlib import Path

from faultcast import io, logs
from faultcast.evaluate.hierarchicalquake.switch_runs import numbers
from faultcast.grid import Cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    runs = numbers(
        cube=Cube.load(Path(snakemake.input.cells).parent),
        maps=io.read_table(snakemake.input.maps),
        seed=int(snakemake.wildcards.seed),
        threads=snakemake.params.train_threads,
        checkpoint_folder=Path(snakemake.output.runs).with_suffix(".checkpoints"),
        **snakemake.params.options,
    )
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    io.write_table(runs, snakemake.output.runs, provenance)
