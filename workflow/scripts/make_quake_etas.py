"""Cube of the simulated region's true events: HierarchicalQuake's ETAS control."""

from pathlib import Path

from faultcast import io, logs
from faultcast.catalog import Region
from faultcast.provenance import record
from faultcast.synthetic.quake_controls import etas_cube

with logs.job(snakemake.log[0]):
    region = Region.from_config(snakemake.params.region)
    truth = io.read_table(snakemake.input.truth)
    cube = etas_cube(truth, region, magnitude_min=snakemake.params.magnitude_min)
    provenance = record(dict(snakemake.input.items()), snakemake.params.region)
    cube.save(Path(snakemake.output.cells).parent, provenance)
