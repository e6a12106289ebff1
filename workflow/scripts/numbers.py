"""Compute the numbers of one figure or table: the rule names the module that does it."""

from importlib import import_module

from faultcast import io, logs
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    module = import_module(snakemake.params.module)
    inputs = {
        name: io.read_input(path) if isinstance(path, str) else [io.read_input(p) for p in path]
        for name, path in snakemake.input.items()
    }
    numbers = module.numbers(**inputs, **snakemake.params.options)
    io.write_csv(
        numbers,
        snakemake.output.numbers,
        record(dict(snakemake.input.items()), snakemake.params.options),
    )
