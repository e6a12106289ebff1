"""Grid a selection of events into daily maps."""

from pathlib import Path

from faultcast import io, logs
from faultcast.catalog import Region, select_events
from faultcast.grid import daily_cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    region = Region.from_config(snakemake.params.region)
    events = select_events(
        io.read_table(snakemake.input.events),
        region,
        magnitude_min=snakemake.params.magnitude_min,
    )
    cube = daily_cube(events, region, cell_deg=snakemake.params.cell_deg)
    cube.save(Path(snakemake.output.cells).parent, record(dict(snakemake.input.items())))
