"""Forecast other tiles without a network."""

from pathlib import Path

from faultcast import io, logs
from faultcast.deformation import Tile
from faultcast.forecast.tile_transfer import apply_baselines
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    options = snakemake.params.options
    table = apply_baselines(
        Tile.load(Path(snakemake.input.trained_on[0]).parent),
        {Path(path).parent.name: Tile.load(Path(path).parent) for path in snakemake.input.tiles},
        steps=snakemake.params.steps,
        **options,
    )
    io.write_table(table, snakemake.output.table, record(dict(snakemake.input.items()), options))
