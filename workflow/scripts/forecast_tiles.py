"""Forecast tiles without a network."""

from pathlib import Path

from faultcast import io, logs
from faultcast.deformation import Tile
from faultcast.forecast.tile_baselines import run_baselines
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    tiles = {Path(path).parent.name: Tile.load(Path(path).parent) for path in snakemake.input.tiles}
    options = snakemake.params.options
    table, validation = run_baselines(tiles, protocol=snakemake.wildcards.tile_protocol, **options)
    provenance = record(dict(snakemake.input.items()), options)
    io.write_table(table, snakemake.output.table, provenance)
    io.write_csv(validation, snakemake.output.validation, provenance)
