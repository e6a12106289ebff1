"""EGMS files in both column generations, and what can be wrong with one."""

import numpy as np
import pandas as pd
import pytest
from made_up_egms import (
    ATTRIBUTES_2018,
    ATTRIBUTES_2020,
    ATTRIBUTES_L2B,
    NAME,
    made_up_table,
    write_zip,
)

from faultcast.deformation import egms_series, native_tile, read_egms
from faultcast.errors import DataError
from faultcast.synthetic import displacement_tile


@pytest.mark.parametrize("attributes", [ATTRIBUTES_2018, ATTRIBUTES_2020])
def test_both_generations_say_the_same(tmp_path, attributes):
    table = made_up_table(attributes)
    series, rejected = read_egms(write_zip(table, tmp_path))
    assert rejected.empty
    assert (series.component, series.name, series.crs) == ("U", NAME, "EPSG:3035")
    assert series.dates[0] == pd.Timestamp("2020-01-03", tz="UTC")
    assert len(series.dates) == 5
    values = table[[column for column in table if column.isdigit()]].to_numpy()
    np.testing.assert_array_equal(series.displacement_mm, values)
    theirs = "height" if attributes is ATTRIBUTES_2018 else "height_ortho"
    np.testing.assert_array_equal(series.points["height_m"], table[theirs])
    np.testing.assert_array_equal(series.points["velocity_mm_a"], table["mean_velocity"])
    np.testing.assert_array_equal(series.positions_m, table[["easting", "northing"]])


def test_columns_in_any_order_and_dates_in_order(tmp_path):
    table = made_up_table()
    expected, _ = read_egms(write_zip(table, tmp_path))
    shuffled, _ = read_egms(write_zip(table[table.columns[::-1]], tmp_path))
    pd.testing.assert_frame_equal(shuffled.points, expected.points)
    np.testing.assert_array_equal(shuffled.displacement_mm, expected.displacement_mm)


def test_level_2b(tmp_path):
    table = made_up_table(ATTRIBUTES_L2B)
    dates = [column for column in table if column.isdigit()]
    table = table.rename(columns=dict(zip(dates[2:4], ["20200116", "20200131"], strict=True)))
    name = "EGMS_L2b_022_0845_IW2_VV_2020_2024_1"
    series, _ = read_egms(write_zip(table, tmp_path, name))
    assert series.component == "LOS"
    np.testing.assert_array_equal(series.points["los_up"], table["los_up"])
    days = (series.dates - series.dates[0]).days
    assert days.tolist() == [0, 6, 13, 24, 28]


def test_bad_rows_are_kept_aside_with_line_and_reason(tmp_path):
    table = made_up_table().astype(object)
    table.iloc[1, 16] = "abc"
    table.iloc[2, 1] = ""
    table.iloc[3, 14:] = ""
    table.iloc[4, 0] = "p000"
    table.iloc[5, 17] = "inf"
    table.iloc[6, 0] = " "
    path = write_zip(table, tmp_path)
    text = table.to_csv(index=False).splitlines()
    text[8] += ",1.0,2.0"
    csv = tmp_path / f"{NAME}.csv"
    csv.write_text("\n".join(text) + "\n")
    series, rejected = read_egms(csv)
    assert series.points["pid"].tolist() == ["p000", *(f"p{k:03d}" for k in range(8, 12))]
    assert rejected[["line", "reason"]].to_numpy().tolist() == [
        [3, "20200115 is not a number"],
        [4, "no position"],
        [5, "no value at any date"],
        [6, "its pid stands further up"],
        [7, "20200121 is infinite"],
        [8, "no pid"],
        [9, "21 fields, not 19"],
    ]
    assert rejected["text"].str.startswith("p001,").tolist()[0]
    assert len(read_egms(path)[1]) == 6


def test_a_single_missing_value_is_a_gap(tmp_path):
    table = made_up_table()
    table.iloc[0, 15] = np.nan
    series, rejected = read_egms(write_zip(table, tmp_path))
    assert rejected.empty
    assert np.argwhere(np.isnan(series.displacement_mm)).tolist() == [[0, 1]]


def test_few_cells_are_told_with_the_file_and_what_to_do(tmp_path):
    for columns, told in ((1, "holds 1 usable row(s) of 1"), (2, "covers 2 cell(s)")):
        path = write_zip(made_up_table(rows=1, columns=columns), tmp_path)
        with pytest.raises(DataError) as raised:
            native_tile(read_egms(path)[0])
        assert str(raised.value).startswith(f"{NAME}.csv in {path} {told}")
        assert "take a larger area" in str(raised.value)
        assert "leave the tile out of papers.mmstt.tiles" in str(raised.value)
    # nothing that goes into a table or a file holds the path
    assert read_egms(path)[0].name == NAME


def test_no_date_column(tmp_path):
    table = made_up_table()[ATTRIBUTES_2020]
    with pytest.raises(DataError, match=r"has no date column \(YYYYMMDD"):
        read_egms(write_zip(table, tmp_path))
    table["D20200103"] = 1.0
    with pytest.raises(DataError, match="no date column"):
        read_egms(write_zip(table, tmp_path))


def test_duplicated_and_impossible_dates(tmp_path):
    table = made_up_table()
    table.columns = [*table.columns[:-1], "20200103"]
    with pytest.raises(DataError, match="the date 20200103 more than once"):
        read_egms(write_zip(table, tmp_path))
    table.columns = [*table.columns[:-1], "20201332"]
    with pytest.raises(DataError, match="20201332 is eight digits but no date"):
        read_egms(write_zip(table, tmp_path))


@pytest.mark.parametrize(
    "column", ["20200121.1", "20200121.0", "2020-01-27", "2020-01-27 00:00:00", "2020/1/27"]
)
def test_a_column_that_looks_like_a_date(tmp_path, column):
    table = made_up_table()
    table[column] = 1.0
    with pytest.raises(DataError, match=rf"has 1 column\(s\) that look like dates.*: {column}\."):
        read_egms(write_zip(table, tmp_path))
    with pytest.raises(DataError, match="Name each date once, as delivered"):
        egms_series(table, "U", "in memory")


def test_a_duplicated_date_after_a_round_trip_through_pandas(tmp_path):
    table = made_up_table()
    table.columns = [*table.columns[:-1], "20200121"]
    path = tmp_path / f"{NAME}.csv"
    table.to_csv(path, index=False)
    with pytest.raises(DataError, match="the date 20200121 more than once"):
        read_egms(path)
    pd.read_csv(path).to_csv(path, index=False)
    with pytest.raises(DataError, match=rf"{path} has 1 column.*20200121\.1"):
        read_egms(path)


@pytest.mark.parametrize(("column", "cure"), [("20200109", "a date"), ("northing", "numbers")])
def test_a_needed_column_that_is_text(tmp_path, column, cure):
    table = made_up_table()
    table[column] = "n. a."
    path = write_zip(table, tmp_path)
    with pytest.raises(DataError) as raised:
        read_egms(path)
    told = f"in {path} holds 0 usable row(s) of 12; expected a tile of many cells: the column "
    assert f"{told}{column} is text throughout, 'n. a.' in line 2; " in str(raised.value)
    assert cure in str(raised.value)


def test_the_one_fault_of_all_rows_is_told(tmp_path):
    table = made_up_table().astype(object)
    table["pid"] = " "
    with pytest.raises(DataError, match="cells: in all rows no pid"):
        read_egms(write_zip(table, tmp_path))


def test_a_column_that_no_forecast_uses_may_hold_anything(tmp_path, caplog):
    table = made_up_table()
    expected, _ = read_egms(write_zip(table, tmp_path))
    table = table.astype(object)
    table["rmse_ts"] = "n. a."
    table.loc[[2, 5], "mean_velocity"] = ["inf", "slow"]
    table.loc[7, "acceleration"] = ""
    caplog.clear()
    series, rejected = read_egms(write_zip(table, tmp_path))
    assert rejected.empty
    np.testing.assert_array_equal(series.displacement_mm, expected.displacement_mm)
    lost = {"rmse_mm": list(range(12)), "velocity_mm_a": [2, 5], "acceleration_mm_a2": [7]}
    for name in expected.points:
        told = expected.points[name].copy()
        told[lost.get(name, [])] = np.nan
        pd.testing.assert_series_equal(series.points[name], told)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "left empty: rmse_ts in 12 of 12, mean_velocity in 2 of 12 rows" in record.message


def test_a_column_that_is_missing(tmp_path):
    with pytest.raises(DataError, match="has no column northing"):
        read_egms(write_zip(made_up_table().drop(columns="northing"), tmp_path))


def test_the_component_is_told_by_the_name_or_given(tmp_path):
    table = made_up_table()
    renamed = write_zip(table, tmp_path, "mine")
    with pytest.raises(DataError, match="does not tell the component"):
        read_egms(renamed)
    assert read_egms(renamed, "E")[0].component == "E"
    inner = write_zip(table, tmp_path, "mine", member=f"{NAME}.csv")
    assert read_egms(inner)[0].component == "U"
    # the release of 2015-2021 has no years in its names
    oldest = write_zip(made_up_table(ATTRIBUTES_2018), tmp_path, "EGMS_L3_E32N29_100km_E")
    assert read_egms(oldest)[0].component == "E"
    for name in ("EGMS_L3_E32N29_100km_Up", "EGMS_L3_E32N29_100km_"):
        with pytest.raises(DataError, match="does not tell the component"):
            read_egms(write_zip(table, tmp_path, name))
    with pytest.raises(DataError, match="holds component U, not E"):
        read_egms(inner, "E")


def test_the_simulated_tile_is_one_of_them(tmp_path):
    table, _ = displacement_tile(step_time=pd.Timestamp("2021-06-01", tz="UTC"), seed=3)
    series = egms_series(table, "U", "simulated")
    tile = native_tile(series)
    assert tile.displacement_mm.shape == (150, 40, 40)
    assert tile.n_cells == len(table)
    assert np.isnan(tile.series).mean() == pytest.approx(0.005, abs=0.001)
    delivered, rejected = read_egms(write_zip(table, tmp_path))
    assert rejected.empty
    np.testing.assert_allclose(delivered.displacement_mm, series.displacement_mm)
