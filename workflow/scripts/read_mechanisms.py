"""Read the focal mechanisms and relocated hypocentres of a catalog's events."""

from faultcast import io, logs
from faultcast.catalog import read_mechanisms
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    mechanisms, rejected = read_mechanisms(snakemake.input.file)
    provenance = record(dict(snakemake.input.items()), datasets=[snakemake.params.dataset])
    io.write_table(mechanisms, snakemake.output.mechanisms, provenance)
    io.write_csv(rejected, snakemake.output.rejected, provenance)
