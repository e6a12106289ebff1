# Evaluation: every printed number with ours beside it, and the scoreboard that opens the report.


rule check_published:
    """Hold our numbers against the printed ones."""
    message:
        "Published numbers of {wildcards.paper}"
    input:
        published=resource("published", "{paper}.csv"),
        ours=ours_of,
    output:
        checked=results("{paper}", "checks", "published.csv"),
    params:
        preset=PRESET,
        comparable=PRESET == "paper",
        code=code("check_published.py"),
    log:
        log("check_published", "{paper}"),
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/check_published.py"


rule scoreboard:
    """The page on which the report opens: published against ours, by paper."""
    message:
        "Scoreboard"
    input:
        **{paper: results(paper, "checks", "published.csv") for paper in PUBLISHED},
    output:
        page=results("scoreboard.rst"),
    params:
        preset=PRESET,
        missing=missing_targets(),
        code=code("scoreboard.py"),
    log:
        log("scoreboard"),
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/scoreboard.py"
