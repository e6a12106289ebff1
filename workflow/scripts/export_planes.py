"""The planes of a network for maps, globes and 3-D viewers."""

from pathlib import Path

from faultcast import logs
from faultcast.catalog import Region
from faultcast.faults import FaultNetwork, export_planes

with logs.job(snakemake.log[0]):
    export_planes(
        FaultNetwork.load(snakemake.input.network),
        Region.from_config(snakemake.params.region).projection(),
        Path(snakemake.output.csv).parent,
        name="planes",
    )
