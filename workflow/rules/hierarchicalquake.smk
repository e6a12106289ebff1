# HierarchicalQuake: figure 1 and table 1 of the paper, and what they come to beside a static map.
# hierarchicalquake_studies.smk says what the studies are, hierarchicalquake_scores.smk makes them.


TARGETS["hierarchicalquake"] = {
    "figures/fig01": {
        "inputs": {
            form: quake_files("history.csv", QUAKE_STUDY, form, ["temporal"])
            for form in quake_forms(QUAKE_STUDY)
            if form in FORMS
        },
        "datasets": QUAKE_EVENTS,
    },
    "figures/fig_maps": {
        "inputs": {"example": quake_scores("example.parquet", QUAKE_STUDY)},
        "datasets": QUAKE_EVENTS,
    },
    "figures/fig_attention": {
        "inputs": {"attention": quake_scores("attention.parquet", QUAKE_STUDY)},
        "datasets": QUAKE_EVENTS,
    },
    "figures/fig_reliability": {
        "inputs": quake_tables("reliability"),
        "datasets": QUAKE_EVENTS,
    },
    "figures/fig_memory": {
        "inputs": {"days": quake_scores("days.parquet", QUAKE_STUDY)},
        "datasets": QUAKE_EVENTS,
    },
    "tables/table1": {
        "inputs": quake_tables("scores") | {"published": QUAKE_PRINTED},
        "page": {"rows": "model", "columns": "score", "blocks": ["form"]},
        "datasets": QUAKE_EVENTS,
    },
    "tables/table_metrics": {
        "inputs": quake_tables("scores"),
        "page": {"rows": "model", "columns": "score", "blocks": ["form", "cells"]},
        "datasets": QUAKE_EVENTS,
    },
    "tables/table_origins": {
        "inputs": quake_origins(),
        "options": {"apart": QUAKE_APART, "test_days": QUAKE["parts"]["test_days"]},
        "page": {"rows": "model", "columns": "origin", "blocks": ["study", "score"]},
        "datasets": QUAKE_EVENTS,
    },
    "tables/table_times": {
        "inputs": {
            "records": [
                path
                for form in quake_forms(QUAKE_STUDY)
                for path in quake_files("run.json", QUAKE_STUDY, form)
            ],
            "published": QUAKE_PRINTED,
        },
        "cost": True,
        "datasets": QUAKE_EVENTS,
    },
    "tables/table_switches": {
        "inputs": {
            "runs": [
                results(
                    "train", QUAKE_STUDY, "switches", "hierarchicalquake", f"seed{seed}.parquet"
                )
                for seed in QUAKE_SEEDS
            ],
        },
        "page": {"rows": "switch", "columns": "score", "blocks": ["start"]},
        "datasets": QUAKE_EVENTS,
    },
    "tables/table_controls": {
        "inputs": {
            name.removeprefix("control_"): quake_scores("gains.parquet", name)
            for name in QUAKE_CONTROLS
        },
        "datasets": QUAKE_EVENTS,
    },
    "checks/ours": {
        "inputs": {
            "table1": results("hierarchicalquake", "tables", "table1.csv"),
            "fig01": results("hierarchicalquake", "figures", "fig01.csv"),
        },
        "datasets": QUAKE_EVENTS,
    },
}


rule hierarchicalquake:
    """All targets of HierarchicalQuake."""
    message:
        "HierarchicalQuake is complete"
    input:
        targets_of("hierarchicalquake"),
        results("hierarchicalquake", "checks", "magnitudes.json"),
        results("hierarchicalquake", "checks", "published.csv"),
