"""Fit one set of points, or planted networks of one density, by every configuration."""

from faultcast import io, logs
from faultcast.evaluate.kamer2020.engines import engine_runs
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    inputs = {name: io.read_input(path) for name, path in snakemake.input.items()}
    runs = engine_runs(**inputs, **snakemake.params.options)
    settings = record(dict(snakemake.input.items()), snakemake.params.options)
    io.write_table(runs, snakemake.output.runs, settings)
