"""Train one network on tiles under one protocol, one seed after the other."""

from pathlib import Path

from faultcast import logs
from faultcast.deformation import Tile
from faultcast.provenance import record
from faultcast.train.job import join_seeds
from faultcast.train.tile import run_tile

with logs.job(snakemake.log[0]):
    folder = Path(snakemake.output.record).parent
    tiles, others = (
        {Path(path).parent.name: Tile.load(Path(path).parent) for path in paths}
        for paths in (snakemake.input.tiles, snakemake.input.get("others", []))
    )
    runs = [
        run_tile(
            tiles,
            model=snakemake.params.model,
            label=snakemake.wildcards.tile_network,
            protocol=snakemake.wildcards.tile_protocol,
            seed=int(seed),
            also_train=others,
            threads=snakemake.params.train_threads,
            checkpoint_folder=folder.with_name(folder.name + "_checkpoints"),
            **snakemake.params.options,
        )
        for seed in snakemake.wildcards.seeds.split("-")
    ]
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    join_seeds(runs).write(provenance, **snakemake.output)
