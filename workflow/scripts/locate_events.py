"""Describe where each event may lie by Gaussian kernels."""

from faultcast import io, logs
from faultcast.catalog import Region
from faultcast.location.stage import locate_events
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    projection = Region.from_config(snakemake.params.region).projection()
    kernels, coefficients, medians = locate_events(
        io.read_table(snakemake.input.events),
        io.read_table(snakemake.input.covariances),
        io.read_table(snakemake.input.samples),
        projection,
    )
    provenance = record(dict(snakemake.input.items()), crs=projection.crs)
    io.write_table(kernels, snakemake.output.kernels, provenance)
    io.write_csv(coefficients, snakemake.output.coefficients, provenance)
    io.write_csv(medians, snakemake.output.medians, provenance)
