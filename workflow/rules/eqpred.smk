# EQPRED (Feng and Fox 2020): maps of the data, one row of Table I, and the two controls.


EVENTS = catalog_datasets(EQPRED["catalog"])

TARGETS["eqpred"] = {
    "figures/fig01": {
        "inputs": {"events": selected("eqpred")},
        "options": {
            "region": box(EQPRED["region"], EQPRED["period"]),
            "cell_deg": EQPRED["cell_deg"],
        },
        "datasets": EVENTS,
    },
    "figures/fig03": {
        "inputs": {"events": selected("eqpred")},
        "options": {"region": box(EQPRED["region"], EQPRED["period"])},
        "datasets": EVENTS,
    },
    "tables/table1": {
        "inputs": {
            "predictions": eqpred_jobs(EQPRED["region"], PROTOCOLS),
            "published": resource("published", "eqpred.csv"),
        },
        "datasets": EVENTS,
    },
    "tables/table_controls": {
        "module": "controls",
        "inputs": {
            "poisson": eqpred_jobs("control_poisson", ["leak_free"]),
            "etas": eqpred_jobs("control_etas", ["leak_free"]),
            "oracle": results("synthetic", "simulated", "oracle.parquet"),
        },
        "options": {"threshold_magnitude": EQPRED["controls"]["extreme_magnitude"]},
    },
    "checks/ours": {
        "inputs": {
            "fig01": results("eqpred", "figures", "fig01.csv"),
            "fig03": results("eqpred", "figures", "fig03.csv"),
            "table1": results("eqpred", "tables", "table1.csv"),
        },
        "datasets": EVENTS,
    },
}


rule eqpred:
    """All targets of EQPRED."""
    message:
        "EQPRED is complete"
    input:
        targets_of("eqpred"),
        results("eqpred", "checks", "magnitudes.json"),
        results("eqpred", "checks", "published.csv"),
