"""Pass the weight of badly located kernels to better located ones."""

from faultcast import io, logs
from faultcast.condense import condense
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    condensed = condense(
        io.read_table(snakemake.input.kernels),
        **snakemake.params.options,
        threads=snakemake.threads,
    )
    crs = io.read_provenance(snakemake.input.kernels)["crs"]
    provenance = record(dict(snakemake.input.items()), snakemake.params.options, crs=crs)
    io.write_table(condensed, snakemake.output.condensed, provenance)
