"""Grid a selection of events for HierarchicalQuake: its lineage's box, or cells of a region."""

from pathlib import Path

from faultcast import io, logs
from faultcast.catalog import Region
from faultcast.grid import daily_cube, sinusoidal_cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    events = io.read_table(snakemake.input.events)
    region = Region.from_config(snakemake.params.region)
    cell = snakemake.params.cell
    if "cell_km" in cell:
        start, n_days = region.start, (region.end - region.start).days
        cube = sinusoidal_cube(events, **cell, start=start, n_days=n_days)
    else:
        cube = daily_cube(events, region, **cell)
    cube.save(Path(snakemake.output.cells).parent, record(dict(snakemake.input.items()), cell))
