# Beyond the paper: what a fault network depends on, heavier tails, mechanisms, views and exports.

STUDIED = NETWORKS[f"global_{MANY}"]  # the network with the lowest BIC of the four in the paper
MECHANISMS = results("catalog", KAMER["catalog"], "mechanisms.parquet")
MECHANISM_DATASETS = [] if KAMER["mechanisms"] == "simulated" else [KAMER["mechanisms"]]
VARIANTS = ("all_events", "ab_quality", "free_depth")
SAME_EVENTS = ("routine", "relocated")
VARIANT_NETWORKS = {
    variant: network(f"{KAMER['region']}/{variant}", "global", MANY)
    for variant in VARIANTS + SAME_EVENTS
}
EXPORTS = [
    results("kamer2020", "exports", f"planes.{kind}") for kind in ("csv", "geojson", "kml", "vtk")
]
SAME_TEST = {
    "events": selected("kamer2020"),
    "targets": selected("kamer2020_targets"),
    "scores": results("kamer2020", "figures", "fig12.csv"),
}
TEST_OPTIONS = {
    "region": box(KAMER["region"], KAMER["period"]),
    "target_region": box(KAMER["target_region"], KAMER["target_period"]),
    "magnitude_min": min(KAMER["target_magnitudes"]),
}

KINDS["views"] = ("csv", "html")
TARGETS["kamer2020"] |= {
    "tables/catalog_variants": {
        "inputs": SAME_TEST
        | {"kernels": selected("kamer2020", "kernels.parquet", "condense"), "condensed": STUDIED}
        | {variant: VARIANT_NETWORKS[variant] for variant in VARIANTS},
        "options": TEST_OPTIONS,
        "datasets": CATALOG,
    },
    "tables/relocated": {
        "inputs": SAME_TEST
        | {"mechanisms": MECHANISMS}
        | {variant: VARIANT_NETWORKS[variant] for variant in SAME_EVENTS},
        "options": TEST_OPTIONS,
        "datasets": CATALOG + MECHANISM_DATASETS,
    },
    "tables/student_t": {
        "inputs": {
            "events": selected("kamer2020"),
            "targets": selected("kamer2020_targets"),
            "past_network": network(f"{CONDENSED}_past", "global", MANY),
            "network": STUDIED,
            "fig12": results("kamer2020", "figures", "fig12.csv"),
        },
        "options": {
            "region": FORECAST_OPTIONS["region"],
            "target_region": FORECAST_OPTIONS["target_region"],
            "past_end": KAMER["past_end"],
        },
        "datasets": CATALOG,
    },
    "figures/mechanisms": {
        "inputs": {
            "mechanisms": MECHANISMS,
            "assignment": selected("kamer2020", "assignment.parquet", "condense"),
            "condensed": selected("kamer2020", "kernels.parquet", "condense"),
            "condensed_local": NETWORKS[f"local_{MANY}"],
            "condensed_global": STUDIED,
            "ab_events_global": VARIANT_NETWORKS["ab_quality"],
        },
        "datasets": CATALOG + MECHANISM_DATASETS,
    },
    "figures/growth": {
        "inputs": {"points": results("faults", KAMER["region"], "all_events", "points.parquet")},
        "options": {"n_points": KAMER["growth_points"]},
        "datasets": CATALOG,
        "cost": True,
    },
    "views/network3d": {
        "inputs": {"aftershocks": AFTERSHOCK_NETWORKS["global_network"], "region": STUDIED},
        "datasets": CATALOG + LANDERS[:1],
    },
}


# points of a variant, not of a selection under `USES`
ruleorder: variant_points > place_events


rule variant_points:
    """Hypocentres of a variant of the catalog: a selection of its events, or their relocations."""
    message:
        "Hypocentres of {wildcards.variant}"
    input:
        unpack(
            lambda wildcards: {"events": selected("kamer2020")}
            | ({"relocations": MECHANISMS} if wildcards.variant in SAME_EVENTS else {})
        ),
    output:
        points=results("faults", KAMER["region"], "{variant}", "points.parquet"),
    wildcard_constraints:
        variant="|".join(VARIANTS + SAME_EVENTS),
    params:
        region=box(KAMER["region"]),
        code=code("variant_points.py"),
    log:
        log("variant_points", "{variant}"),
    resources:
        mem_mb=4000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/variant_points.py"


if MECHANISM_DATASETS:

    rule read_mechanisms:
        """Read the focal mechanisms and relocated hypocentres of the catalog's events."""
        message:
            "Read the focal mechanisms"
        input:
            file=dataset_files(KAMER["mechanisms"])[0],
        output:
            mechanisms=MECHANISMS,
            rejected=results("catalog", KAMER["catalog"], "mechanisms_rejected.csv"),
        params:
            dataset=KAMER["mechanisms"],
            code=code("read_mechanisms.py"),
        log:
            log("read_mechanisms"),
        resources:
            mem_mb=2000,
            runtime=10,
        conda:
            ENVIRONMENT
        script:
            "../scripts/read_mechanisms.py"

else:

    rule simulate_mechanisms:
        """Focal mechanisms and relocated hypocentres of the simulated region's events."""
        message:
            "Simulate focal mechanisms"
        input:
            truth=results("synthetic", KAMER["catalog"], "truth.parquet"),
            faults=results("synthetic", KAMER["catalog"], "faults.csv"),
        output:
            mechanisms=MECHANISMS,
        params:
            seed=config["simulation"]["seed"],
            code=code("simulate_mechanisms.py"),
        log:
            log("simulate_mechanisms"),
        resources:
            mem_mb=2000,
            runtime=10,
        conda:
            ENVIRONMENT
        script:
            "../scripts/simulate_mechanisms.py"


rule draw_network3d:
    """An interactive 3-D view of the aftershock network and of the region's."""
    message:
        "Draw the 3-D view of fault networks"
    input:
        numbers=results("kamer2020", "views", "network3d.csv"),
    output:
        html=report(
            results("kamer2020", "views", "network3d.html"),
            caption="../report/kamer2020/network3d.rst",
            category=TITLES["kamer2020"],
            labels={"target": "network3d"},
        ),
    params:
        module="faultcast.plots.kamer2020.network3d",
        title=f"{TITLES['kamer2020']} in 3-D",
        preset=PRESET,
        code=code("draw_view.py", "faultcast.plots.kamer2020.network3d"),
    log:
        log("draw_view", "kamer2020", "network3d"),
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/draw_view.py"


rule export_studied_planes:
    """The planes of a network for maps, globes and 3-D viewers."""
    message:
        "Export the planes of the region's network"
    input:
        network=STUDIED,
    output:
        csv=EXPORTS[0],
        geojson=EXPORTS[1],
        kml=EXPORTS[2],
        vtk=EXPORTS[3],
    params:
        region=box(KAMER["region"]),
        code=code("export_planes.py"),
    log:
        log("export_studied_planes"),
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    script:
        "../scripts/export_planes.py"
