# Training: one job an autoencoder, and one a row of the tables that stands on it, for each protocol
# and seed, so that a table fans out over a cluster. A killed job goes on from its checkpoint, which
# lies outside the declared outputs (those are removed first).


rule train_autoencoder:
    """Train one autoencoder on quiet days, and measure by it how new each day is."""
    message:
        "Train autoencoder {wildcards.kind}{wildcards.latent_size} of {wildcards.study}, {wildcards.protocol}, seed {wildcards.seeds}"
    input:
        unpack(cube_files),
    output:
        table=training("autoencoders/{kind}{latent_size}", "novelty.parquet"),
        weights=training("autoencoders/{kind}{latent_size}", "weights.safetensors"),
        history=training("autoencoders/{kind}{latent_size}", "history.csv"),
        record=training("autoencoders/{kind}{latent_size}", "run.json"),
    params:
        options=autoencoder_options,
        train_threads=config["train_threads"],
        train_processes=config["train_processes"],
        code=code("train_autoencoder.py"),
    threads: config["train_threads"] * config["train_processes"]
    log:
        log("train_autoencoder", "{study}", "{protocol}", "{kind}{latent_size}_seed{seeds}"),
    benchmark:
        cost("train_autoencoder", "{study}_{protocol}_{kind}{latent_size}_seed{seeds}")
    resources:
        gpu=config["train_processes"],
        mem_mb=8000,
        runtime=600,
    conda:
        ENVIRONMENT
    script:
        "../scripts/train_autoencoder.py"


rule train_row:
    """Train the predictor of one row of EQPRED's tables, and predict every day."""
    message:
        "Train {wildcards.row} on {wildcards.study}, {wildcards.protocol}, seed {wildcards.seeds}"
    input:
        unpack(row_inputs),
    output:
        table=training("{row}", "predictions.parquet"),
        weights=training("{row}", "weights.safetensors"),
        history=training("{row}", "history.csv"),
        record=training("{row}", "run.json"),
    wildcard_constraints:
        row="|".join(ROWS),
    params:
        options=training_options,
        train_threads=config["train_threads"],
        train_processes=row_processes,
        code=code("train_row.py"),
    threads: lambda wildcards: config["train_threads"] * row_processes(wildcards)
    log:
        log("train_row", "{study}", "{protocol}", "{row}_seed{seeds}"),
    benchmark:
        cost("train_row", "{study}_{protocol}_{row}_seed{seeds}")
    resources:
        gpu=row_processes,
        mem_mb=8000,
        runtime=600,
    conda:
        ENVIRONMENT
    script:
        "../scripts/train_row.py"


rule white_noise:
    """Train EQPRED's predictor on white noise in place of the autoencoder's series."""
    message:
        "White noise through EQPRED, {wildcards.protocol}, seed {wildcards.seeds}"
    input:
        unpack(cube_files),
    output:
        table=training("white_noise", "predictions.parquet"),
        weights=training("white_noise", "weights.safetensors"),
        history=training("white_noise", "history.csv"),
        record=training("white_noise", "run.json"),
    params:
        options=training_options,
        train_threads=config["train_threads"],
        code=code("white_noise.py"),
    threads: config["train_threads"]
    log:
        log("white_noise", "{study}", "{protocol}_seed{seeds}"),
    benchmark:
        cost("white_noise", "{study}_{protocol}_seed{seeds}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/white_noise.py"


rule leak_steps:
    """Train EQPRED with each step between the two protocols alone, and with all but each."""
    message:
        "Steps between the protocols, seed {wildcards.seeds}"
    input:
        unpack(cube_files),
    output:
        predictions=training("leak_steps", "predictions.parquet"),
    params:
        options=training_options,
        train_threads=config["train_threads"],
        code=code("leak_steps.py"),
    threads: config["train_threads"]
    log:
        log("leak_steps", "{study}", "{protocol}_seed{seeds}"),
    benchmark:
        cost("leak_steps", "{study}_{protocol}_seed{seeds}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=600,
    conda:
        ENVIRONMENT
    script:
        "../scripts/leak_steps.py"


rule window_study:
    """Predict the autoencoder's series and white noise behind LOESS of several windows."""
    message:
        "LOESS windows, seed {wildcards.seeds}"
    input:
        novelty=training("autoencoders/skip16", "novelty.parquet"),
    output:
        predictions=training("window_study", "predictions.parquet"),
    params:
        options=training_options,
        windows=EQPRED["window_study_days"],
        train_threads=config["train_threads"],
        code=code("window_study.py"),
    threads: config["train_threads"]
    log:
        log("window_study", "{study}", "{protocol}_seed{seeds}"),
    benchmark:
        cost("window_study", "{study}_{protocol}_seed{seeds}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/window_study.py"


rule train_quake:
    """Train one of HierarchicalQuake's networks under one protocol, all origins of it."""
    message:
        "Train {wildcards.variant} on {wildcards.study}, {wildcards.form}, seed {wildcards.seeds}"
    input:
        **quake_grid(),
        maps=quake_scores("maps.parquet"),
    output:
        weights=quake_training("weights.safetensors"),
        history=quake_training("history.csv"),
        record=quake_training("run.json"),
    wildcard_constraints:
        form="|".join(QUAKE_FORMS),
        variant="|".join(QUAKE_VARIANTS),
    params:
        form=quake_form,
        options=lambda wildcards: quake_settings(wildcards.study) | QUAKE["training"],
        train_threads=config["train_threads"],
        code=code("train_quake.py"),
    threads: config["train_threads"]
    log:
        log("train_quake", "{study}", "{form}", "{variant}_seed{seeds}"),
    benchmark:
        cost("train_quake", "{study}_{form}_{variant}_seed{seeds}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=600,
    conda:
        ENVIRONMENT
    script:
        "../scripts/train_quake.py"
