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


rule shuffle_cube:
    """Cube of the catalog with its days in random order: nothing about them can be forecast."""
    message:
        "Days in random order, {wildcards.protocol}"
    input:
        cells=results("grid", EQPRED_STUDY, "eqpred", "{protocol}", "cells.parquet"),
        grid=results("grid", EQPRED_STUDY, "eqpred", "{protocol}", "grid.json"),
    output:
        cells=results("grid", "shuffled", "eqpred", "{protocol}", "cells.parquet"),
        grid=results("grid", "shuffled", "eqpred", "{protocol}", "grid.json"),
    params:
        seed=0,
        code=code("shuffle_cube.py"),
    log:
        log("shuffle_cube", "{protocol}"),
    benchmark:
        cost("shuffle_cube", "{protocol}")
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/shuffle_cube.py"


rule make_quake_cube:
    """Daily cube of a study of HierarchicalQuake, of all magnitudes in the catalog."""
    message:
        "Daily cube for HierarchicalQuake, {wildcards.study}"
    input:
        events=lambda wildcards: selected(f"quake_{wildcards.study}"),
    output:
        **quake_grid(),
    wildcard_constraints:
        study="|".join(QUAKE_CATALOGS),
    params:
        region=lambda wildcards: box(
            QUAKE_CATALOGS[wildcards.study]["region"], QUAKE_CATALOGS[wildcards.study]["period"]
        ),
        cell=lambda wildcards: {
            key: value
            for key, value in QUAKE_CATALOGS[wildcards.study].items()
            if key in ("cell_km", "cell_deg")
        },
        code=code("make_quake_cube.py"),
    log:
        log("make_quake_cube", "{study}"),
    benchmark:
        cost("make_quake_cube", "{study}")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/make_quake_cube.py"
