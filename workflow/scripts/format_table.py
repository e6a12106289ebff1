"""Format one table as a page of the report."""

from faultcast import io, logs
from faultcast.plots.table import page

with logs.job(snakemake.log[0]):
    numbers = io.read_table(snakemake.input.numbers)
    html = page(
        numbers, snakemake.params.title, snakemake.params.preset, snakemake.params.get("layout")
    )
    io.write_text(html, snakemake.output.html)
