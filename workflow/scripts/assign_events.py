"""Assign each event to its most likely condensed kernel, by both rules."""

from faultcast import io, logs
from faultcast.condense import assign_events, condensation_summary, count_events
from faultcast.provenance import record

with logs.job(snakemake.log[0]):
    kernels = io.read_table(snakemake.input.kernels)
    condensed = io.read_table(snakemake.input.condensed)
    options = {"n_samples": snakemake.params.n_samples, "seed": snakemake.params.seed}
    by_weight, by_density = (
        assign_events(kernels, condensed, rule=rule, threads=snakemake.threads, **options)
        for rule in ("weight_density", "density")
    )
    crs = io.read_provenance(snakemake.input.kernels)["crs"]
    provenance = record(dict(snakemake.input.items()), options, crs=crs)
    io.write_table(count_events(condensed, by_weight), snakemake.output.condensed, provenance)
    io.write_table(by_weight, snakemake.output.assignment, provenance)
    summary = condensation_summary(kernels, condensed, by_weight, by_density)
    io.write_json(summary, snakemake.output.summary)
