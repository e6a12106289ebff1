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
        options=training_options,
        train_threads=config["train_threads"],
        code=code("train_autoencoder.py"),
    threads: config["train_threads"]
    log:
        log("train_autoencoder", "{study}", "{protocol}", "{kind}{latent_size}_seed{seeds}"),
    benchmark:
        cost("train_autoencoder", "{study}_{protocol}_{kind}{latent_size}_seed{seeds}")
    resources:
        gpu=1,
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
        code=code("train_row.py"),
    threads: config["train_threads"]
    log:
        log("train_row", "{study}", "{protocol}", "{row}_seed{seeds}"),
    benchmark:
        cost("train_row", "{study}_{protocol}_{row}_seed{seeds}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=600,
    conda:
        ENVIRONMENT
    script:
        "../scripts/train_row.py"
