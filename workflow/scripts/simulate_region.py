"""Simulate a region of which everything true is known."""

from faultcast import io, logs
from faultcast.provenance import record
from faultcast.synthetic import simulate_region

with logs.job(snakemake.log[0]):
    simulated = simulate_region(**snakemake.params.options)
    provenance = record({}, snakemake.params.options, crs=simulated.region.projection().crs)
    io.write_csv(simulated.catalog, snakemake.output.catalog, provenance)
    io.write_table(simulated.truth, snakemake.output.truth, provenance)
    io.write_csv(simulated.faults, snakemake.output.faults, provenance)
    io.write_table(simulated.oracle_daily, snakemake.output.oracle, provenance)
    io.write_table(simulated.tile, snakemake.output.tile, provenance)
