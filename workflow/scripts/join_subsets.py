"""End the fault network of a set of points with the parts of all its subsets."""

from faultcast import io, logs
from faultcast.faults import FaultNetwork, positions, save_fitted, usable_points
from faultcast.faults.subsets import read_division, read_part
from faultcast.provenance import record
from faultcast.threads import numba_threads

with logs.job(snakemake.log[0]), numba_threads(snakemake.threads):
    used = usable_points(
        io.read_table(snakemake.input.points), assigned_only=snakemake.params.assigned_only
    )
    wildcards = snakemake.wildcards
    network = FaultNetwork(wildcards.criterion, wildcards.engine, int(wildcards.n_subsets))
    network.join(
        positions(used),
        read_division(snakemake.input.division),
        [read_part(folder) for folder in snakemake.input.parts],
    )
    # by one job or by many, the network is the same and so is where it comes from
    crs = io.read_provenance(snakemake.input.points).get("crs", "")
    provenance = record({"points": snakemake.input.points}, crs=crs)
    save_fitted(network, used, snakemake.output.network, provenance)
