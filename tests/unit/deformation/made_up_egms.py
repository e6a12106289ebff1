"""EGMS files made up for tests, in both column generations."""

import zipfile

import numpy as np
import pandas as pd

# fmt: off
_FITTED = [
    "mean_velocity", "mean_velocity_std", "acceleration", "acceleration_std", "seasonality",
    "seasonality_std",
]
ATTRIBUTES_2018 = ["pid", "easting", "northing", "height", "rmse", *_FITTED]
ATTRIBUTES_2020 = [
    "pid", "easting", "northing", "height_ortho", "rmse_ts", *_FITTED,
    "gnss_velocity_n", "gnss_velocity_e", "gnss_velocity_u",
]
ATTRIBUTES_L2B = [
    "pid", "mp_type", "latitude", "longitude", "easting", "northing", "height_ortho",
    "height_ellipse", "line", "pixel", "rmse_ts", "temporal_coherence", "amplitude_dispersion",
    "incidence_angle", "track_angle", "los_east", "los_north", "los_up", *_FITTED, "gnss_velocity",
]
# fmt: on
NAME = "EGMS_L3_E45N17_100km_U_2020_2024_1"


def made_up_table(attributes=ATTRIBUTES_2020, *, rows=3, columns=4, n_epochs=5, seed=0):
    """Return cells of 100 m at rows x columns, row by row from the south-west."""
    rng = np.random.default_rng(seed)
    row, column = (index.ravel() for index in np.indices((rows, columns)))
    table = pd.DataFrame(rng.normal(size=(rows * columns, len(attributes))).round(1))
    table.columns = attributes
    table["pid"] = [f"p{k:03d}" for k in range(len(table))]
    table["easting"] = 4_597_050 + 100 * column
    table["northing"] = 1_739_750 + 100 * row
    stamps = pd.date_range("2020-01-03", periods=n_epochs, freq="6D").strftime("%Y%m%d")
    values = pd.DataFrame(rng.normal(size=(len(table), n_epochs)).round(1), columns=stamps)
    return pd.concat([table, values], axis=1)


def write_zip(table, folder, name=NAME, member=None):
    """Write a table as a provider's zip: one CSV and one XML."""
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.xml", "<TILE/>")
        archive.writestr(member or f"{name}.csv", table.to_csv(index=False))
    return path
