# Figures and tables. Each paper's file lists its targets in TARGETS; here each becomes a rule for
# its numbers (a CSV) and, if it is a figure, a rule that draws them. One rule a target, so that
# each has its own caption and is made anew only when its inputs or its own code change.

for paper, targets in TARGETS.items():
    for target, entry in targets.items():
        folder, name = target.split("/")
        figure = folder == "figures"
        shown = {
            "caption": f"../report/{paper}/{name}.rst",
            "category": TITLES[paper],
            "labels": {"target": name},
        }
        # numbers that are a measurement of time or memory stand outside the digests by their name
        numbers = results(paper, folder, f"{name}{'_cost' if entry.get('cost') else ''}.csv")

        rule:
            name:
                f"{paper}_{name}_numbers"
            message:
                f"Numbers of {paper}/{target}"
            input:
                **entry["inputs"],
            output:
                numbers=numbers,
                provenance=numbers.removesuffix(".csv") + ".provenance.json",
            params:
                module=f"faultcast.evaluate.{paper}.{entry.get('module', name)}",
                options=entry.get("options", {}),
                code=code(
                    "numbers.py",
                    f"faultcast.evaluate.{paper}.{entry.get('module', name)}",
                ),
            log:
                log("numbers", paper, name),
            benchmark:
                cost("numbers", f"{paper}_{name}")
            conda:
                ENVIRONMENT
            script:
                "../scripts/numbers.py"

        if figure:

            rule:
                name:
                    f"{paper}_{name}_figure"
                message:
                    f"Draw {paper}/{target}"
                input:
                    **entry.get("drawn_with", {}),
                    numbers=numbers,
                output:
                    pdf=results(paper, folder, f"{name}.pdf"),
                    png=report(results(paper, folder, f"{name}.png"), **shown),
                params:
                    module=f"faultcast.plots.{paper}.{name}",
                    preset=PRESET,
                    code=code("draw_figure.py", f"faultcast.plots.{paper}.{name}"),
                log:
                    log("figure", paper, name),
                benchmark:
                    cost("figure", f"{paper}_{name}")
                resources:
                    mem_mb=2000,
                    runtime=20,
                localrule: True
                conda:
                    ENVIRONMENT
                script:
                    "../scripts/draw_figure.py"

        if folder == "tables":

            rule:
                name:
                    f"{paper}_{name}_page"
                message:
                    f"Format {paper}/{target}"
                input:
                    numbers=numbers,
                output:
                    html=report(results(paper, folder, f"{name}.html"), **shown),
                params:
                    title=f"{TITLES[paper]}: {name.replace('_', ' ')}",
                    layout=entry.get("page"),
                    preset=PRESET,
                    code=code("format_table.py"),
                log:
                    log("format_table", paper, name),
                resources:
                    mem_mb=1000,
                    runtime=10,
                localrule: True
                conda:
                    ENVIRONMENT
                script:
                    "../scripts/format_table.py"


rule fetch:
    """Bring everything that a run needs from outside, so that the rest runs without a network."""
    message:
        "All data is in place"
    input:
        needed_files(),
