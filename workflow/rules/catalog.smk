# Catalog: fetch the data, read and merge it into one event table, select what each target needs.


rule fetch_file:
    """Fetch one file of the registry: from the mirror, its address, or an alternate."""
    message:
        "Fetch {wildcards.path}"
    output:
        f"{DATA}/{{path}}",
    wildcard_constraints:
        path="|".join(map(re.escape, FILES)),
    params:
        registry=resource("datasets.yaml"),
        # a changed checksum fetches anew
        expected=lambda wildcards: FILES[wildcards.path].sha256
        or FILES[wildcards.path].git_blob_sha1,
    log:
        log("fetch_file", "{path}"),
    resources:
        mem_mb=1000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/fetch_file.py"


rule read_catalog:
    """Read the files of a catalog into one event table; rows that make no sense kept aside."""
    message:
        "Read the catalog {wildcards.catalog}"
    input:
        unpack(catalog_files),
    output:
        events=results("catalog", "{catalog}", "events.parquet"),
        covariances=results("catalog", "{catalog}", "covariances.parquet"),
        samples=results("catalog", "{catalog}", "samples.parquet"),
        rejected=results("catalog", "{catalog}", "rejected.csv"),
    params:
        options=catalog_options,
        datasets=lambda wildcards: catalog_datasets(wildcards.catalog),
        code=code("read_catalog.py"),
    log:
        log("read_catalog", "{catalog}"),
    benchmark:
        cost("read_catalog", "{catalog}")
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    script:
        "../scripts/read_catalog.py"


rule select_events:
    """Select the events of a use: its region, period and smallest magnitude."""
    message:
        "Select the events of {wildcards.use}"
    input:
        events=of_catalog("events.parquet"),
    output:
        events=results("catalog", "{region}", "{use}", "events.parquet"),
    params:
        region=lambda wildcards: box(wildcards.region, USES[wildcards.use]["period"]),
        magnitude_min=lambda wildcards: (
            NETWORK["magnitude_min"] if wildcards.use == "network" else None
        ),
        code=code("select_events.py"),
    log:
        log("select_events", "{region}", "{use}"),
    benchmark:
        cost("select_events", "{region}_{use}")
    resources:
        mem_mb=4000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/select_events.py"


rule estimate_completeness:
    """Estimate the magnitude of completeness of a selection, window by window."""
    message:
        "Estimate the completeness of {wildcards.use}"
    input:
        events=results("catalog", "{region}", "{use}", "events.parquet"),
    output:
        completeness=results("catalog", "{region}", "{use}", "completeness.csv"),
    params:
        code=code("estimate_completeness.py"),
    log:
        log("estimate_completeness", "{region}", "{use}"),
    benchmark:
        cost("estimate_completeness", "{region}_{use}")
    resources:
        mem_mb=2000,
        runtime=20,
    conda:
        ENVIRONMENT
    script:
        "../scripts/estimate_completeness.py"


rule check_magnitudes:
    """Hold the magnitude limits of the leak-free protocol against the estimated completeness."""
    message:
        "Check magnitude limits of {wildcards.paper} against completeness"
    input:
        completeness=lambda wildcards: selected(
            MAGNITUDE_LIMITS[wildcards.paper][0], "completeness.csv"
        ),
    output:
        checked=results("{paper}", "checks", "magnitudes.json"),
    params:
        thresholds=lambda wildcards: MAGNITUDE_LIMITS[wildcards.paper][1],
        code=code("check_magnitudes.py"),
    log:
        log("check_magnitudes", "{paper}"),
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/check_magnitudes.py"
