"""Grid a selection of events into daily maps."""

from pathlib import Path

from faultcast import io, logs
from faultcast.catalog import Region, select_events
from faultcast.grid import daily_cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    region = Region.from_config(snakemake.params.region)
    magnitude_min = snakemake.params.magnitude_min
    events = select_events(
        io.read_table(snakemake.input.events), region, magnitude_min=magnitude_min
    )
    cube = daily_cube(
        events,
        region,
        cell_deg=snakemake.params.cell_deg,
        complete_from=magnitude_min if snakemake.params.mask_incomplete else None,
    )
    cube.save(Path(snakemake.output.cells).parent, record(dict(snakemake.input.items())))
