"""Estimate the magnitude of completeness of a selection, window by window."""

from faultcast import io, logs
from faultcast.catalog import completeness_over_time
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    windows = completeness_over_time(io.read_table(snakemake.input.events))
    provenance = record(dict(snakemake.input.items()))
    io.write_csv(windows, snakemake.output.completeness, provenance)
