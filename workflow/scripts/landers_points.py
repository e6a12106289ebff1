"""Hypocentres of the Landers aftershocks of Kamer et al. 2020."""

from faultcast import io, logs
from faultcast.faults.landers import CRS, landers_points
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    points = landers_points(snakemake.input.file)
    provenance = record(dict(snakemake.input.items()), datasets=["landers"], crs=CRS)
    io.write_table(points, snakemake.output.points, provenance)
