# Kamer, Ouillon and Sornette 2020: fault networks from hypocentres, and what they forecast.

CATALOG = catalog_datasets(KAMER["catalog"])
LANDERS = ["landers", "cfm_traces"] if KAMER["aftershocks"] == "landers" else []
CONDENSED = f"{KAMER['region']}/condensed"
AFTERSHOCKS = f"aftershocks/{KAMER['aftershocks']}"
FEW, MANY = KAMER["subsets"]
AFTERSHOCK_NETWORKS = {
    f"{criterion}_network": network(AFTERSHOCKS, criterion, 1) for criterion in ("local", "global")
}
OTHER_ENGINE = {"exact": "released", "released": "exact"}[KAMER["engine"]]
NETWORKS = {
    f"{criterion}_{n_subsets}": network(CONDENSED, criterion, n_subsets)
    for n_subsets in KAMER["subsets"]
    for criterion in ("local", "global")
}

# the candidates of the forecast test, of the whole learning period and of its past part
FORECAST_NETWORKS, PAST_NETWORKS = (
    [
        network(points, criterion, n_subsets, engine)
        for engine in KAMER["forecast_engines"]
        for criterion in KAMER["forecast_criteria"]
        for n_subsets in KAMER["subsets"]
    ]
    for points in (CONDENSED, f"{CONDENSED}_past")
)
FORECAST_INPUTS = {
    "events": selected("kamer2020"),
    "targets": selected("kamer2020_targets"),
    "networks": FORECAST_NETWORKS,
    "condensed": selected("kamer2020", "kernels.parquet", "condense"),
}
FORECAST_OPTIONS = {
    "region": box(KAMER["region"], KAMER["period"]),
    "target_region": box(KAMER["target_region"], KAMER["target_period"]),
    "bandwidths_km": KAMER["bandwidths_km"],
    "magnitudes": KAMER["target_magnitudes"],
}

SENSITIVITY = KAMER["sensitivity"]
SENSITIVITY_RUNS = expand(
    results("kamer2020", "sensitivity", "{shape}_noise{noise}.parquet"),
    shape=["rectangle", "ellipse"],
    noise=SENSITIVITY["noise"],
)

TARGETS["kamer2020"] = {
    "figures/fig01": {
        "inputs": {
            "points": results("faults", AFTERSHOCKS, "points.parquet"),
            "global_network": AFTERSHOCK_NETWORKS["global_network"],
        },
        "datasets": LANDERS[:1] or CATALOG,
    },
    "figures/fig02": {"inputs": {}},
    "figures/fig03": {"inputs": {}},
    "figures/fig04": {"inputs": {}, "options": {"engine": KAMER["engine"]}},
    "figures/fig05": {"inputs": {"parts": SENSITIVITY_RUNS}},
    "figures/fig06": {
        "inputs": {"points": results("faults", AFTERSHOCKS, "points.parquet")}
        | AFTERSHOCK_NETWORKS
        | ({"traces": dataset_files("cfm_traces")[0]} if LANDERS else {}),
        "datasets": LANDERS or CATALOG,
    },
    "figures/fig07": {"inputs": {}},
    "figures/fig08": {"inputs": {}},
    "figures/fig09": {
        "inputs": {
            "kernels": selected("kamer2020", "kernels.parquet", "location"),
            "condensed": selected("kamer2020", "kernels.parquet", "condense"),
        },
        "datasets": CATALOG,
    },
    "figures/fig10": {
        "inputs": {"condensed": selected("kamer2020", "kernels.parquet", "condense")},
        "datasets": CATALOG,
    },
    "figures/fig11": {
        "inputs": {
            "events": selected("kamer2020"),
            "condensed": selected("kamer2020", "kernels.parquet", "condense"),
            "assignment": selected("kamer2020", "assignment.parquet", "condense"),
        }
        | NETWORKS,
        "datasets": CATALOG,
    },
    "figures/fig12": {
        "inputs": FORECAST_INPUTS
        | {
            "past_networks": PAST_NETWORKS,
            "past_condensed": selected("kamer2020_past", "kernels.parquet", "condense"),
        },
        "options": FORECAST_OPTIONS | {"past_end": KAMER["past_end"]},
        "datasets": CATALOG,
    },
    "tables/forecast_test": {
        "inputs": {"fig12": results("kamer2020", "figures", "fig12.csv")},
        "datasets": CATALOG,
    },
    "tables/forecast_gap": {
        "inputs": FORECAST_INPUTS | {"fig12": results("kamer2020", "figures", "fig12.csv")},
        "options": FORECAST_OPTIONS,
        "datasets": CATALOG,
    },
    "checks/ours": {
        "inputs": {
            "published": resource("published", "kamer2020.csv"),
            "events": selected("kamer2020"),
            "condensation": selected("kamer2020", "summary.json", "condense"),
            "points": results("faults", AFTERSHOCKS, "points.parquet"),
            **{
                f"{criterion}_other": network(AFTERSHOCKS, criterion, 1, OTHER_ENGINE)
                for criterion in ("local", "global")
            },
            **{
                name: results("kamer2020", "figures", f"{name}.csv")
                for name in ("fig01", "fig05", "fig07", "fig08", "fig11", "fig12")
            },
        }
        | AFTERSHOCK_NETWORKS,
        "options": {"aftershocks": KAMER["aftershocks"], "engine": KAMER["engine"]},
        "datasets": CATALOG + LANDERS,
    },
}


rule sensitivity_runs:
    """Reconstruct planted networks of one shape and noise level at all sampling densities."""
    message:
        "Sensitivity runs: {wildcards.shape}, noise {wildcards.noise}"
    output:
        runs=results("kamer2020", "sensitivity", "{shape}_noise{noise}.parquet"),
    wildcard_constraints:
        shape="rectangle|ellipse",
        noise=r"[\d.]+",
    params:
        options=lambda wildcards: {
            "shape": wildcards.shape,
            "noise": float(wildcards.noise),
            "densities_per_km2": SENSITIVITY["densities_per_km2"],
            "seed": SENSITIVITY["seed"],
            "engine": KAMER["engine"],
        },
        code=code("sensitivity_runs.py"),
    threads: 1
    log:
        log("sensitivity_runs", "{shape}_noise{noise}"),
    benchmark:
        cost("sensitivity_runs", "{shape}_noise{noise}")
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        ENVIRONMENT
    script:
        "../scripts/sensitivity_runs.py"


rule kamer2020:
    """All targets of Kamer et al. 2020."""
    message:
        "Kamer et al. 2020 is complete"
    input:
        # fault_studies.smk adds to them
        lambda wildcards: targets_of("kamer2020") + exports(),
        location_pages(),
        results("kamer2020", "checks", "published.csv"),
