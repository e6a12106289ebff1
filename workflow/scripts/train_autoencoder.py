"""Train one autoencoder under one protocol, one seed after the other."""

from faultcast import logs
from faultcast.train.eqpred_files import train_autoencoder
from faultcast.train.launch import launch

with logs.job(snakemake.log[0]):
    launch(
        train_autoencoder,
        {
            "inputs": dict(snakemake.input.items()),
            "outputs": dict(snakemake.output.items()),
            "protocol": snakemake.wildcards.protocol,
            "kind": snakemake.wildcards.kind,
            "latent_size": int(snakemake.wildcards.latent_size),
            "seeds": [int(seed) for seed in snakemake.wildcards.seeds.split("-")],
            "threads": snakemake.params.train_threads,
            "options": snakemake.params.options,
        },
        processes=snakemake.params.train_processes,
        nodes=snakemake.resources.get("nodes", 1),
        log=snakemake.log[0],
    )
