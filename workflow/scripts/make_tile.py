"""Put a tile on its lattice: EGMS as delivered, stations, a crop of Mexico City, or simulated."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from faultcast import io, logs
from faultcast.catalog.table import REJECTED_COLUMNS
from faultcast.deformation import (
    Lattice,
    coarser_tile,
    egms_series,
    level3_tile,
    mean_tile,
    read_egms,
    read_gnss_positions,
    read_mexico_city,
    station_tile,
)
from faultcast.provenance import record
from faultcast.synthetic.displacement import displacement_tile

with logs.job(snakemake.log[0]):
    name = snakemake.wildcards.tile
    making, source = snakemake.params.making, snakemake.input.source
    rejected = pd.DataFrame({column: [] for column in REJECTED_COLUMNS})
    if "stations" in making:
        options = dict(making["stations"])
        positions, stations = source
        series, unread = read_gnss_positions(positions, stations, options.pop("component"))
        tile, unused = station_tile(series, **options)
        rejected = pd.concat([unread, unused], ignore_index=True)
    elif "coarsen" in making:
        tile = coarser_tile(read_mexico_city(source[0]), making["coarsen"])
    else:
        if "simulate" in making:
            options = dict(making["simulate"])
            step = pd.Timestamp(options.pop("step"), tz="UTC")
            table, _ = displacement_tile(step_time=step, **options)
            series = egms_series(table, "U", name)
        else:
            series, rejected = read_egms(source[0])
        if snakemake.input.lattice:
            lattice = Lattice(**io.read_json(snakemake.input.lattice[0])["lattice"])
            tile = mean_tile(series, lattice)
        else:
            tile = level3_tile(series, snakemake.params.n_cells)
    tile = replace(tile, name=name)
    provenance = record(dict(snakemake.input.items()), making)
    tile.save(Path(snakemake.output.cells).parent, provenance)
    io.write_csv(rejected, snakemake.output.rejected, provenance)
