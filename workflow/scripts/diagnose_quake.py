"""What HierarchicalQuake's final network does on its test days."""

from pathlib import Path

from faultcast import io, logs
from faultcast.evaluate.hierarchicalquake.diagnostics import numbers
from faultcast.grid import Cube
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    found = numbers(
        Cube.load(Path(snakemake.input.cells).parent),
        io.read_table(snakemake.input.maps),
        snakemake.input.weights,
        snakemake.input.records,
        **snakemake.params.options,
    )
    provenance = record(dict(snakemake.input.items()), snakemake.params.options)
    for name, table in found._asdict().items():
        io.write_table(table, snakemake.output[name], provenance)
