# Location and condensation: each event's location PDF as Gaussian kernels, the weight of badly
# located kernels passed to better located ones, each event assigned to its most likely kernel.


rule locate_events:
    """Describe where each event may lie by Gaussian kernels."""
    message:
        "Location kernels of {wildcards.use}"
    input:
        events=results("catalog", "{region}", "{use}", "events.parquet"),
        covariances=of_catalog("covariances.parquet"),
        samples=of_catalog("samples.parquet"),
    output:
        kernels=results("location", "{region}", "{use}", "kernels.parquet"),
        coefficients=results("location", "{region}", "{use}", "regression.csv"),
        medians=results("location", "{region}", "{use}", "errors_by_quality.csv"),
    params:
        region=lambda wildcards: box(wildcards.region),
        code=code("locate_events.py"),
    log:
        log("locate_events", "{region}", "{use}"),
    benchmark:
        cost("locate_events", "{region}_{use}")
    resources:
        mem_mb=6000,
        runtime=30,
    conda:
        ENVIRONMENT
    script:
        "../scripts/locate_events.py"


rule condense_kernels:
    """Pass the weight of badly located kernels to better located ones."""
    message:
        "Condense the kernels of {wildcards.use}"
    input:
        kernels=results("location", "{region}", "{use}", "kernels.parquet"),
    output:
        condensed=results("condense", "{region}", "{use}", "transferred.parquet"),
    params:
        options={key: KAMER["condensation"][key] for key in ("method", "n_samples", "seed")},
        code=code("condense_kernels.py"),
    threads: 2
    log:
        log("condense_kernels", "{region}", "{use}"),
    benchmark:
        cost("condense_kernels", "{region}_{use}")
    resources:
        mem_mb=6000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/condense_kernels.py"


rule assign_events:
    """Assign each event to its most likely condensed kernel, by both rules."""
    message:
        "Assign the events of {wildcards.use} to condensed kernels"
    input:
        kernels=rules.locate_events.output.kernels,
        condensed=rules.condense_kernels.output.condensed,
    output:
        condensed=results("condense", "{region}", "{use}", "kernels.parquet"),
        assignment=results("condense", "{region}", "{use}", "assignment.parquet"),
        summary=results("condense", "{region}", "{use}", "summary.json"),
    params:
        n_samples=KAMER["condensation"]["assignment_samples"],
        seed=KAMER["condensation"]["seed"],
        code=code("assign_events.py"),
    threads: 2
    log:
        log("assign_events", "{region}", "{use}"),
    benchmark:
        cost("assign_events", "{region}_{use}")
    resources:
        mem_mb=6000,
        runtime=240,
    conda:
        ENVIRONMENT
    script:
        "../scripts/assign_events.py"


rule show_location_errors:
    """The known location errors and their regression as pages of the report."""
    message:
        "Format {wildcards.table} of {wildcards.use}"
    input:
        numbers=results("location", "{region}", "{use}", "{table}.csv"),
    output:
        html=report(
            results("location", "{region}", "{use}", "{table}.html"),
            caption="../report/location/errors.rst",
            category="Location errors",
            labels={"target": "{table}"},
        ),
    wildcard_constraints:
        table="regression|errors_by_quality",
    params:
        title=lambda wildcards: f"Location errors: {wildcards.table.replace('_', ' ')}",
        preset=PRESET,
        code=code("format_table.py"),
    log:
        log("show_location_errors", "{region}", "{use}", "{table}"),
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/format_table.py"
