# Studies of EQPRED: the paper's own on the real catalog (named as its region), variants of single
# settings, the two controls, and the catalog with its days in random order. Functions only.
from faultcast.models.registry import ROWS, TABLE1, get_row, is_recurrent

# null in an overlay leaves a variant out
EQPRED_VARIANTS = {name: entry for name, entry in EQPRED["variants"].items() if entry is not None}
EQPRED_CONTROLS = ("control_poisson", "control_etas")
EQPRED_STUDY = EQPRED["region"]


def study_settings(study):
    """EQPRED's settings in a study."""
    variant = EQPRED_VARIANTS.get(study, {})
    settings = EQPRED | {key: variant[key] for key in ("period",) if key in variant}
    for key in ("magnitude_min", "extreme_magnitude"):
        if key in variant:
            settings[key] = dict.fromkeys(PROTOCOLS, variant[key])
    if study in EQPRED_CONTROLS:
        limit = EQPRED["controls"]["extreme_magnitude"]
        settings["extreme_magnitude"] = dict.fromkeys(PROTOCOLS, limit)
    return settings | {"training": EQPRED["training"] | variant.get("training", {})}


def own_cube(study):
    """Whether a study has a cube of its own."""
    return study not in EQPRED_VARIANTS or {"period", "magnitude_min"} & set(EQPRED_VARIANTS[study])


def own_autoencoder(study):
    """Whether a study needs autoencoders of its own: the series alone needs none."""
    variant = EQPRED_VARIANTS.get(study, {})
    changed = set(variant) - {"protocols", "training"} | set(variant.get("training", {}))
    return study not in EQPRED_VARIANTS or changed != {"series"}


def cube_files(wildcards):
    """Files of the cube that a study stands on."""
    study = wildcards.study if own_cube(wildcards.study) else EQPRED_STUDY
    folder = ("grid", study, "eqpred", wildcards.protocol)
    return {
        "cells": results(*folder, "cells.parquet"),
        "grid": results(*folder, "grid.json"),
    }


def cube_events(wildcards):
    """Events of a study's cube; a period of its own has a selection of its own."""
    return selected(
        f"eqpred_{wildcards.study}" if f"eqpred_{wildcards.study}" in USES else "eqpred"
    )


def row_processes(wildcards):
    """Processes that train a row together: one for a network that carries its state on."""
    return 1 if is_recurrent(wildcards.row) else config["train_processes"]


def training_options(wildcards):
    """Options of a training."""
    settings = study_settings(wildcards.study)
    threshold = settings["extreme_magnitude"][wildcards.protocol]
    return settings["training"] | {"threshold_magnitude": threshold}


def autoencoder_options(wildcards):
    """Options of a training that bear on an autoencoder."""
    options = training_options(wildcards)
    return {key: options[key] for key in options if key not in ("series", "predictor_epochs")}


def seed_jobs(seeds):
    """Names of the jobs that train these seeds: "0", or "0-1-2" where one job takes several."""
    size = config["seeds_per_job"]
    jobs = [config["seeds"][i : i + size] for i in range(0, len(config["seeds"]), size)]
    return ["-".join(map(str, job)) for job in jobs if set(job) & set(seeds)]


def row_inputs(wildcards):
    """Cube of a row, and the novelty of its autoencoder, if it has one."""
    files = cube_files(wildcards)
    autoencoder = get_row(wildcards.row).autoencoder
    if autoencoder:
        study = wildcards.study if own_autoencoder(wildcards.study) else EQPRED_STUDY
        folder = ("train", study, wildcards.protocol, "autoencoders", f"{autoencoder}16")
        files["novelty"] = results(*folder, f"seed{wildcards.seeds}", "novelty.parquet")
    return files


def row_jobs(study, protocols, rows):
    """Predictions of some rows, of all seeds each."""
    return [
        results("train", study, protocol, row, f"seed{job}", "predictions.parquet")
        for protocol in protocols
        for row in rows
        for job in seed_jobs(config["seeds"] if row == "eqpred" else EQPRED["other_seeds"])
    ]


def study_jobs(name, protocols=("as_published",)):
    """Predictions of a study that is one job a protocol, of the seeds that all rows have."""
    return [
        results("train", EQPRED_STUDY, protocol, name, f"seed{job}", "predictions.parquet")
        for protocol in protocols
        for job in seed_jobs(EQPRED["other_seeds"])
    ]


def novelty_jobs(kinds):
    """What autoencoders of the paper's study say about each day, of all seeds each."""
    return [
        results(
            "train", EQPRED_STUDY, protocol, "autoencoders", kind, f"seed{job}", "novelty.parquet"
        )
        for protocol in PROTOCOLS
        for kind in kinds
        for job in seed_jobs(EQPRED["other_seeds"])
    ]


def weights(protocol, network):
    """Weights of a network of the paper's study, of the first seed."""
    job = seed_jobs(config["seeds"])[0]
    return results("train", EQPRED_STUDY, protocol, network, f"seed{job}", "weights.safetensors")


def variant_jobs():
    """EQPRED's predictions in each variant."""
    return {
        name: row_jobs(name, entry.get("protocols", PROTOCOLS), ["eqpred"])
        for name, entry in EQPRED_VARIANTS.items()
    }


for name, entry in EQPRED_VARIANTS.items():
    if "period" in entry:
        USES[f"eqpred_{name}"] = EQPRED | {"period": entry["period"]}


def training(network, file):
    """Path of a file that a training leaves."""
    return results("train", "{study}", "{protocol}", network, "seed{seeds}", file)


wildcard_constraints:
    study=r"\w+",
    seeds=r"\d+(-\d+)*",
    kind=r"[a-z]+",
    latent_size=r"\d+",
