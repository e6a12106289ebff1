# Studies of HierarchicalQuake: catalogs and grids on which its networks are tried, the paper's own
# among them, and two controls of which the truth is known. Functions only.
from faultcast.models.quake_variants import VARIANTS
from faultcast.train.quake_protocol import FORMS

QUAKE_VARIANTS, QUAKE_FORMS = list(VARIANTS), [*FORMS, *QUAKE["mixtures"]]
# null in an overlay leaves a study out
QUAKE_CATALOGS = {name: entry for name, entry in QUAKE["studies"].items() if entry is not None}
QUAKE_STUDY = QUAKE["study"]
_LIMIT, _TRUTH = QUAKE_CATALOGS[QUAKE_STUDY]["magnitude_min"], QUAKE["controls"]
# control -> smallest events of a label, and those that maps may count from
QUAKE_CONTROLS = {
    "control_poisson": (_LIMIT, [_LIMIT]),
    "control_etas": (
        _TRUTH["magnitude_min"],
        sorted({_TRUTH["input_magnitude_min"], _TRUTH["magnitude_min"]}),
    ),
}
QUAKE_STUDIES = QUAKE_CATALOGS | {
    name: {
        "magnitude_min": limit,
        "map_magnitudes": counted,
        "forms": ["leak_free"],
        **{key: _TRUTH[key] for key in ("n_origins", "variants")},
    }
    for name, (limit, counted) in QUAKE_CONTROLS.items()
}

for name, entry in QUAKE_CATALOGS.items():
    USES[f"quake_{name}"] = entry


def quake_grid(study="{study}"):
    """Files of a study's cube."""
    return {
        "cells": results("grid", study, "hierarchicalquake", "cells.parquet"),
        "grid": results("grid", study, "hierarchicalquake", "grid.json"),
    }


def quake_scores(file, study="{study}"):
    """Path of a file in which maps or scores of a study lie."""
    return results("evaluate", study, "hierarchicalquake", file)


def quake_training(file, study="{study}", form="{form}", variant="{variant}", seeds="{seeds}"):
    """Path of a file that a training leaves."""
    return results("train", study, form, "hierarchicalquake", variant, f"seed{seeds}", file)


def quake_jobs(study):
    """Names of the jobs that train a study's seeds."""
    seeds = [seed for seed in config["seeds"] if seed in QUAKE["seeds"]]
    return seed_jobs(seeds if study == QUAKE_STUDY else seeds[:1])


def quake_variants(study):
    """Networks that are trained in a study."""
    return QUAKE_STUDIES[study].get("variants", QUAKE_VARIANTS)


def quake_forms(study):
    """Protocols under which a study's networks are trained."""
    return QUAKE_STUDIES[study].get("forms", list(FORMS))


def quake_form(wildcards):
    """A protocol's name, or its switches if it is a mixture."""
    return QUAKE["mixtures"].get(wildcards.form, wildcards.form)


def quake_files(file, study, form, variants=None, jobs=None):
    """Files of the trainings of a study under a form."""
    return [
        quake_training(file, study, form, variant, seeds)
        for variant in variants or quake_variants(study)
        for seeds in jobs or quake_jobs(study)
    ]


def quake_settings(study):
    """What the labels and the parts of the days of a study are made by."""
    entry = QUAKE_STUDIES[study]
    return {key: entry[key] for key in ("magnitude_min", "n_origins")} | QUAKE["parts"]


def quake_networks(study, form):
    """Weights and run records of the trainings of a study under a form, in the same order."""
    return {
        "weights": quake_files("weights.safetensors", study, form),
        "records": quake_files("run.json", study, form),
    }


def quake_floor_options(study):
    """What the forecasts without a network of a study are made by."""
    return quake_settings(study) | {"map_magnitudes": QUAKE_STUDIES[study]["map_magnitudes"]}


# protocols under which the final network is looked into
QUAKE_SHOWN = [
    form for form in ("as_published_reset", "leak_free") if form in quake_forms(QUAKE_STUDY)
]


def quake_shown(file):
    """Files of the final network's trainings that are looked into: the first job of each form."""
    return [
        quake_training(file, QUAKE_STUDY, form, "temporal", quake_jobs(QUAKE_STUDY)[0])
        for form in QUAKE_SHOWN
    ]


QUAKE_EVENTS = catalog_datasets(QUAKE_STUDIES[QUAKE_STUDY]["catalog"])
QUAKE_PRINTED = resource("published", "hierarchicalquake.csv")
QUAKE_APART = {
    name: entry["apart_day"] for name, entry in QUAKE_CATALOGS.items() if "apart_day" in entry
}
QUAKE_SEEDS = [int(seed) for job in quake_jobs(QUAKE_STUDY) for seed in job.split("-")]


def quake_tables(kind):
    """Scores or reliability of the networks of the paper's study, and of the floors."""
    end = {"scores": "", "reliability": "_reliability"}[kind]
    return {
        "networks": [
            quake_scores(f"{form}{end}.parquet", QUAKE_STUDY)
            for form in quake_forms(QUAKE_STUDY)
            if kind == "scores" or form in FORMS  # figures know the three alone
        ],
        "floors": [quake_scores(f"floors{end}.parquet", QUAKE_STUDY)],
    }


def quake_origins():
    """Scores of networks and floors without the leak, of each study on a catalog."""
    return {
        study: [quake_scores("leak_free.parquet", study), quake_scores("floors.parquet", study)]
        for study in QUAKE_CATALOGS
        if "leak_free" in quake_forms(study)
        and not missing_datasets(catalog_datasets(QUAKE_CATALOGS[study]["catalog"]))
    }
