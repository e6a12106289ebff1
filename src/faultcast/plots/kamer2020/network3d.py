"""Interactive 3-D view of fault networks: planes coloured by density, points, depth down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from faultcast.plots import style

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# a region is far wider than deep: its depths are drawn larger
_EXAGGERATION = {"region": 5.0}
_TITLES = {"aftershocks": "Aftershock sequence", "region": "Whole region"}
_HOVER = (
    "kernel %{customdata[0]}, %{customdata[1]} points<br>"
    "strike %{customdata[2]:.0f}°, dip %{customdata[3]:.0f}°<br>"
    "%{customdata[4]:.1f} x %{customdata[5]:.1f} x %{customdata[6]:.2f} km<br>"
    "%{customdata[7]:.3g} per km³<extra></extra>"
)
_TOLD = [
    "item",
    "n_events",
    "strike_deg",
    "dip_deg",
    "length_km",
    "width_km",
    "thickness_km",
    "density_per_km3",
]


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the view: one network at a time, chosen by buttons."""
    import plotly.graph_objects as go

    names = list(numbers["network"].unique())
    figure = go.Figure(layout={"template": "plotly_white"})
    for name in names:
        rows = numbers[numbers["network"] == name]
        for trace in _traces(rows):
            figure.add_trace(trace.update(visible=name == names[0]))
    per_network = len(figure.data) // len(names)
    buttons = []
    for i, name in enumerate(names):
        shown = [index // per_network == i for index in range(len(figure.data))]
        rows = numbers[numbers["network"] == name]
        layout = {"scene": _scene(name, rows), "title.text": _title(name, rows)}
        buttons.append(
            {
                "label": _TITLES.get(name, name),
                "method": "update",
                "args": [{"visible": shown}, layout],
            }
        )
    first = numbers[numbers["network"] == names[0]]
    figure.update_layout(
        scene=_scene(names[0], first),
        title={"text": _title(names[0], first), "font": {"size": 14}, "x": 0.01, "y": 0.99},
        updatemenus=[
            {
                **{"type": "buttons", "direction": "right", "buttons": buttons},
                **{"x": 0.01, "xanchor": "left", "y": 1.0, "yanchor": "bottom"},
            }
        ],
        margin={"l": 0, "r": 0, "t": 75, "b": 0},
        showlegend=False,
    )
    return figure


def _traces(rows: pd.DataFrame) -> list[Any]:
    import plotly.graph_objects as go

    points = rows[rows["kind"] == "point"]
    planes = rows[rows["kind"] == "plane"].sort_values(["item", "vertex"], kind="stable")
    first = 4 * np.arange(len(planes) // 4)
    # each rectangle is two triangles; its colour is that of its four corners
    density = np.log10(planes["density_per_km3"].to_numpy(float))
    low, high = np.nanquantile(density, [0.02, 0.98]) if len(density) else (0.0, 1.0)
    ticks = np.arange(np.ceil(low), np.floor(high) + 1)
    mesh = go.Mesh3d(
        x=planes["x_km"].round(2),
        y=planes["y_km"].round(2),
        z=planes["z_km"].round(2),
        i=np.concatenate((first, first)),
        j=np.concatenate((first + 1, first + 2)),
        k=np.concatenate((first + 2, first + 3)),
        intensity=density.round(3),
        colorscale=style.SEQUENTIAL,
        cmin=low,
        cmax=high,
        opacity=0.5,
        flatshading=True,
        lighting={"ambient": 1.0, "diffuse": 0.0, "specular": 0.0},
        colorbar={
            "title": {"text": "points per km³"},
            "tickvals": ticks,
            "ticktext": [f"{10**tick:g}" for tick in ticks],
            "len": 0.6,
        },
        customdata=planes[_TOLD].round(3).to_numpy(),
        hovertemplate=_HOVER,
    )
    outline = {axis: _outline(planes[f"{axis}_km"].to_numpy(float)) for axis in "xyz"}
    edges = go.Scatter3d(
        **outline, mode="lines", line={"color": "#444", "width": 1}, hoverinfo="skip"
    )
    dots = go.Scatter3d(
        x=points["x_km"],
        y=points["y_km"],
        z=points["z_km"],
        mode="markers",
        marker={"size": 1.3, "color": style.BLACK, "opacity": 0.35},
        hoverinfo="skip",
    )
    return [mesh, edges, dots]


def _outline(corners: np.ndarray) -> np.ndarray:
    """Return the corners (4 n,) with each rectangle closed and a gap after it, (6 n,)."""
    four = corners.reshape(-1, 4)
    gap = np.full((len(four), 1), np.nan)
    return np.hstack((four, four[:, :1], gap)).ravel().round(2)


def _title(name: str, rows: pd.DataFrame) -> str:
    n_points = int(rows.loc[rows["kind"] == "network", "n_events"].iloc[0])
    n_planes = int((rows["kind"] == "plane").sum()) // 4
    n_shown = int((rows["kind"] == "point").sum())
    stretch = _EXAGGERATION.get(name, 1.0)
    depth = "" if stretch == 1.0 else f"; depths drawn {stretch:g} times larger"
    return (
        f"{_TITLES.get(name, name)}: {n_planes} planes from {n_points} points, "
        f"{n_shown} of them shown{depth}"
    )


def _scene(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    # the frame is that of the points: a wide flat plane must not shrink everything else
    points = rows[rows["kind"] == "point"]
    limits = {axis: (points[f"{axis}_km"].min(), points[f"{axis}_km"].max()) for axis in "xyz"}
    spans = {axis: max(high - low, 1.0) for axis, (low, high) in limits.items()}
    longest = max(spans["x"], spans["y"])
    stretch = _EXAGGERATION.get(name, 1.0)
    ratio = {axis: 1.4 * spans[axis] / longest for axis in "xyz"}
    ratio["z"] *= stretch
    low, high = limits["z"]
    return {
        "xaxis": {"title": {"text": "x, east (km)"}, "range": list(limits["x"])},
        "yaxis": {"title": {"text": "y, north (km)"}, "range": list(limits["y"])},
        "zaxis": {"title": {"text": "depth (km)"}, "range": [high + 1.0, low - 1.0]},
        "aspectmode": "manual",
        "aspectratio": ratio,
        "camera": {"eye": {"x": -0.9, "y": -1.3, "z": 0.7}, "center": {"x": 0, "y": 0, "z": -0.2}},
    }
