"""Put the days of a cube into random order."""

from pathlib import Path

from faultcast import logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.synthetic.shuffled import shuffled_cube

with logs.job(snakemake.log[0]):
    cube = shuffled_cube(Cube.load(Path(snakemake.input.cells).parent), snakemake.params.seed)
    provenance = record(dict(snakemake.input.items()), {"seed": snakemake.params.seed})
    cube.save(Path(snakemake.output.cells).parent, provenance)
