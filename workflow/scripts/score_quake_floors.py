"""Scores of all forecasts without a network on the test days of a study of HierarchicalQuake."""

from pathlib import Path

from faultcast import io, logs
from faultcast.evaluate.hierarchicalquake.floor_scores import numbers
from faultcast.grid import Cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    cube = Cube.load(Path(snakemake.input.cells).parent)
    scores, reliability = numbers(cube=cube, **snakemake.params.options)
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    io.write_table(scores, snakemake.output.scores, provenance)
    io.write_table(reliability, snakemake.output.reliability, provenance)
