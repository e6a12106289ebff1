"""Hold the magnitude limits of fair scores against the estimated completeness."""

from faultcast import io, logs
from faultcast.evaluate.magnitudes import check_magnitudes

with logs.job(snakemake.log[0]):
    windows = io.read_table(snakemake.input.completeness)
    checked = check_magnitudes(snakemake.params.thresholds, windows)
    io.write_json(checked, snakemake.output.checked)
