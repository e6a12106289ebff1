# Training: one job a protocol and seed, so that a table fans out over a cluster. A killed job
# goes on from its checkpoint, which lies outside the declared outputs (those are removed first).


rule train_eqpred:
    """Train EQPRED's autoencoder and temporal network, and predict every day."""
    message:
        "Train EQPRED on {wildcards.series}, {wildcards.protocol}, seed {wildcards.seed}"
    input:
        cells=results("grid", "{series}", "eqpred", "{protocol}", "cells.parquet"),
        grid=results("grid", "{series}", "eqpred", "{protocol}", "grid.json"),
    output:
        predictions=results(
            "train",
            "{series}",
            "{protocol}",
            "eqpred",
            "seed{seed}",
            "predictions.parquet",
        ),
        weights=results(
            "train",
            "{series}",
            "{protocol}",
            "eqpred",
            "seed{seed}",
            "weights.safetensors",
        ),
        history=results("train", "{series}", "{protocol}", "eqpred", "seed{seed}", "history.csv"),
        record=results("train", "{series}", "{protocol}", "eqpred", "seed{seed}", "run.json"),
    wildcard_constraints:
        series=r"\w+",
    params:
        options=eqpred_options,
        train_threads=config["train_threads"],
        code=code("train_eqpred.py"),
    threads: config["train_threads"]
    log:
        log("train_eqpred", "{series}", "{protocol}_seed{seed}"),
    benchmark:
        cost("train_eqpred", "{series}_{protocol}_seed{seed}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=600,
    conda:
        ENVIRONMENT
    script:
        "../scripts/train_eqpred.py"
