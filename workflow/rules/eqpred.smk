# EQPRED (Feng and Fox 2020): four figures, four tables, and where their numbers can come from.
# workflow/rules/eqpred_studies.smk says what the studies are.


EVENTS = catalog_datasets(EQPRED["catalog"])
TABLE2 = ("skip16", "vae16")
TABLE3 = tuple(f"skip{size}" for size in EQPRED["latent_sizes"])
TABLE4 = ("no_skip", "no_attention")
BY_PROTOCOL = {"rows": "model", "columns": "score", "blocks": ["protocol"]}

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
    "figures/fig_window": {
        "inputs": {
            "windows": study_jobs("window_study"),
            "published": resource("published", "eqpred.csv"),
        },
        "datasets": EVENTS,
    },
    "tables/table1": {
        "inputs": {
            "predictions": row_jobs(EQPRED_STUDY, PROTOCOLS, TABLE1),
            "published": resource("published", "eqpred.csv"),
        },
        "page": {"rows": "model", "columns": "score", "blocks": ["protocol", "days"]},
        "datasets": EVENTS,
    },
    "tables/table2": {
        "inputs": {
            "novelty": novelty_jobs(TABLE2),
            "published": resource("published", "eqpred.csv"),
        },
        "page": BY_PROTOCOL,
        "datasets": EVENTS,
    },
    "tables/table3": {
        "inputs": {
            "novelty": novelty_jobs(TABLE3),
            "published": resource("published", "eqpred.csv"),
        },
        "page": BY_PROTOCOL,
        "datasets": EVENTS,
    },
    "tables/table4": {
        "inputs": {
            "predictions": row_jobs(EQPRED_STUDY, PROTOCOLS, ("eqpred", *TABLE4)),
            "published": resource("published", "eqpred.csv"),
        },
        "page": BY_PROTOCOL,
        "datasets": EVENTS,
    },
    "tables/table_claims": {
        "inputs": {
            "predictions": row_jobs(EQPRED_STUDY, PROTOCOLS, (*TABLE1, *TABLE4)),
            "novelty": novelty_jobs(dict.fromkeys((*TABLE2, *TABLE3))),
            "published": resource("published", "eqpred.csv"),
        },
        "datasets": EVENTS,
    },
    "tables/table1_leak": {
        "inputs": {"predictions": study_jobs("leak_steps")},
        "page": {"rows": "step", "columns": "score", "blocks": ["comparison"]},
        "datasets": EVENTS,
    },
    "tables/table_white_noise": {
        "inputs": {
            "white_noise": study_jobs("white_noise", PROTOCOLS),
            "shuffled": row_jobs("shuffled", PROTOCOLS, ["eqpred"]),
            "catalog": row_jobs(EQPRED_STUDY, PROTOCOLS, ["eqpred"]),
        },
        "page": {"rows": "input", "columns": "score", "blocks": ["protocol", "days"]},
        "datasets": EVENTS,
    },
    "tables/table_survives": {
        "inputs": {
            "table1": results("eqpred", "tables", "table1.csv"),
            "white_noise": results("eqpred", "tables", "table_white_noise.csv"),
        },
        "datasets": EVENTS,
    },
    "tables/table_sensitivity": {
        "inputs": {
            "main": row_jobs(EQPRED_STUDY, PROTOCOLS, ["eqpred"]),
            "published": resource("published", "eqpred.csv"),
            **variant_jobs(),
        },
        "options": {"differs": EQPRED_VARIANTS, "apart": EQPRED["sequences_apart"]},
        "page": {"rows": "variant", "columns": "score", "blocks": ["protocol", "days"]},
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
            **{
                name: results("eqpred", "tables", f"{name}.csv")
                for name in ("table1", "table2", "table3", "table4", "table_claims")
            },
            "thresholds": results("eqpred", "tables", "table_sensitivity.csv"),
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
