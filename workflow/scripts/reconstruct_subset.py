"""Do for one subset of the points what can be done alone."""

from faultcast import logs
from faultcast.faults import FaultNetwork
from faultcast.faults.subsets import read_division, write_part
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    wildcards = snakemake.wildcards
    network = FaultNetwork(wildcards.criterion, wildcards.engine, int(wildcards.n_subsets))
    division = read_division(snakemake.input.division)
    part = network.first_pass(division, int(wildcards.subset))
    provenance = record(dict(snakemake.input.items()), {"subset": wildcards.subset})
    write_part(part, snakemake.output.part, provenance)
