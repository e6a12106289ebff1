import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.mmstt import errors
from faultcast.evaluate.mmstt.trials import CHOSEN, VALIDATION, chosen_errors, numbers
from faultcast.train.tile_table import COLUMNS

N_ORIGINS, N_OUT, N_CELLS = 24, 3, 5
TITLES = {"mmstt_long": "MM-STT, long"}
HUMBLE = ("persistence", "trend_refitted", "ridge", "ridge_chosen")


def made_up_errors(model, deviations, seed=-1):
    """Return errors of N(0, deviation) in each of two fits."""
    rng = np.random.default_rng(len(model))
    fold, origin, horizon, cell = np.indices((2, N_ORIGINS, N_OUT, N_CELLS)).reshape(4, -1)
    table = pd.DataFrame(
        {
            "domain": "u", "protocol": "leak_free", "model": model, "seed": seed, "fold": fold,
            "origin": fold * N_ORIGINS + origin, "horizon": horizon + 1, "cell": cell,
            "last": 0.0, "target": np.sin(origin + cell),
        }
    )  # fmt: skip
    noise = rng.normal(size=len(table)) * np.asarray(deviations)[fold]
    return errors.numbers(table.assign(prediction=table["target"] + noise)[list(COLUMNS)])


def inputs():
    fits = {"mmstt": (0.5, 0.9), "mmstt_long": (0.6, 0.4)}
    return {
        # the trial that validation chooses in the second fit is the worse one on its test part
        "errors": [
            made_up_errors("mmstt", (1.0, 1.0), 0),
            made_up_errors("mmstt_long", (9.0, 3.0), 0),
            *(made_up_errors(name, (2.0, 2.0)) for name in HUMBLE),
        ],
        "records": [
            {"runs": [{"label": name, "seed": 0, "fits": [{"validation_loss": v} for v in losses]}]}
            for name, losses in fits.items()
        ],
        "validation": pd.DataFrame(
            {
                "domain": "u",
                "model": ["ridge", "ridge", "persistence", "persistence"],
                "fold": [0, 1, 0, 1],
                "n_lags": [75, 90, np.nan, np.nan],
                "loss": [0.2, 0.5, 0.8, 0.8],
                "n_values": [3, 1, 3, 1],
            }
        ),
        "titles": TITLES,
    }


def test_validation_alone_chooses_in_each_fit():
    table = numbers(**inputs())
    rmse = table[(table["horizon"] == "all") & (table["score"] == "RMSE")].set_index("network")
    both = made_up_errors("mmstt", (1.0, 1.0), 0), made_up_errors("mmstt_long", (9.0, 3.0), 0)
    squared = [one.loc[one["fold"] == fold, "squared"].sum() for fold, one in enumerate(both)]
    expected = np.sqrt(sum(squared) / (2 * N_ORIGINS * N_OUT * N_CELLS))
    assert rmse.loc[CHOSEN, "mean"] == pytest.approx(expected)
    assert rmse.loc["mmstt", "note"].startswith("a win")
    assert rmse.loc["mmstt_long", "model"] == "MM-STT, long"


def test_validation_losses_stand_beside_the_scores():
    table = numbers(**inputs())
    loss = table[table["score"] == VALIDATION].set_index("network")
    assert loss["mean"].to_dict() == pytest.approx(
        {"mmstt": 0.7, "mmstt_long": 0.5, CHOSEN: 0.45, "ridge": 0.275, "persistence": 0.8}
    )
    assert loss["note"].to_dict() == {
        "mmstt": "chosen before block 1", "mmstt_long": "chosen before block 2", CHOSEN: "",
        "ridge": "lags by block: u 75, 90", "persistence": "",
    }  # fmt: skip
    # of all tiles, and of no test window
    assert (loss["domain"] == "all tiles").all() and loss["n_origins"].isna().all()


def test_errors_of_other_fits_are_refused():
    made = inputs()
    with pytest.raises(DataError, match="1 of 2 chosen fits"):
        chosen_errors(
            made["errors"][0], pd.DataFrame({"model": "mmstt", "seed": 0, "fold": [1, 2]})
        )
    made["errors"] = made["errors"][:1]
    with pytest.raises(DataError, match="no errors of mmstt_long"):
        numbers(**made)
