"""Reconstruct the fault network of a set of points."""

from faultcast import io, logs
from faultcast.faults import reconstruct_network, save_fitted
from faultcast.provenance import record
from faultcast.threads import numba_threads

with logs.job(snakemake.log[0]), numba_threads(snakemake.threads):
    network, used = reconstruct_network(
        io.read_table(snakemake.input.points),
        criterion=snakemake.wildcards.criterion,
        engine=snakemake.wildcards.engine,
        n_subsets=int(snakemake.wildcards.n_subsets),
        assigned_only=snakemake.params.assigned_only,
    )
    crs = io.read_provenance(snakemake.input.points).get("crs", "")
    provenance = record(dict(snakemake.input.items()), crs=crs)
    save_fitted(network, used, snakemake.output.network, provenance)
