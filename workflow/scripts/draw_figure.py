"""Draw one figure from the numbers beside it: the rule names the module that does it."""

from importlib import import_module

from faultcast import io, logs
from faultcast.plots import style

with logs.job(snakemake.log[0]):
    module = import_module(snakemake.params.module)
    beside = {name: path for name, path in snakemake.input.items() if name != "numbers"}
    numbers = io.read_table(snakemake.input.numbers)
    figure = module.draw(numbers, snakemake.params.preset, **beside)
    style.save(figure, snakemake.params.preset, snakemake.output.pdf, snakemake.output.png)
