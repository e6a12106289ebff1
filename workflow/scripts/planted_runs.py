"""Reconstruct planted networks of one generator and shape by one configuration."""

from faultcast import io, logs
from faultcast.evaluate.kamer2020.planted_truth import planted_runs
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    runs = planted_runs(**snakemake.params.options)
    io.write_table(runs, snakemake.output.runs, record(settings=snakemake.params.options))
