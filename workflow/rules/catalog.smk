# Catalog: fetch the data, read and merge it into one event table, select what each target needs.


def catalog_entry(name):
    """A catalog's entry; the merged table stands in for the merge where it is at hand."""
    entry = config["catalogs"][name]
    if "merge" in entry and placed(entry.get("merged_dataset")):
        return {"dataset": entry["merged_dataset"]}
    return entry


def catalog_datasets(name):
    """Ids of the registered datasets behind a catalog."""
    entry = catalog_entry(name)
    return (
        list(entry["merge"].values())
        if "merge" in entry
        else [entry[key] for key in ("dataset",) if key in entry]
    )


def catalog_files(wildcards):
    """Files that a catalog is read from, by role."""
    entry = catalog_entry(wildcards.catalog)
    if "merge" in entry:
        return {
            role: dataset_files(dataset) for role, dataset in entry["merge"].items()
        }
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
        key: entry[key]
        for key in ("format", "columns", "placeholder_magnitudes")
        if key in entry
    }


def of_catalog(file):
    """Input function: a file of the catalog that a use is selected from."""
    return lambda wildcards: results("catalog", USES[wildcards.use]["catalog"], file)


def magnitude_limits():
    """Config keys of the magnitude limits that a fair score stands on."""
    return {
        "papers.eqpred.magnitude_min.leak_free": EQPRED["magnitude_min"]["leak_free"]
    }


def needed_files():
    """Registered files behind all catalogs in use and all targets that are not missing."""
    missing = missing_targets()
    datasets = {
        name for use in USES.values() for name in catalog_datasets(use["catalog"])
    }
    for paper, targets in TARGETS.items():
        for target, entry in targets.items():
            if f"{paper}/{target}" not in missing:
                datasets |= set(entry.get("datasets", []))
    return sorted(file for dataset in datasets for file in dataset_files(dataset))


rule fetch_file:
    output:
        f"{DATA}/{{path}}",
    log:
        log("fetch_file", "{path}"),
    wildcard_constraints:
        path="|".join(map(re.escape, FILES)),
    retries: 0
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        registry=str(ROOT / "resources/datasets.yaml"),
        folder=DATA,
        expected=lambda wildcards: FILES[wildcards.path].sum,
    """Fetch one file of the registry: from the mirror, its address, or an alternate."""
    message:
        "Fetch {wildcards.path}"
    script:
        "../scripts/fetch_file.py"


rule read_catalog:
    input:
        unpack(catalog_files),
    output:
        events=results("catalog", "{catalog}", "events.parquet"),
        covariances=results("catalog", "{catalog}", "covariances.parquet"),
        rejected=results("catalog", "{catalog}", "rejected.csv"),
    log:
        log("read_catalog", "{catalog}"),
    benchmark:
        cost("read_catalog", "{catalog}")
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        options=catalog_options,
        datasets=lambda wildcards: catalog_datasets(wildcards.catalog),
        code=code("read_catalog.py"),
    """Read the files of a catalog into one event table; rows that make no sense kept aside."""
    message:
        "Read the catalog {wildcards.catalog}"
    script:
        "../scripts/read_catalog.py"


rule select_events:
    input:
        events=of_catalog("events.parquet"),
    output:
        events=results("catalog", "{region}", "{use}", "events.parquet"),
    log:
        log("select_events", "{region}", "{use}"),
    benchmark:
        cost("select_events", "{region}_{use}")
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        region=lambda wildcards: box(wildcards.region, USES[wildcards.use]["period"]),
        magnitude_min=lambda wildcards: USES[wildcards.use].get("smallest_magnitude"),
        code=code("select_events.py"),
    """Select the events of a use: its region, period and smallest magnitude."""
    message:
        "Select the events of {wildcards.use}"
    script:
        "../scripts/select_events.py"


rule estimate_completeness:
    input:
        events=results("catalog", "{region}", "{use}", "events.parquet"),
    output:
        completeness=results("catalog", "{region}", "{use}", "completeness.csv"),
    log:
        log("estimate_completeness", "{region}", "{use}"),
    benchmark:
        cost("estimate_completeness", "{region}_{use}")
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        code=code("estimate_completeness.py"),
    """Estimate the magnitude of completeness of a selection, window by window."""
    message:
        "Estimate the completeness of {wildcards.use}"
    script:
        "../scripts/estimate_completeness.py"


rule check_magnitudes:
    input:
        completeness=selected("eqpred", "completeness.csv"),
    output:
        checked=results("eqpred", "checks", "magnitudes.json"),
    log:
        log("check_magnitudes"),
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        thresholds=magnitude_limits(),
        code=code("check_magnitudes.py"),
    """Hold the magnitude limits of the leak-free protocol against the estimated completeness."""
    message:
        "Check magnitude limits against completeness"
    script:
        "../scripts/check_magnitudes.py"
