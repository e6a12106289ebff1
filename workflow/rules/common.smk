# Shared by all files here - the checked configuration, paths, digests of code, what is at hand.
import os
import re
from pathlib import Path

from snakemake.exceptions import WorkflowError

from faultcast.catalog.download import why_absent
from faultcast.catalog.registry import load_registry
from faultcast.config import check_config, plain_dates, read_schema
from faultcast.errors import FaultcastError
from faultcast.models.registry import ROWS
from faultcast.provenance import code_digest

ROOT = Path(workflow.basedir)

config.update(plain_dates(config))
try:
    REGISTRY = load_registry(ROOT / "resources/datasets.yaml")
    SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
    check_config(config, SCHEMA, REGISTRY.paths(), ROWS)
except FaultcastError as error:
    raise WorkflowError(str(error)) from None

ENVIRONMENT = str(ROOT / "envs/faultcast.yaml")
PRESET = config["preset"]
DATA = config["data_dir"]
PAPERS = config["papers"]
KAMER = PAPERS["kamer2020"]
EQPRED = PAPERS["eqpred"]
QUAKE = PAPERS["hierarchicalquake"]
NETWORK = config["network"]
PROTOCOLS = ("as_published", "leak_free")


wildcard_constraints:
    catalog=r"\w+",
    region=r"\w+",
    use=r"\w+",
    protocol="|".join(PROTOCOLS),
    seed=r"\d+",
    paper=r"\w+",


def results(*parts):
    """Path below the results folder of this preset."""
    return str(Path(config["results"], *parts))


def resource(*parts):
    """Path of a file in resources/, relative: a checkout that was moved stays up to date."""
    return os.path.relpath(ROOT.joinpath("resources", *parts))


def log(rule, *wildcards):
    """Path of a rule's log."""
    return results("logs", rule, *wildcards) + ".log"


def cost(rule, *wildcards):
    """Path of a rule's benchmark file."""
    return results("benchmarks", rule, *wildcards) + ".tsv"


def code(script, *modules):
    """Digest of a script, of package modules, and of what they import from the package.

    It goes into a rule's params, since Snakemake does not track imported code.
    """
    return code_digest(ROOT / "workflow/scripts" / script, *modules)


# the selections of events that the targets stand on: name -> region, catalog, period
USES = {
    "kamer2020": KAMER,
    "kamer2020_targets": KAMER
    | {"region": KAMER["target_region"], "period": KAMER["target_period"]},
    # forecasts learn from it and choose on the rest of the learning period
    "kamer2020_past": KAMER | {"period": [KAMER["period"][0], KAMER["past_end"]]},
    "eqpred": EQPRED,
    "network": NETWORK,
}


def selected(use, file="events.parquet", stage="catalog"):
    """Path of a file of a stage that stands on a selection of events."""
    return results(stage, USES[use]["region"], use, file)


def box(region, period=None):
    """Region's bounds as the package takes them, with a period."""
    bounds = dict(config["regions"][region])
    bounds.pop("title")
    if period:
        bounds |= {"start": str(period[0]), "end": str(period[1])}
    return bounds


# magnitude limits that a fair score stands on: paper -> selection of events, config key, limit
MAGNITUDE_LIMITS = {
    "eqpred": (
        "eqpred",
        {"papers.eqpred.magnitude_min.leak_free": EQPRED["magnitude_min"]["leak_free"]},
    ),
    "hierarchicalquake": (
        f"quake_{QUAKE['study']}",
        {
            f"papers.hierarchicalquake.studies.{QUAKE['study']}.magnitude_min": QUAKE["studies"][
                QUAKE["study"]
            ]["magnitude_min"]
        },
    ),
}


FILES = {file.path: file for dataset in REGISTRY.values() for file in dataset.files}


def dataset_files(dataset_id):
    """Paths of a dataset's files once fetched."""
    return [f"{DATA}/{file.path}" for file in REGISTRY[dataset_id].files]


def placed(dataset_id):
    """Whether all files of a dataset lie in the data folder or in the mirror, if that is one."""
    if dataset_id is None:
        return False
    mirror = config["mirror"]
    return all(
        Path(DATA, file.path).is_file()
        or (mirror and any(Path(mirror, file.mirror_path + end).is_file() for end in ("", ".gz")))
        for file in REGISTRY[dataset_id].files
    )


def missing_datasets(dataset_ids):
    """What to do for each dataset that cannot be had as things are: id -> text."""
    found = {
        name: why_absent(REGISTRY[name], DATA, mirror=config["mirror"]) for name in dataset_ids
    }
    return {name: cure for name, cure in found.items() if cure}


# paper -> "figures/name" or "tables/name" -> what its numbers are made from: inputs, options,
# module (by default the target's name), datasets that must be at hand, cost (True where the numbers
# are a measurement of time or memory), drawn_with (files that a figure takes besides its numbers),
# page (layout of a table's page); targets.smk makes the rules
TARGETS = {}
KINDS = {"figures": ("pdf", "png"), "tables": ("csv", "html"), "checks": ("csv",)}
TITLES = {
    "kamer2020": "Kamer et al. 2020: fault networks",
    "eqpred": "Feng and Fox 2020: EQPRED",
    "hierarchicalquake": "HierarchicalQuake",
    "network": "Your own network",
}
PUBLISHED = ("kamer2020", "eqpred", "hierarchicalquake", "mmstt")


def missing_targets():
    """Targets whose data is not at hand: target -> what to do."""
    missing = {}
    for paper, targets in TARGETS.items():
        for target, entry in targets.items():
            cures = missing_datasets(entry.get("datasets", []))
            if cures:
                missing[f"{paper}/{target}"] = "; ".join(cures.values())
    return missing


def targets_of(paper):
    """Files of a paper's targets, but for those whose data is not at hand."""
    missing = missing_targets()
    wanted = []
    for target in TARGETS[paper]:
        if f"{paper}/{target}" not in missing:
            kinds = KINDS[target.split("/")[0]]
            # its numbers have another name (targets.smk)
            kinds = [
                kind for kind in kinds if kind != "csv" or not TARGETS[paper][target].get("cost")
            ]
            wanted += [results(paper, f"{target}.{kind}") for kind in kinds]
    return wanted


def location_pages():
    """Pages that show the location errors behind the condensed catalog, where that is made."""
    if "kamer2020/figures/fig09" in missing_targets():
        return []
    names = ("regression.html", "errors_by_quality.html")
    return [selected("kamer2020", name, "location") for name in names]


def catalog_entry(name):
    """A catalog's entry; the merged table stands in for the merge where it is at hand."""
    entry = config["catalogs"][name]
    if "merge" in entry and placed(entry.get("merged_dataset")):
        return {"dataset": entry["merged_dataset"]}
    return entry


def catalog_datasets(name):
    """Ids of the registered datasets behind a catalog."""
    entry = catalog_entry(name)
    if "merge" in entry:
        return list(entry["merge"].values())
    return [entry["dataset"]] if "dataset" in entry else []


def catalog_files(wildcards):
    """Files that a catalog is read from, by role."""
    entry = catalog_entry(wildcards.catalog)
    if "merge" in entry:
        return {role: dataset_files(dataset) for role, dataset in entry["merge"].items()}
    if "dataset" in entry:
        return {"files": dataset_files(entry["dataset"])}
    if "path" in entry:
        return {"files": [entry["path"]]}
    return {"files": [results("synthetic", wildcards.catalog, "catalog.csv")]}


def catalog_options(wildcards):
    """Format, column map and treatment of placeholder magnitudes of a catalog."""
    entry = catalog_entry(wildcards.catalog)
    if "simulate" in entry:
        return {"format": "csv"}
    return {
        key: entry[key] for key in ("format", "columns", "placeholder_magnitudes") if key in entry
    }


def of_catalog(file):
    """Input function: a file of the catalog that a use is selected from."""
    return lambda wildcards: results("catalog", USES[wildcards.use]["catalog"], file)


def needed_files():
    """Registered files behind all catalogs in use and all targets that are not missing."""
    missing = missing_targets()
    datasets = set()
    for paper, targets in TARGETS.items():
        for target, entry in targets.items():
            if f"{paper}/{target}" not in missing:
                datasets |= set(entry.get("datasets", []))
    return sorted(file for dataset in datasets for file in dataset_files(dataset))


def ours_of(wildcards):
    """Our values of a paper's numbers, where its targets are built."""
    paper = wildcards.paper
    if paper not in TARGETS or f"{paper}/checks/ours" in missing_targets():
        return []
    return results(paper, "checks", "ours.csv")


def points_of(wildcards):
    """Table of points: condensed kernels where the network is to stand on them."""
    for points, use in (("condensed", "kamer2020"), ("condensed_past", "kamer2020_past")):
        if wildcards.points == f"{KAMER['region']}/{points}":
            return selected(use, "kernels.parquet", "condense")
    return results("faults", wildcards.points, "points.parquet")


def assigned_only(wildcards):
    """Whether a network stands, as in section 4.3, on those kernels that won an event."""
    return wildcards.points.endswith(("condensed", "condensed_past"))


def parts_of(wildcards):
    """What the subsets of a network came to, in order."""
    return expand(PART, subset=range(int(wildcards.n_subsets)), **dict(wildcards.items()))


def network(points, criterion, n_subsets, engine=KAMER["engine"]):
    """Folder of a fault network."""
    return results("faults", points, f"{criterion}_{engine}_{n_subsets}")


def engine_inputs(wildcards):
    """Points of a set, and what the author's program made of them, where that is at hand."""
    inputs = {}
    if wildcards.data in PROGRAM_SETS:
        name = PROGRAM_SETS[wildcards.data]
        for path in dataset_files("kamer_reference"):
            for role in ("input", "octave_global", "octave_local"):
                if Path(path).name.startswith(f"{name}_{role}"):
                    key = role.replace("input", "points").replace("octave", "program")
                    inputs[key] = path
    if wildcards.data == KAMER["aftershocks"]:
        inputs["points"] = results("faults", AFTERSHOCKS, "points.parquet")
    return inputs


def engine_options(wildcards):
    """Options of the runs on one set; the sparse sets are drawn."""
    options = {"data": wildcards.data, "configurations": ENGINE_CONFIGURATIONS}
    if wildcards.data.startswith("sparse_"):
        options |= {
            "seeds": PLANTED["seeds"],
            "points_per_km2": float(wildcards.data.removeprefix("sparse_")),
            "noise": PLANTED["noise"],
        }
    return options


def exports():
    """The exported planes, where the network is made."""
    return [] if "kamer2020/views/network3d" in missing_targets() else EXPORTS
