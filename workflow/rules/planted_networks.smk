# Kamer et al. 2020 beyond the paper: planted truth, and the two engines on the same points.

PLANTED = KAMER["planted"]
# keyword arguments of FaultNetwork but for the criterion: both are run
CONFIGURATIONS = {
    "exact": {"engine": "exact"},
    "exact_em": {"engine": "exact", "refine": "em"},
    "released": {"engine": "released"},
}
# with one subset the Voronoi background is the hull
BACKGROUNDS = ("box", "hull")
ENGINE_CONFIGURATIONS = [
    {"engine": "exact", "refine": refine, "background": background}
    for background in BACKGROUNDS
    for refine in (None, "em")
] + [{"engine": "released"}]

PLANTED_RUNS = expand(
    results("kamer2020", "planted", "{generator}_{shape}_{configuration}.parquet"),
    generator=["paper", "crossing"],
    shape=["rectangle", "ellipse"],
    configuration=CONFIGURATIONS,
)

# points that the author's program has run on: name -> the start of its files' names
PROGRAM = ["kamer_reference"] if placed("kamer_reference") else []
PROGRAM_SETS = {"d02": "d02_s5_n0_512", "d05": "d05_s20_n5_609"} if PROGRAM else {}
ENGINE_DATA = [
    KAMER["aftershocks"],
    *PROGRAM_SETS,
    *(f"sparse_{density}" for density in PLANTED["sparse_per_km2"]),
]
if PROGRAM and LANDERS:
    PROGRAM_SETS["landers"] = "d10_landers_3360"

TARGETS["kamer2020"] |= {
    "tables/planted_truth": {"inputs": {"parts": PLANTED_RUNS}},
    "tables/engines": {
        "inputs": {
            "parts": expand(
                results("kamer2020", "engines", "{data}.parquet"),
                data=ENGINE_DATA,
            )
        },
        "datasets": (LANDERS[:1] or CATALOG) + PROGRAM,
    },
}


rule planted_runs:
    """Reconstruct planted networks of one generator and shape by one configuration."""
    message:
        "Planted networks: {wildcards.generator}, {wildcards.shape}, {wildcards.configuration}"
    output:
        runs=results("kamer2020", "planted", "{generator}_{shape}_{configuration}.parquet"),
    wildcard_constraints:
        generator="paper|crossing",
        shape="rectangle|ellipse",
        configuration="|".join(CONFIGURATIONS),
    params:
        options=lambda wildcards: {
            "generator": wildcards.generator,
            "shape": wildcards.shape,
            "configuration": CONFIGURATIONS[wildcards.configuration],
            "seeds": PLANTED["seeds"],
            "points_per_km2": PLANTED["points_per_km2"],
            "noise": PLANTED["noise"],
        },
        code=code("planted_runs.py"),
    threads: 1
    log:
        log("planted_runs", "{generator}_{shape}_{configuration}"),
    benchmark:
        cost("planted_runs", "{generator}_{shape}_{configuration}")
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    script:
        "../scripts/planted_runs.py"


rule engine_runs:
    """Fit one set of points by every configuration of the estimator."""
    message:
        "Engines side by side: {wildcards.data}"
    input:
        unpack(engine_inputs),
    output:
        runs=results("kamer2020", "engines", "{data}.parquet"),
    wildcard_constraints:
        data=r"[\w.]+",
    params:
        options=engine_options,
        code=code("engine_runs.py"),
    threads: 1
    log:
        log("engine_runs", "{data}"),
    benchmark:
        cost("engine_runs", "{data}")
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    script:
        "../scripts/engine_runs.py"
