"""Export of a fault network's planes: CSV, GeoJSON, KML, and VTK for a 3-D viewer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from faultcast.catalog import Projection
from faultcast.errors import DataError
from faultcast.faults.geometry import plane_corners
from faultcast.faults.network import FaultNetwork
from faultcast.io import write_csv, write_json, write_text

# decimals: degrees to 0.1 m, km to 1 m
_DEGREES, _KM = 6, 3


def export_planes(
    net: FaultNetwork, projection: Projection, folder: str | Path, *, name: str = "faults"
) -> list[Path]:
    """Write the planes of a network as `<name>.csv`, `.geojson`, `.kml` and `.vtk`.

    Parameters
    ----------
    net : FaultNetwork, fitted
    projection : Projection
        Of the kilometres that the network was fitted in.
    folder : path
    name : str

    Returns
    -------
    list of Path, the four files
    """
    writers: dict[str, Callable[[FaultNetwork, Projection, Path], None]] = {
        "csv": planes_to_csv,
        "geojson": planes_to_geojson,
        "kml": planes_to_kml,
        "vtk": planes_to_vtk,
    }
    paths = []
    for suffix, write in writers.items():
        path = Path(folder) / f"{name}.{suffix}"
        write(net, projection, path)
        paths.append(path)
    return paths


def planes_with_positions(net: FaultNetwork, projection: Projection) -> pd.DataFrame:
    """Return `net.planes()` with latitude, longitude and depth_km of the centres."""
    table = net.planes()
    latitude, longitude = projection.inverse(table["x_km"], table["y_km"])
    table.insert(3, "latitude", np.round(latitude, _DEGREES))
    table.insert(4, "longitude", np.round(longitude, _DEGREES))
    table.insert(5, "depth_km", table["z_km"])
    return table


def planes_to_csv(net: FaultNetwork, projection: Projection, path: Path) -> None:
    """Write one row a plane."""
    write_csv(planes_with_positions(net, projection), path, {"crs": projection.crs})


def planes_to_geojson(net: FaultNetwork, projection: Projection, path: Path) -> None:
    """Write each plane as a polygon, lon lat and elevation in m, as RFC 7946 has it."""
    table = planes_with_positions(net, projection)
    features = []
    for row, ring in zip(table.to_dict("records"), _rings(net, projection), strict=True):
        places = [[lon, lat, round(-1000.0 * depth, 1)] for lon, lat, depth in ring]
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [places]},
                "properties": {k: _finite(v) for k, v in row.items()},
            }
        )
    write_json({"type": "FeatureCollection", "features": features}, path)


def planes_to_kml(net: FaultNetwork, projection: Projection, path: Path) -> None:
    """Write each plane's outline; KML has no depth, so it lies at the surface, depth in words."""
    table = planes_with_positions(net, projection)
    marks = []
    for row, ring in zip(table.to_dict("records"), _rings(net, projection), strict=True):
        places = " ".join(f"{lon},{lat},0" for lon, lat, _ in ring)
        text = (
            f"strike {row['strike_deg']:.0f}, dip {row['dip_deg']:.0f} degrees; "
            f"{row['length_km']:.1f} x {row['width_km']:.1f} x {row['thickness_km']:.2f} km at "
            f"{row['depth_km']:.1f} km; {row['n_events']:.0f} events"
        )
        marks.append(
            f"<Placemark><name>{row['kernel']:.0f}</name>"
            f"<description>{escape(text)}</description><Polygon><outerBoundaryIs><LinearRing>"
            f"<coordinates>{places}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
            "</Placemark>"
        )
    write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
        "<Document>\n" + "\n".join(marks) + "\n</Document></kml>\n",
        path,
    )


def planes_to_vtk(net: FaultNetwork, projection: Projection, path: Path) -> None:
    """Write the planes as legacy VTK polygons, km of the projection, z up."""
    table = net.planes()
    corners = _corners(net).reshape(-1, 3) * (1.0, 1.0, -1.0)
    n = len(table)
    lines = [
        "# vtk DataFile Version 3.0",
        f"fault planes; {projection.crs}"[:255],
        "ASCII",
        "DATASET POLYDATA",
        f"POINTS {4 * n} double",
        *(f"{x:.{_KM}f} {y:.{_KM}f} {z:.{_KM}f}" for x, y, z in corners),
        f"POLYGONS {n} {5 * n}",
        *(f"4 {4 * k} {4 * k + 1} {4 * k + 2} {4 * k + 3}" for k in range(n)),
        f"CELL_DATA {n}",
    ]
    for column in ("kernel", "n_events", "strike_deg", "dip_deg", "density_per_km3"):
        lines += [f"SCALARS {column} double 1", "LOOKUP_TABLE default"]
        lines += [f"{value:.10g}" for value in table[column]]
    write_text("\n".join(lines) + "\n", path)


def _corners(net: FaultNetwork) -> np.ndarray:
    fault = ~net.is_background_
    return plane_corners(net.means_[fault], net.covariances_[fault])


def _rings(net: FaultNetwork, projection: Projection) -> list[list[tuple[float, float, float]]]:
    """Return each plane's closed outline as (longitude, latitude, depth_km)."""
    corners = _corners(net)
    closed = np.concatenate((corners, corners[:, :1]), axis=1)
    latitude, longitude = projection.inverse(closed[..., 0].ravel(), closed[..., 1].ravel())
    flat = np.column_stack((longitude, latitude, closed[..., 2].ravel()))
    if not np.isfinite(flat).all():
        raise DataError(
            f"planes lie outside of the projection {projection.crs!r}; export with the one that "
            "the network's kilometres are in"
        )
    return [
        [(round(a, _DEGREES), round(b, _DEGREES), round(c, _KM)) for a, b, c in ring]
        for ring in flat.reshape(-1, 5, 3).tolist()
    ]


def _finite(value: float) -> float | None:
    """Return None for NaN and infinity, which JSON has not."""
    return value if np.isfinite(value) else None
