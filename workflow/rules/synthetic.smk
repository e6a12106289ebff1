# The simulated region of the demo and the tests, and the two controls of every model: everything
# true about them is known.
SIMULATION = config["simulation"]
SIMULATED_BOX = box(
    SIMULATION["region"],
    (SIMULATION["start"], f"{int(SIMULATION['start'][:4]) + SIMULATION['years']}-01-01"),
)


rule simulate_region:
    """Simulate a region: planted faults, ETAS seismicity, detection, location errors, a tile."""
    message:
        "Simulate the region {wildcards.catalog}"
    output:
        catalog=results("synthetic", "{catalog}", "catalog.csv"),
        truth=results("synthetic", "{catalog}", "truth.parquet"),
        faults=results("synthetic", "{catalog}", "faults.csv"),
        oracle=results("synthetic", "{catalog}", "oracle.parquet"),
        tile=results("synthetic", "{catalog}", "tile.parquet"),
    params:
        options={key: SIMULATION[key] for key in ("seed", "start", "years")}
        | box(SIMULATION["region"])
        | {"thresholds": sorted({EQPRED["controls"]["extreme_magnitude"], 2.5, 4.0})},
        code=code("simulate_region.py"),
    log:
        log("simulate_region", "{catalog}"),
    benchmark:
        cost("simulate_region", "{catalog}")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/simulate_region.py"


rule make_controls:
    """Daily cubes of the controls: a Poisson catalog from the train map, and the ETAS truth."""
    message:
        "Controls: Poisson from the train map, ETAS with known rate"
    input:
        truth=results("synthetic", "simulated", "truth.parquet"),
    output:
        etas=results("grid", "control_etas", "eqpred", "leak_free", "cells.parquet"),
        etas_grid=results("grid", "control_etas", "eqpred", "leak_free", "grid.json"),
        poisson=results("grid", "control_poisson", "eqpred", "leak_free", "cells.parquet"),
        poisson_grid=results("grid", "control_poisson", "eqpred", "leak_free", "grid.json"),
    params:
        region=SIMULATED_BOX,
        cell_deg=EQPRED["cell_deg"],
        magnitude_min=EQPRED["controls"]["magnitude_min"],
        train_end=EQPRED["training"]["test_start"],
        seed=SIMULATION["seed"],
        code=code("make_controls.py"),
    log:
        log("make_controls"),
    benchmark:
        cost("make_controls")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/make_controls.py"
