"""Hypocentres of a variant of the catalog: a selection of its events, or their relocations."""

from faultcast import io, logs
from faultcast.catalog import Region
from faultcast.evaluate.kamer2020.catalog_points import catalog_points
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    tables = {name: io.read_table(path) for name, path in inputs.items()}
    projection = Region.from_config(snakemake.params.region).projection()
    points = catalog_points(variant=snakemake.wildcards.variant, projection=projection, **tables)
    settings = {"variant": snakemake.wildcards.variant}
    io.write_table(points, snakemake.output.points, record(inputs, settings, crs=projection.crs))
