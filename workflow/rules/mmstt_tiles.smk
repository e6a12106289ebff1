# Tiles of ground deformation and what is trained on them: settings and paths. Functions only.
from copy import deepcopy

from snakemake.utils import update_config

from faultcast.config_tiles import raw_tile_files
from faultcast.models.tile_registry import TILE_NETWORKS
from faultcast.train.tile_protocol import TILE_PROTOCOLS

MMSTT = PAPERS["mmstt"]
TITLES["mmstt"] = "Yao et al. 2025: MM-STT"
# null in an overlay leaves a tile out
TILES = {name: entry for name, entry in MMSTT["tiles"].items() if entry is not None}
SCORED_TILES = MMSTT["scored"]
# the networks of table 1; the others of the registry are MM-STT's ablations
RIVALS = [key for key, entry in TILE_NETWORKS.items() if key == "mmstt" or entry.name != "MmStt"]
# those of them whose weights fit other tiles: table 3
ELSEWHERE = [key for key in RIVALS if TILE_NETWORKS[key].place != "nodes"]
# folder of what is trained on the first tile alone
ALONE = "mmstt_alone"
STEPS = {
    name: entry["step"] if "step" in entry else entry["simulate"]["step"]
    for name, entry in TILES.items()
    if "step" in entry or "simulate" in entry
}
# table 4: each assumed leak alone on the chronological windows, and all together
LEAKS = ["chronological", "full_statics", "random_windows", "zero_filled", "with_leaks"]

# MM-STT with other settings: name of the network in paths and tables -> what differs
TRIALS = {f"mmstt_{name}": entry for name, entry in MMSTT["trials"].items() if entry is not None}
# all of MM-STT that is trained leak-free: as configured, the trials, the ablations
TRIED = ["mmstt", *TRIALS, *MMSTT["ablations"]]


def tile_network(wildcards):
    """Key of the network that a job trains."""
    return "mmstt" if wildcards.tile_network in TRIALS else wildcards.tile_network


def tile_options(wildcards):
    """Settings of a training: those of all, and what a trial changes."""
    windows = TRANSFERS.get(wildcards.tiles, MMSTT)["windows"]
    options = deepcopy(windows | MMSTT["training"])
    update_config(options, TRIALS.get(wildcards.tile_network, {}))
    options.pop("also_train", None)
    return options


def tile_source(wildcards):
    """The files that a tile is made from, in the reader's order; none where it is simulated."""
    entry = TILES[wildcards.tile]
    if "simulate" in entry:
        return []
    if "path" in entry:
        return [entry["path"]]
    return raw_tile_files(entry, dataset_files(entry["dataset"]))


def tile_making(wildcards):
    """What a tile is made by, besides its source."""
    entry = TILES[wildcards.tile]
    return {key: entry[key] for key in ("simulate", "stations", "coarsen") if key in entry}


def tile_lattice(wildcards):
    """The tile on whose cells the points of a track are averaged, if it is one."""
    on = TILES[wildcards.tile].get("lattice_of")
    return [results("deformation", on, "tile.json")] if on else []


def tile_files(names):
    """Tables of cells of some tiles."""
    return [results("deformation", name, "cells.parquet") for name in names]


def tile_datasets(names):
    """Registered datasets behind some tiles."""
    return sorted({TILES[name]["dataset"] for name in names if "dataset" in TILES[name]})


def transfers():
    """Folder of what is trained on the first tile alone -> windows, and the tiles it is given.

    A tile of few epochs has shorter windows of its own. Tiles whose data cannot be had are left
    out, unless all are: then table 3 is told to be missing.
    """
    wanted = MMSTT["transfer"]
    had = [name for name in wanted if not missing_datasets(tile_datasets([name]))]
    found = {}
    for name in had or wanted:
        windows = TILES[name].get("windows", {})
        folder = "_".join((ALONE, *(str(windows[key]) for key in ("n_in", "n_out") if windows)))
        one = found.setdefault(folder, {"windows": MMSTT["windows"] | windows, "tiles": []})
        one["tiles"].append(name)
    return found


TRANSFERS = transfers()
# all of them
GIVEN = [name for transfer in TRANSFERS.values() for name in transfer["tiles"]]


def tile_training(file):
    """Path of a file that a training on tiles leaves."""
    return results("train", "{tiles}", "{tile_protocol}", "{tile_network}", "seed{seeds}", file)


def tile_inputs(wildcards):
    """Tiles of a training: all that are scored, or the first alone, for table 3."""
    if wildcards.tiles in TRANSFERS:
        return {"tiles": tile_files(SCORED_TILES[:1])}
    inputs = {"tiles": tile_files(SCORED_TILES)}
    others = TRIALS.get(wildcards.tile_network, {}).get("also_train", MMSTT["also_train"])
    if others:
        inputs["others"] = tile_files(others)
    return inputs


def tile_errors(networks, protocols, seeds=None):
    """Summed errors of networks and of the forecasts without one."""
    return [
        results("evaluate", "mmstt", protocol, name, "errors.parquet")
        for protocol in protocols
        for name in [
            "baselines",
            *(
                f"{network}/seed{job}"
                for network in networks
                for job in seed_jobs(MMSTT["seeds"] if seeds is None else seeds)
            ),
        ]
    ]


def transfer_errors():
    """Summed errors on tiles that networks were not trained on."""
    return [
        results("evaluate", folder, "transfer", name, "errors.parquet")
        for folder in TRANSFERS
        for name in [
            "baselines",
            *(f"{network}/seed{job}" for network in ELSEWHERE for job in seed_jobs(MMSTT["seeds"])),
        ]
    ]


def transfer_tiles(wildcards):
    """The other tiles that networks in a folder are given."""
    return tile_files(TRANSFERS[wildcards.tiles]["tiles"])


def transfer_steps(wildcards):
    """Days of their steps."""
    return {name: STEPS[name] for name in TRANSFERS[wildcards.tiles]["tiles"] if name in STEPS}


def trial_inputs():
    """Errors and records of what was tried, first seed, beside the humble forecasts."""
    seeds = MMSTT["seeds"][:1]
    job = seed_jobs(seeds)[0]
    return {
        "errors": tile_errors(TRIED, ["leak_free"], seeds),
        "records": [
            results("train", "mmstt", "leak_free", network, f"seed{job}", "run.json")
            for network in TRIED
        ],
        "validation": results("forecast", "mmstt", "leak_free", "validation.csv"),
    }


def mmstt_training(file):
    """A file of MM-STT's leak-free training, first seed."""
    job = seed_jobs(MMSTT["seeds"])[0]
    return results("train", "mmstt", "leak_free", "mmstt", f"seed{job}", file)


def mmstt_tiles():
    """All tiles of a training, the scored ones first, as tables and records."""
    names = [*SCORED_TILES, *MMSTT["also_train"]]
    records = [results("deformation", name, "tile.json") for name in names]
    return {"cells": tile_files(names), "tiles": records}


def tile_predictions(network, protocol):
    """Forecasts of a network, first seed."""
    job = seed_jobs(MMSTT["seeds"])[0]
    return results("train", "mmstt", protocol, network, f"seed{job}", "predictions.parquet")


def with_step():
    """The tile with a step that figure 6 shows, if networks are given one: measured, if any is."""
    names = [name for name in TRANSFERS.get(ALONE, {"tiles": []})["tiles"] if name in STEPS]
    return sorted(names, key=lambda name: "simulate" in TILES[name])[:1]


def series_inputs():
    """What figure 6 is made from."""
    inputs = {
        "predictions": tile_predictions("mmstt", "leak_free"),
        "cells": tile_files(SCORED_TILES[:1])[0],
        "tile": results("deformation", SCORED_TILES[0], "tile.json"),
    }
    job = seed_jobs(MMSTT["seeds"])[0]
    for name in with_step():
        folder = ("forecast", ALONE, "transfer", "mmstt", f"seed{job}")
        inputs |= {
            "step_predictions": results(*folder, "predictions.parquet"),
            "step_cells": tile_files([name])[0],
            "step_tile": results("deformation", name, "tile.json"),
        }
    return inputs


def series_options():
    """Day of the step in figure 6."""
    return {"step": STEPS[name] for name in with_step()}


def scored_table(wildcards):
    """Forecasts whose errors are summed."""
    if wildcards.tiles in TRANSFERS:
        return results(
            "forecast", wildcards.tiles, "transfer", wildcards.forecasts, "predictions.parquet"
        )
    if wildcards.forecasts == "baselines":
        return results("forecast", "mmstt", wildcards.tile_protocol, "predictions.parquet")
    return results(
        "train", "mmstt", wildcards.tile_protocol, wildcards.forecasts, "predictions.parquet"
    )


wildcard_constraints:
    tiles="|".join(("mmstt", *TRANSFERS)),
    tile_network="|".join((*TILE_NETWORKS, *TRIALS)),
    tile_protocol="|".join((*TILE_PROTOCOLS, "transfer")),
