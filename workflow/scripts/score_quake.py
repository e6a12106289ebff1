"""Scores of all networks of a study of HierarchicalQuake under one protocol."""

from pathlib import Path

from faultcast import io, logs
from faultcast.evaluate.hierarchicalquake.network_scores import numbers
from faultcast.grid import Cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    scores, reliability = numbers(
        cube=Cube.load(Path(snakemake.input.cells).parent),
        maps=io.read_table(snakemake.input.maps),
        weights=snakemake.input.weights,
        records=snakemake.input.records,
        form=snakemake.params.form,
    )
    provenance = record(dict(snakemake.input.items()), {})
    io.write_table(scores, snakemake.output.scores, provenance)
    io.write_table(reliability, snakemake.output.reliability, provenance)
