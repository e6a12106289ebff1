# MM-STT (Yao, Huang, Dev 2025): networks on tiles of ground deformation, and forecasts without one.
# One training job a network, protocol and seed; mmstt_tiles.smk says which.


rule train_tile:
    """Train one network on tiles, and forecast every test window."""
    message:
        "Train {wildcards.tile_network} on tiles ({wildcards.tiles}), {wildcards.tile_protocol}, seed {wildcards.seeds}"
    input:
        unpack(tile_inputs),
    output:
        table=tile_training("predictions.parquet"),
        weights=tile_training("weights.safetensors"),
        history=tile_training("history.csv"),
        record=tile_training("run.json"),
    params:
        model=tile_network,
        options=tile_options,
        train_threads=config["train_threads"],
        code=lambda wildcards: code(
            "train_tile.py", f"faultcast.models.{TILE_NETWORKS[tile_network(wildcards)].module}"
        ),
    threads: config["train_threads"]
    log:
        log("train_tile", "{tiles}", "{tile_protocol}", "{tile_network}_seed{seeds}"),
    benchmark:
        cost("train_tile", "{tiles}_{tile_protocol}_{tile_network}_seed{seeds}")
    resources:
        gpu=1,
        mem_mb=8000,
        runtime=240,
    conda:
        ENVIRONMENT
    script:
        "../scripts/train_tile.py"


rule forecast_tiles:
    """Persistence, trends, ridge and DLinear on the same windows."""
    message:
        "Forecasts of tiles without a network, {wildcards.tile_protocol}"
    input:
        tiles=tile_files(SCORED_TILES),
    output:
        table=results("forecast", "mmstt", "{tile_protocol}", "predictions.parquet"),
        validation=results("forecast", "mmstt", "{tile_protocol}", "validation.csv"),
    params:
        options=MMSTT["windows"] | MMSTT["references"],
        code=code("forecast_tiles.py"),
    log:
        log("forecast_tiles", "{tile_protocol}"),
    benchmark:
        cost("forecast_tiles", "{tile_protocol}")
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    script:
        "../scripts/forecast_tiles.py"


rule transfer_network:
    """Forecast other tiles with a network that was trained on the first one."""
    message:
        "Other tiles by {wildcards.tile_network} ({wildcards.tiles}), seed {wildcards.seeds}"
    input:
        weights=results(
            "train",
            "{tiles}",
            "chronological",
            "{tile_network}",
            "seed{seeds}",
            "weights.safetensors",
        ),
        record=results(
            "train", "{tiles}", "chronological", "{tile_network}", "seed{seeds}", "run.json"
        ),
        trained_on=tile_files(SCORED_TILES[:1]),
        tiles=transfer_tiles,
    output:
        table=results(
            "forecast",
            "{tiles}",
            "transfer",
            "{tile_network}",
            "seed{seeds}",
            "predictions.parquet",
        ),
    params:
        steps=transfer_steps,
        code=lambda wildcards: code(
            "transfer_network.py",
            f"faultcast.models.{TILE_NETWORKS[wildcards.tile_network].module}",
        ),
    log:
        log("transfer_network", "{tiles}", "{tile_network}_seed{seeds}"),
    benchmark:
        cost("transfer_network", "{tiles}_{tile_network}_seed{seeds}")
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    script:
        "../scripts/transfer_network.py"


rule transfer_baselines:
    """Forecast the same windows of other tiles without a network."""
    message:
        "Other tiles without a network ({wildcards.tiles})"
    input:
        trained_on=tile_files(SCORED_TILES[:1]),
        tiles=transfer_tiles,
    output:
        table=results("forecast", "{tiles}", "transfer", "baselines", "predictions.parquet"),
    params:
        steps=transfer_steps,
        options=lambda wildcards: (
            TRANSFERS[wildcards.tiles]["windows"]
            | {"ridge_lags": MMSTT["references"]["ridge_lags"]}
        ),
        code=code("transfer_baselines.py"),
    log:
        log("transfer_baselines", "{tiles}"),
    benchmark:
        cost("transfer_baselines", "{tiles}")
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    script:
        "../scripts/transfer_baselines.py"


rule score_tiles:
    """Sum errors over cells: all that tables need."""
    message:
        "Errors of {wildcards.forecasts}, {wildcards.tile_protocol}"
    input:
        predictions=scored_table,
    output:
        errors=results("evaluate", "{tiles}", "{tile_protocol}", "{forecasts}", "errors.parquet"),
    wildcard_constraints:
        forecasts=r"baselines|\w+/seed\d+(-\d+)*",
    params:
        code=code("score_tiles.py"),
    log:
        log("score_tiles", "{tiles}", "{tile_protocol}", "{forecasts}"),
    benchmark:
        cost("score_tiles", "{tiles}/{tile_protocol}/{forecasts}")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/score_tiles.py"


TILE_DATA = tile_datasets([*SCORED_TILES, *MMSTT["also_train"]])

TARGETS["mmstt"] = {
    "tables/table1": {
        "inputs": {"errors": tile_errors(RIVALS, MMSTT["protocols"])},
        "options": {"n_tried": {"mmstt": len(TRIED)}},
        "page": {
            "rows": "model",
            "columns": "score",
            "blocks": ["domain", "protocol_title", "horizon"],
        },
        "datasets": TILE_DATA,
    },
    "tables/table2": {
        "inputs": {"errors": tile_errors(["mmstt", *MMSTT["ablations"]], ["leak_free"])},
        "page": {"rows": "model", "columns": "score", "blocks": ["domain", "horizon"]},
        "datasets": TILE_DATA,
    },
    "tables/table3": {
        "inputs": {"errors": transfer_errors()},
        "page": {"rows": "model", "columns": "score", "blocks": ["domain", "horizon"]},
        "datasets": tile_datasets([SCORED_TILES[0], *GIVEN]),
    },
    "tables/table4": {
        "inputs": {"errors": tile_errors(["mmstt"], LEAKS)},
        "page": {
            "rows": "protocol_title",
            "columns": "score",
            "blocks": ["domain", "horizon", "model"],
        },
        "datasets": TILE_DATA,
    },
    "tables/reference_scores": {
        "inputs": {
            "cells": tile_files(SCORED_TILES[:1])[0],
            "tile": results("deformation", SCORED_TILES[0], "tile.json"),
        },
        "datasets": tile_datasets(SCORED_TILES[:1]),
    },
    "tables/trials": {
        "inputs": trial_inputs(),
        "options": {
            "titles": {
                name: f"MM-STT, {name.removeprefix('mmstt_').replace('_', ' ')}" for name in TRIALS
            },
        },
        "page": {"rows": "model", "columns": "score", "blocks": ["domain", "horizon"]},
        "datasets": tile_datasets(
            {
                *SCORED_TILES,
                *(name for entry in TRIALS.values() for name in entry.get("also_train", [])),
            }
        ),
    },
    "figures/fig01": {
        "inputs": {"record": mmstt_training("run.json"), **mmstt_tiles()},
        "datasets": TILE_DATA,
    },
    "figures/fig02": {
        "inputs": {
            "cells": tile_files(SCORED_TILES[:1])[0],
            "tile": results("deformation", SCORED_TILES[0], "tile.json"),
        },
        "datasets": TILE_DATA,
    },
    "figures/fig03": {
        "inputs": {
            "predictions": tile_predictions("mmstt", "leak_free"),
            "tile": results("deformation", SCORED_TILES[0], "tile.json"),
        },
        "datasets": TILE_DATA,
    },
    "figures/fig04": {
        "inputs": {"predictions": tile_predictions("mmstt", "leak_free")},
        "options": {"domain": SCORED_TILES[0]},
        "datasets": TILE_DATA,
    },
    "figures/fig05": {
        "inputs": {"errors": tile_errors(RIVALS, MMSTT["protocols"])},
        "datasets": TILE_DATA,
    },
    "figures/fig06": {
        "inputs": series_inputs(),
        "options": series_options(),
        "datasets": tile_datasets([*SCORED_TILES, *MMSTT["also_train"], *with_step()]),
    },
    "figures/fig07": {
        "inputs": {
            "weights": mmstt_training("weights.safetensors"),
            "record": mmstt_training("run.json"),
            **mmstt_tiles(),
        },
        "datasets": TILE_DATA,
    },
    "tables/claims": {
        "inputs": {"errors": tile_errors(RIVALS, MMSTT["protocols"])},
        "options": {"domains": SCORED_TILES},
        "datasets": TILE_DATA,
    },
    "checks/ours": {
        "inputs": {"claims": results("mmstt", "tables", "claims.csv")},
        "datasets": TILE_DATA,
    },
}


rule mmstt:
    """All targets of MM-STT."""
    message:
        "MM-STT is complete"
    input:
        targets_of("mmstt"),
        results("mmstt", "checks", "published.csv"),
