"""Hypocentres around the largest shock of a selection, in km."""

from faultcast import io, logs
from faultcast.catalog import Region, largest_sequence, place_events
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    projection = Region.from_config(snakemake.params.region).projection()
    sequence = largest_sequence(io.read_table(snakemake.input.events), projection)
    provenance = record(dict(snakemake.input.items()), crs=projection.crs)
    io.write_table(place_events(sequence, projection), snakemake.output.points, provenance)
