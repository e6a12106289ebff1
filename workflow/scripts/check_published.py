"""Hold our numbers of a paper against the printed ones."""

import pandas as pd

from faultcast import io, logs
from faultcast.evaluate.published import compare, read_published
from faultcast.provenance import record

NOTHING_BUILT = pd.DataFrame({"id": [], "protocol": [], "value": []})

with logs.job(snakemake.log[0]):
    ours = snakemake.input.get("ours")
    checked = compare(
        read_published(snakemake.input.published),
        io.read_table(ours) if ours else NOTHING_BUILT,
        preset=snakemake.params.preset,
        comparable=snakemake.params.comparable,
    )
    io.write_csv(checked, snakemake.output.checked, record(dict(snakemake.input.items())))
