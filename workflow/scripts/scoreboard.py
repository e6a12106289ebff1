"""The page on which the report opens."""

from faultcast import io, logs
from faultcast.evaluate.scoreboard import scoreboard

with logs.job(snakemake.log[0]):
    checks = {paper: io.read_table(path) for paper, path in snakemake.input.items()}
    page = scoreboard(checks, snakemake.params.missing, preset=snakemake.params.preset)
    io.write_text(page, snakemake.output.page)
