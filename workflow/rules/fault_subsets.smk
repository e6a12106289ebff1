# Fault networks of several subsets by jobs: the points are cut, each subset is worked on alone, and
# a last job joins the parts. The networks are those of reconstruct_faults, to the last bit.

DIVISION = results("faults", "{points}", "division_{engine}_{n_subsets}")
PART = results("faults", "{points}", "{criterion}_{engine}_{n_subsets}_parts", "{subset}")
SEVERAL = r"[2-9]|[1-9]\d+"

if KAMER["subset_jobs"]:

    ruleorder: join_subsets > reconstruct_faults

else:

    ruleorder: reconstruct_faults > join_subsets


rule divide_points:
    """Cut a set of points into branches of its Ward tree."""
    message:
        "{wildcards.n_subsets} subsets of {wildcards.points}"
    input:
        points=points_of,
    output:
        division=directory(DIVISION),
    wildcard_constraints:
        points=r"\w+/\w+",
        engine="exact|released",
        n_subsets=SEVERAL,
    params:
        assigned_only=assigned_only,
        code=code("divide_points.py"),
    threads: 1
    log:
        log("divide_points", "{points}", "{engine}_{n_subsets}"),
    benchmark:
        cost("divide_points", "{points}/{engine}_{n_subsets}")
    resources:
        mem_mb=2000,
        runtime=30,
    conda:
        ENVIRONMENT
    script:
        "../scripts/divide_points.py"


rule reconstruct_subset:
    """Atomize a subset; with the released engine its whole first pass."""
    message:
        "Subset {wildcards.subset} of {wildcards.points}: {wildcards.criterion}, {wildcards.engine}"
    input:
        division=DIVISION,
    output:
        part=directory(PART),
    wildcard_constraints:
        points=r"\w+/\w+",
        criterion="global|local",
        engine="exact|released",
        n_subsets=SEVERAL,
        subset=r"\d+",
    params:
        code=code("reconstruct_subset.py"),
    threads: 1
    log:
        log("reconstruct_subset", "{points}", "{criterion}_{engine}_{n_subsets}", "{subset}"),
    benchmark:
        cost("reconstruct_subset", "{points}/{criterion}_{engine}_{n_subsets}/{subset}")
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        ENVIRONMENT
    script:
        "../scripts/reconstruct_subset.py"


rule join_subsets:
    """Join what the subsets came to, and merge."""
    message:
        "Fault network of {wildcards.points}: {wildcards.criterion}, {wildcards.n_subsets} parts"
    input:
        points=points_of,
        division=DIVISION,
        parts=parts_of,
    output:
        network=directory(results("faults", "{points}", "{criterion}_{engine}_{n_subsets}")),
    wildcard_constraints:
        points=r"\w+/\w+",
        criterion="global|local",
        engine="exact|released",
        n_subsets=SEVERAL,
    params:
        assigned_only=assigned_only,
        code=code("join_subsets.py"),
    threads: 1
    log:
        log("join_subsets", "{points}", "{criterion}_{engine}_{n_subsets}"),
    benchmark:
        cost("join_subsets", "{points}/{criterion}_{engine}_{n_subsets}")
    resources:
        mem_mb=4000,
        runtime=120,
    conda:
        ENVIRONMENT
    script:
        "../scripts/join_subsets.py"
