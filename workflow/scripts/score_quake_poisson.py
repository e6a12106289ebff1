"""Gains over the honest map on HierarchicalQuake's Poisson control."""

from pathlib import Path

from faultcast import io, logs
from faultcast.evaluate.hierarchicalquake.control_runs import numbers
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.synthetic.quake_controls import TrueMap, true_rate

with logs.job(snakemake.log[0]):
    oracle = TrueMap(true_rate(io.read_table(snakemake.input.drawn_from)))
    gains = numbers(
        cube=Cube.load(Path(snakemake.input.cells).parent),
        maps=io.read_table(snakemake.input.maps),
        oracle=oracle,
        weights=snakemake.input.weights,
        records=snakemake.input.records,
        **snakemake.params.options,
    )
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    io.write_table(gains, snakemake.output.gains, provenance)
