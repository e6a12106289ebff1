# EQPRED (Feng and Fox 2020): four figures, four tables, and where their numbers can come from.
# workflow/rules/eqpred_studies.smk says what the studies are.


EVENTS = catalog_datasets(EQPRED["catalog"])

TARGETS["eqpred"] = {
    "figures/fig01": {
        "inputs": {"events": selected("eqpred")},
        "options": {
            "region": box(EQPRED_STUDY, EQPRED["period"]),
            "cell_deg": EQPRED["cell_deg"],
        },
        "drawn_with": {"relief": EQPRED["relief"]} if EQPRED["relief"] else {},
        "datasets": EVENTS,
    },
    "figures/fig02": {
        "inputs": {
            "grid": results("grid", EQPRED_STUDY, "eqpred", "as_published", "grid.json"),
            "autoencoder": weights("as_published", "autoencoders/skip16"),
            "predictor": weights("as_published", "eqpred"),
        },
        "options": {key: EQPRED["training"][key] for key in ("window_days", "smoothing_days")},
        "datasets": EVENTS,
    },
    "figures/fig03": {
        "inputs": {"events": selected("eqpred")},
        "options": {"region": box(EQPRED_STUDY, EQPRED["period"])},
        "datasets": EVENTS,
    },
    "figures/fig04": {
        "inputs": {"predictions": row_jobs(EQPRED_STUDY, PROTOCOLS, ["eqpred"])},
        "options": {
            "extreme_magnitude": EQPRED["extreme_magnitude"],
            **{key: EQPRED["training"][key] for key in ("window_days", "smoothing_days")},
        },
        "datasets": EVENTS,
    },
    "tables/table1": {
        "inputs": {
            "predictions": row_jobs(EQPRED_STUDY, PROTOCOLS, TABLE1),
            "published": resource("published", "eqpred.csv"),
        },
        "datasets": EVENTS,
    },
    "tables/table_controls": {
        "module": "controls",
        "inputs": {
            "poisson": row_jobs("control_poisson", ["leak_free"], EQPRED["controls"]["models"]),
            "etas": row_jobs("control_etas", ["leak_free"], EQPRED["controls"]["models"]),
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
