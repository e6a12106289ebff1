"""Static maps of a study of HierarchicalQuake, of each origin."""

from pathlib import Path

from faultcast import io, logs
from faultcast.evaluate.hierarchicalquake.maps import numbers
from faultcast.grid import Cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    cube = Cube.load(Path(snakemake.input.cells).parent)
    maps = numbers(cube=cube, **snakemake.params.options)
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    io.write_table(maps, snakemake.output.maps, provenance)
