"""Sum the errors of forecasts of tiles over their cells."""

from faultcast import io, logs
from faultcast.evaluate.mmstt.errors import numbers
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    io.write_table(
        numbers(io.read_table(snakemake.input.predictions)),
        snakemake.output.errors,
        record(dict(snakemake.input.items())),
    )
