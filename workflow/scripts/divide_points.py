"""Cut a set of points into the subsets of its Ward tree."""

from faultcast import io, logs
from faultcast.faults import FaultNetwork, positions, usable_points
from faultcast.faults.subsets import write_division
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    used = usable_points(
        io.read_table(snakemake.input.points), assigned_only=snakemake.params.assigned_only
    )
    wildcards = snakemake.wildcards
    network = FaultNetwork(engine=wildcards.engine, n_subsets=int(wildcards.n_subsets))
    crs = io.read_provenance(snakemake.input.points).get("crs", "")
    provenance = record(dict(snakemake.input.items()), crs=crs)
    write_division(network.divide(positions(used)), snakemake.output.division, provenance)
