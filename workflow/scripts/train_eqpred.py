"""Train EQPRED under one protocol with one seed."""

from pathlib import Path

from safetensors.numpy import save_file

from faultcast import io, logs
from faultcast.grid import Cube
from faultcast.provenance import record
from faultcast.train.eqpred import run_eqpred

with logs.job(snakemake.log[0]):
    folder = Path(snakemake.output.record).parent
    result = run_eqpred(
        Cube.load(Path(snakemake.input.cells).parent),
        protocol=snakemake.wildcards.protocol,
        seed=int(snakemake.wildcards.seed),
        threads=snakemake.params.train_threads,
        checkpoint_folder=folder.with_name(folder.name + "_checkpoints"),
        **snakemake.params.options,
    )
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    io.write_table(result.predictions, snakemake.output.predictions, provenance)
    io.write_csv(result.history, snakemake.output.history, provenance)
    with io.write_aside(snakemake.output.weights) as aside:
        save_file(result.weights, aside)
    io.write_json(result.record | {"provenance": provenance}, snakemake.output.record)
