"""Select the events of a region, a period and a smallest magnitude."""

from faultcast import io, logs
from faultcast.catalog import Region, select_events
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    events = select_events(
        io.read_table(snakemake.input.events),
        Region.from_config(snakemake.params.region),
        magnitude_min=snakemake.params.magnitude_min,
    )
    provenance = record(dict(snakemake.input.items()), snakemake.params.region)
    io.write_table(events, snakemake.output.events, provenance)
