"""Read the files of a catalog into one event table."""

from faultcast import io, logs
from faultcast.catalog.assemble import assemble_catalog
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    files = {
        role: [paths] if isinstance(paths, str) else list(paths)
        for role, paths in snakemake.input.items()
    }
    catalog = assemble_catalog(**files, **snakemake.params.options)
    provenance = record(
        dict(snakemake.input.items()), snakemake.params.options, datasets=snakemake.params.datasets
    )
    io.write_table(catalog.events, snakemake.output.events, provenance)
    io.write_table(catalog.covariances, snakemake.output.covariances, provenance)
    io.write_table(catalog.samples, snakemake.output.samples, provenance)
    io.write_csv(catalog.rejected, snakemake.output.rejected, provenance)
