import numpy as np
import pandas as pd
import pytest

from faultcast.deformation import egms_series, native_tile, read_egms
from faultcast.errors import DataError
from faultcast.evaluate.mmstt import reference_scores
from faultcast.io import read_json, read_table
from faultcast.synthetic.displacement import displacement_tile


def scores_of(tile, folder):
    tile.save(folder)
    cells, record = read_table(folder / "cells.parquet"), read_json(folder / "tile.json")
    return reference_scores.numbers(cells=cells, tile=record)


@pytest.mark.real_data
def test_the_known_scores_come_out_and_a_changed_tile_is_told(shared_data, tmp_path):
    name = "egms_L3_E45N17/EGMS_L3_E45N17_100km_U_2020_2024_1.zip"
    tile = native_tile(read_egms(shared_data / "deformation" / name)[0])
    made = scores_of(tile, tmp_path / "tile")
    assert len(made) == 16 and (made["verdict"] == "reproduced").all()
    assert made["difference_mm"].abs().max() <= 0.001
    tile.displacement_mm[-30:] += 0.5
    with pytest.raises(DataError, match=r"of 16 scores of the reference tile differ .* mm, exp"):
        scores_of(tile, tmp_path / "changed")


@pytest.mark.parametrize(("n_epochs", "has_windows"), [(150, True), (100, True), (60, False)])
def test_another_tile_has_nothing_to_be_held_against(n_epochs, has_windows, tmp_path):
    step = pd.Timestamp("2020-06-01", tz="UTC")
    table, _ = displacement_tile(step_time=step, seed=0, n_epochs=n_epochs, n_cells=8)
    made = scores_of(native_tile(egms_series(table, "U", "made up")), tmp_path / "tile")
    assert len(made) == 16 and set(made["verdict"]) == {"another tile"}
    assert made["expected_mm"].isna().all()
    assert (np.isfinite(made["rmse_mm"]) == has_windows).all()
