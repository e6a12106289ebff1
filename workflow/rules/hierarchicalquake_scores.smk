# HierarchicalQuake from cubes to scores: static maps, controls, scores of networks and of forecasts
# without one, the switches between the protocols moved one by one. The trainings are in train.smk.


rule quake_maps:
    """Static maps of a study, of each origin: the leaky one of all days, and the honest one."""
    message:
        "Static maps of {wildcards.study}"
    input:
        **quake_grid(),
    output:
        maps=quake_scores("maps.parquet"),
    params:
        options=lambda wildcards: quake_floor_options(wildcards.study),
        code=code("quake_maps.py"),
    log:
        log("quake_maps", "{study}"),
    benchmark:
        cost("quake_maps", "{study}")
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    script:
        "../scripts/quake_maps.py"


rule score_quake_floors:
    """Scores of all forecasts without a network on the test days of a study."""
    message:
        "Scores of {wildcards.study} without a network"
    input:
        **quake_grid(),
    output:
        scores=quake_scores("floors.parquet"),
        reliability=quake_scores("floors_reliability.parquet"),
    params:
        options=lambda wildcards: quake_floor_options(wildcards.study),
        code=code("score_quake_floors.py"),
    log:
        log("score_quake_floors", "{study}"),
    benchmark:
        cost("score_quake_floors", "{study}")
    resources:
        mem_mb=4000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/score_quake_floors.py"


rule score_quake:
    """Scores of all networks of a study under one protocol."""
    message:
        "Scores of the networks of {wildcards.study}, {wildcards.form}"
    input:
        unpack(lambda wildcards: quake_networks(wildcards.study, wildcards.form)),
        **quake_grid(),
        maps=quake_scores("maps.parquet"),
    output:
        scores=quake_scores("{form}.parquet"),
        reliability=quake_scores("{form}_reliability.parquet"),
    wildcard_constraints:
        form="|".join(QUAKE_FORMS),
    params:
        form=quake_form,
        code=code("score_quake.py"),
    log:
        log("score_quake", "{study}", "{form}"),
    benchmark:
        cost("score_quake", "{study}_{form}")
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=240,
    conda:
        ENVIRONMENT
    script:
        "../scripts/score_quake.py"


rule diagnose_quake:
    """What the final network does on its test days: uncertainty, one day's maps, attention."""
    message:
        "Memory, example day and attention of the final network"
    input:
        **quake_grid(QUAKE_STUDY),
        maps=quake_scores("maps.parquet", QUAKE_STUDY),
        weights=quake_shown("weights.safetensors"),
        records=quake_shown("run.json"),
    output:
        days=quake_scores("days.parquet", QUAKE_STUDY),
        example=quake_scores("example.parquet", QUAKE_STUDY),
        attention=quake_scores("attention.parquet", QUAKE_STUDY),
    params:
        options={
            "forms": QUAKE_SHOWN,
            "n_origins": QUAKE_STUDIES[QUAKE_STUDY]["n_origins"],
            "seed": int(quake_jobs(QUAKE_STUDY)[0].split("-")[0]),
        },
        code=code("diagnose_quake.py"),
    log:
        log("diagnose_quake"),
    benchmark:
        cost("diagnose_quake")
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/diagnose_quake.py"


rule quake_switches:
    """Train and score the final network with each switch between two protocols moved alone."""
    message:
        "Switches between the protocols, seed {wildcards.seed}"
    input:
        **quake_grid(),
        maps=quake_scores("maps.parquet"),
    output:
        runs=results("train", "{study}", "switches", "hierarchicalquake", "seed{seed}.parquet"),
    params:
        options=lambda wildcards: quake_settings(wildcards.study) | QUAKE["training"],
        train_threads=config["train_threads"],
        code=code("quake_switches.py"),
    threads: config["train_threads"]
    log:
        log("quake_switches", "{study}_seed{seed}"),
    benchmark:
        cost("quake_switches", "{study}_seed{seed}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=600,
    conda:
        ENVIRONMENT
    script:
        "../scripts/quake_switches.py"


rule make_quake_poisson:
    """Cube of events drawn from the honest map of the paper's study: no structure in time."""
    message:
        "Poisson control of HierarchicalQuake"
    input:
        **quake_grid(QUAKE_STUDY),
        maps=quake_scores("maps.parquet", QUAKE_STUDY),
    output:
        **quake_grid("control_poisson"),
    params:
        magnitude_min=QUAKE_STUDIES["control_poisson"]["magnitude_min"],
        seed=SIMULATION["seed"],
        code=code("make_quake_poisson.py"),
    log:
        log("make_quake_poisson"),
    benchmark:
        cost("make_quake_poisson")
    resources:
        mem_mb=2000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/make_quake_poisson.py"


rule make_quake_etas:
    """Cube of the simulated region's true events: an ETAS process with known parameters."""
    message:
        "ETAS control of HierarchicalQuake"
    input:
        truth=results("synthetic", "simulated", "truth.parquet"),
    output:
        **quake_grid("control_etas"),
    params:
        region=SIMULATED_BOX,
        magnitude_min=QUAKE["controls"]["input_magnitude_min"],
        code=code("make_quake_etas.py"),
    log:
        log("make_quake_etas"),
    benchmark:
        cost("make_quake_etas")
    resources:
        mem_mb=2000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/make_quake_etas.py"


rule score_quake_poisson:
    """Gains over the honest map on the Poisson control, of networks, floors and the true map."""
    message:
        "Gains on the Poisson control"
    input:
        **quake_grid("control_poisson"),
        **quake_networks("control_poisson", "leak_free"),
        maps=quake_scores("maps.parquet", "control_poisson"),
        drawn_from=quake_scores("maps.parquet", QUAKE_STUDY),
    output:
        gains=quake_scores("gains.parquet", "control_poisson"),
    params:
        options=quake_floor_options("control_poisson"),
        code=code("score_quake_poisson.py"),
    log:
        log("score_quake_poisson"),
    benchmark:
        cost("score_quake_poisson")
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/score_quake_poisson.py"


rule score_quake_etas:
    """Gains over the honest map on the ETAS control, of networks, floors and the oracle."""
    message:
        "Gains on the ETAS control"
    input:
        **quake_grid("control_etas"),
        **quake_networks("control_etas", "leak_free"),
        maps=quake_scores("maps.parquet", "control_etas"),
        truth=results("synthetic", "simulated", "truth.parquet"),
        faults=results("synthetic", "simulated", "faults.csv"),
    output:
        gains=quake_scores("gains.parquet", "control_etas"),
    params:
        region=SIMULATED_BOX,
        options=quake_floor_options("control_etas"),
        code=code("score_quake_etas.py"),
    log:
        log("score_quake_etas"),
    benchmark:
        cost("score_quake_etas")
    resources:
        gpu=1,
        mem_mb=4000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/score_quake_etas.py"
