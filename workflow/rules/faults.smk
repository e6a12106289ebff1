# Fault networks: hypocentres in, a mixture of Gaussian kernels and uniform backgrounds out.


rule place_events:
    """Hypocentres of a selection of events in km."""
    message:
        "Hypocentres of {wildcards.use}"
    input:
        events=results("catalog", "{region}", "{use}", "events.parquet"),
    output:
        points=results("faults", "{region}", "{use}", "points.parquet"),
    params:
        region=lambda wildcards: box(wildcards.region),
        code=code("place_events.py"),
    log:
        log("place_events", "{region}", "{use}"),
    resources:
        mem_mb=4000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/place_events.py"


rule reconstruct_faults:
    """Reconstruct the fault network of a set of points."""
    message:
        "Fault network of {wildcards.points}: {wildcards.criterion}, {wildcards.n_subsets} subset(s)"
    input:
        points=points_of,
    output:
        network=directory(results("faults", "{points}", "{criterion}_{engine}_{n_subsets}")),
    wildcard_constraints:
        points=r"\w+/\w+",
        criterion="global|local",
        engine="exact|released",
        n_subsets=r"\d+",
    params:
        assigned_only=assigned_only,
        code=code("reconstruct_faults.py"),
    threads: 1
    log:
        log("reconstruct_faults", "{points}", "{criterion}_{engine}_{n_subsets}"),
    benchmark:
        cost("reconstruct_faults", "{points}/{criterion}_{engine}_{n_subsets}")
    resources:
        mem_mb=4000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/reconstruct_faults.py"


rule landers_points:
    """Hypocentres of the Landers aftershocks of Kamer et al. 2020."""
    message:
        "Points of the Landers aftershocks"
    input:
        file=dataset_files("landers")[0],
    output:
        points=results("faults", "aftershocks", "landers", "points.parquet"),
    params:
        code=code("landers_points.py"),
    log:
        log("landers_points"),
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/landers_points.py"


rule largest_sequence_points:
    """Hypocentres around the largest shock of the catalog, for a region without Landers."""
    message:
        "Points of the largest aftershock sequence"
    input:
        events=selected("kamer2020"),
    output:
        points=results("faults", "aftershocks", "largest_sequence", "points.parquet"),
    params:
        region=box(KAMER["region"]),
        code=code("largest_sequence_points.py"),
    log:
        log("largest_sequence_points"),
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/largest_sequence_points.py"
