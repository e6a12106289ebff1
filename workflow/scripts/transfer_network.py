"""Forecast other tiles with a network as it was trained."""

from pathlib import Path

from faultcast import io, logs
from faultcast.deformation import Tile
from faultcast.forecast.tile_transfer import apply_network
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    table = apply_network(
        snakemake.input.weights,
        snakemake.input.record,
        Tile.load(Path(snakemake.input.trained_on[0]).parent),
        {Path(path).parent.name: Tile.load(Path(path).parent) for path in snakemake.input.tiles},
        steps=snakemake.params.steps,
    )
    io.write_table(table, snakemake.output.table, record(dict(snakemake.input.items())))
