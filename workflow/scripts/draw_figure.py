"""Draw one figure from the numbers beside it: the rule names the module that does it."""

from importlib import import_module

from faultcast import io, logs
from faultcast.plots import style

with logs.job(snakemake.log[0]):
    module = import_module(snakemake.params.module)
    figure = module.draw(io.read_table(snakemake.input.numbers), snakemake.params.preset)
    style.save(figure, snakemake.params.preset, snakemake.output.pdf, snakemake.output.png)
