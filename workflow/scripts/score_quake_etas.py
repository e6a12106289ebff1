"""Gains over the honest map on HierarchicalQuake's ETAS control."""

from pathlib import Path

from faultcast import io, logs
from faultcast.catalog import Region
from faultcast.evaluate.hierarchicalquake.control_runs import numbers
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.synthetic.quake_controls import etas_oracle

with logs.job(snakemake.log[0]):
    oracle = etas_oracle(
        io.read_table(snakemake.input.truth),
        io.read_input(snakemake.input.faults),
        Region.from_config(snakemake.params.region),
        magnitude_min=snakemake.params.options["magnitude_min"],
    )
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
