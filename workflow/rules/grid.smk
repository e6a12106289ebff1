# Grid: a catalog as daily maps.


rule make_cube:
    """Daily cube of a selection: energy, mean, maximum and last magnitude, count of each cell."""
    message:
        "Daily cube for EQPRED, {wildcards.protocol}"
    input:
        events=selected("eqpred"),
    output:
        cells=results("grid", EQPRED["region"], "eqpred", "{protocol}", "cells.parquet"),
        grid=results("grid", EQPRED["region"], "eqpred", "{protocol}", "grid.json"),
    params:
        region=box(EQPRED["region"], EQPRED["period"]),
        cell_deg=EQPRED["cell_deg"],
        magnitude_min=lambda wildcards: EQPRED["magnitude_min"][wildcards.protocol],
        code=code("make_cube.py"),
    log:
        log("make_cube", "{protocol}"),
    benchmark:
        cost("make_cube", "{protocol}")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/make_cube.py"
