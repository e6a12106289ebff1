# Location and condensation: each event's location PDF as Gaussian kernels, the weight of badly
# located kernels passed to better located ones, each event assigned to its most likely kernel.


rule locate_events:
    input:
        events=results("catalog", "{region}", "{use}", "events.parquet"),
        covariances=of_catalog("covariances.parquet"),
    output:
        kernels=results("location", "{region}", "{use}", "kernels.parquet"),
        coefficients=results("location", "{region}", "{use}", "regression.csv"),
        medians=results("location", "{region}", "{use}", "errors_by_quality.csv"),
    log:
        log("locate_events", "{region}", "{use}"),
    benchmark:
        cost("locate_events", "{region}_{use}")
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        region=lambda wildcards: box(wildcards.region),
        code=code("locate_events.py"),
    """Describe where each event may lie by Gaussian kernels."""
    message:
        "Location kernels of {wildcards.use}"
    script:
        "../scripts/locate_events.py"


rule condense_kernels:
    input:
        kernels=results("location", "{region}", "{use}", "kernels.parquet"),
    output:
        condensed=results("condense", "{region}", "{use}", "transferred.parquet"),
    log:
        log("condense_kernels", "{region}", "{use}"),
    benchmark:
        cost("condense_kernels", "{region}_{use}")
    threads: 2
    resources:
        mem_mb=6000,
        runtime=120,
    params:
        options={
            key: KAMER["condensation"][key] for key in ("method", "n_samples", "seed")
        },
        code=code("condense_kernels.py"),
    """Pass the weight of badly located kernels to better located ones."""
    message:
        "Condense the kernels of {wildcards.use}"
    script:
        "../scripts/condense_kernels.py"


rule assign_events:
    input:
        kernels=rules.locate_events.output.kernels,
        condensed=rules.condense_kernels.output.condensed,
    output:
        condensed=results("condense", "{region}", "{use}", "kernels.parquet"),
        assignment=results("condense", "{region}", "{use}", "assignment.parquet"),
        summary=results("condense", "{region}", "{use}", "summary.json"),
    log:
        log("assign_events", "{region}", "{use}"),
    benchmark:
        cost("assign_events", "{region}_{use}")
    threads: 2
    resources:
        mem_mb=6000,
        runtime=240,
    params:
        n_samples=KAMER["condensation"]["assignment_samples"],
        seed=KAMER["condensation"]["seed"],
        code=code("assign_events.py"),
    """Assign each event to its most likely condensed kernel, by both rules."""
    message:
        "Assign the events of {wildcards.use} to condensed kernels"
    script:
        "../scripts/assign_events.py"
