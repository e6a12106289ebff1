"""Put a tile on its lattice: EGMS as delivered, stations, a crop of Mexico City, or simulated."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from faultcast import io, logs
from faultcast.catalog.table import REJECTED_COLUMNS
from faultcast.deformation import Lattice, egms_series, gridded, measured_tile
from faultcast.provenance import record
from faultcast.synthetic.displacement import displacement_tile

with logs.job(snakemake.log[0]):
    name, making = snakemake.wildcards.tile, snakemake.params.making
    on = [Lattice(**io.read_json(path)["lattice"]) for path in snakemake.input.lattice]
    place = {"lattice": on[0] if on else None, "n_cells": snakemake.params.n_cells}
    if "simulate" in making:
        options = dict(making["simulate"])
        step = pd.Timestamp(options.pop("step"), tz="UTC")
        table, _ = displacement_tile(step_time=step, **options)
        tile = gridded(egms_series(table, "U", name), **place)
        rejected = pd.DataFrame({column: [] for column in REJECTED_COLUMNS})
    else:
        tile, rejected = measured_tile(snakemake.input.source, making, **place)
    provenance = record(dict(snakemake.input.items()), making)
    replace(tile, name=name).save(Path(snakemake.output.cells).parent, provenance)
    io.write_csv(rejected, snakemake.output.rejected, provenance)
