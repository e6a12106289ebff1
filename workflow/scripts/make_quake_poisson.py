"""Cube of events drawn from a study's honest map: HierarchicalQuake's Poisson control."""

from pathlib import Path

from faultcast import io, logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.synthetic.quake_controls import poisson_cube, true_rate

with logs.job(snakemake.log[0]):
    options = {key: snakemake.params[key] for key in ("magnitude_min", "seed")}
    like = Cube.load(Path(snakemake.input.cells).parent)
    cube = poisson_cube(like, true_rate(io.read_table(snakemake.input.maps)), **options)
    provenance = record(dict(snakemake.input.items()), options)
    cube.save(Path(snakemake.output.cells).parent, provenance)
