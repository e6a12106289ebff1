"""Daily cubes of the two controls on which every model is tried."""

from pathlib import Path

from faultcast import io, logs
from faultcast.catalog import Region
from faultcast.provenance import record
from faultcast.synthetic import control_cubes

with logs.job(snakemake.log[0]):
    options = {
        key: snakemake.params[key] for key in ("cell_deg", "magnitude_min", "train_end", "seed")
    }
    etas, poisson = control_cubes(
        io.read_table(snakemake.input.truth),
        Region.from_config(snakemake.params.region),
        **options,
    )
    provenance = record(dict(snakemake.input.items()), options)
    etas.save(Path(snakemake.output.etas).parent, provenance)
    poisson.save(Path(snakemake.output.poisson).parent, provenance)
