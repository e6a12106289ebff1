# Evaluation: every printed number with ours beside it, and the scoreboard that opens the report.


def ours_of(wildcards):
    """Our values of a paper's numbers, where its targets are built."""
    if wildcards.paper in TARGETS:
        return results(wildcards.paper, "checks", "ours.csv")
    return []


rule check_published:
    input:
        published=str(ROOT / "resources/published/{paper}.csv"),
        ours=ours_of,
    output:
        checked=results("{paper}", "checks", "published.csv"),
    log:
        log("check_published", "{paper}"),
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        preset=PRESET,
        comparable=PRESET == "paper",
        code=code("check_published.py"),
    """Hold our numbers against the printed ones."""
    message:
        "Published numbers of {wildcards.paper}"
    script:
        "../scripts/check_published.py"


rule scoreboard:
    input:
        **{paper: results(paper, "checks", "published.csv") for paper in PUBLISHED},
    output:
        page=results("scoreboard.rst"),
    log:
        log("scoreboard"),
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        preset=PRESET,
        missing=missing_targets(),
        code=code("scoreboard.py"),
    """The page on which the report opens: published against ours, by paper."""
    message:
        "Scoreboard"
    script:
        "../scripts/scoreboard.py"
