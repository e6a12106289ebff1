# Grid: a catalog as daily maps.


rule make_cube:
    """Daily cube of a selection: energy, mean, maximum and last magnitude, count of each cell."""
    message:
        "Daily cube for EQPRED, {wildcards.study}, {wildcards.protocol}"
    input:
        events=cube_events,
    output:
        cells=results("grid", "{study}", "eqpred", "{protocol}", "cells.parquet"),
        grid=results("grid", "{study}", "eqpred", "{protocol}", "grid.json"),
    wildcard_constraints:
        study="|".join(study for study in (EQPRED_STUDY, *EQPRED_VARIANTS) if own_cube(study)),
    params:
        region=lambda wildcards: box(EQPRED_STUDY, study_settings(wildcards.study)["period"]),
        cell_deg=EQPRED["cell_deg"],
        magnitude_min=lambda wildcards: study_settings(wildcards.study)["magnitude_min"][
            wildcards.protocol
        ],
        mask_incomplete=lambda wildcards: wildcards.protocol == "leak_free",
        code=code("make_cube.py"),
    log:
        log("make_cube", "{study}", "{protocol}"),
    benchmark:
        cost("make_cube", "{study}_{protocol}")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/make_cube.py"
