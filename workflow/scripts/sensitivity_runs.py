"""Reconstruct planted networks of one shape and noise level at all sampling densities."""

from faultcast import io, logs
from faultcast.evaluate.kamer2020.sensitivity import sensitivity_runs
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    runs = sensitivity_runs(**snakemake.params.options)
    io.write_table(runs, snakemake.output.runs, record(settings=snakemake.params.options))
