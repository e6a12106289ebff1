"""Hypocentres of a selection of events in km."""

from faultcast import io, logs
from faultcast.catalog import Region, place_events
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    projection = Region.from_config(snakemake.params.region).projection()
    points = place_events(io.read_table(snakemake.input.events), projection)
    provenance = record(dict(snakemake.input.items()), crs=projection.crs)
    io.write_table(points, snakemake.output.points, provenance)
