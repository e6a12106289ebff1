"""Draw one interactive view from the numbers beside it, as a page of its own."""

from importlib import import_module

from faultcast import io, logs
from faultcast.plots.interactive import page

with logs.job(snakemake.log[0]):
    module = import_module(snakemake.params.module)
    preset = snakemake.params.preset
    figure = module.draw(io.read_table(snakemake.input.numbers), preset)
    io.write_text(page(figure, snakemake.params.title, preset), snakemake.output.html)
