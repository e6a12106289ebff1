"""Focal mechanisms and relocated hypocentres of the simulated region's events."""

from faultcast import io, logs
from faultcast.catalog import Projection
from faultcast.provenance import record
from faultcast.synthetic.mechanisms import simulate_mechanisms

with logs.job(snakemake.log[0]):
    crs = io.read_provenance(snakemake.input.truth)["crs"]
    mechanisms = simulate_mechanisms(
        io.read_table(snakemake.input.truth),
        io.read_table(snakemake.input.faults),
        Projection(crs),
        seed=snakemake.params.seed,
    )
    settings = {"seed": snakemake.params.seed}
    io.write_table(
        mechanisms, snakemake.output.mechanisms, record(dict(snakemake.input.items()), settings)
    )
