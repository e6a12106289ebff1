"""Put a tile on its lattice: EGMS as delivered, or simulated."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from faultcast import io, logs
from faultcast.deformation import Lattice, egms_series, level3_tile, mean_tile, read_egms
from faultcast.provenance import record
from faultcast.synthetic.displacement import displacement_tile

with logs.job(snakemake.log[0]):
    name = snakemake.wildcards.tile
    simulate = snakemake.params.simulate
    if simulate:
        options = {key: value for key, value in simulate.items() if key != "step"}
        step = pd.Timestamp(simulate["step"], tz="UTC")
        table, _ = displacement_tile(step_time=step, **options)
        series = egms_series(table, "U", name)
        rejected = pd.DataFrame({"file": [], "line": [], "reason": [], "text": []})
    else:
        series, rejected = read_egms(snakemake.input.source[0])
    if snakemake.input.lattice:
        lattice = Lattice(**io.read_json(snakemake.input.lattice[0])["lattice"])
        tile = mean_tile(series, lattice)
    else:
        tile = level3_tile(series, snakemake.params.n_cells)
    tile = replace(tile, name=name)
    provenance = record(dict(snakemake.input.items()), {"simulate": simulate})
    tile.save(Path(snakemake.output.cells).parent, provenance)
    io.write_csv(rejected, snakemake.output.rejected, provenance)
