"""Figure 12: negative log likelihood a target event against the bandwidth of TripleS."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullFormatter

from faultcast.plots import style

_SHADES = ("#B0B0B0", "#6A6A6A", style.BLACK)
_CURVE = "TripleS, all events"
_TITLES = {"a": "as in the paper", "b": "fair"}
_KINDS = {
    "network": style.VERMILION,
    "em": style.PURPLE,
    "triple_s": style.BLUE,
    "condensed": style.GREEN,
    "adaptive": style.ORANGE,
    "uniform": style.GREY,
}


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: (a) scoring as in the paper, (b) fair, (c) differences of all models."""
    figure, axes = style.new_figure(
        style.PAGE_IN, 3.1, 1, 3, gridspec_kw={"width_ratios": [1, 1, 1.2]}
    )
    for axis, panel in zip(axes[:2], "ab", strict=True):
        _draw_scores(axis, numbers[numbers["panel"] == panel])
        style.panel_letter(axis, panel)
        axis.set_title(_TITLES[panel])
        axis.set_xlabel("TripleS bandwidth (km)")
    axes[0].set_ylabel("negative log likelihood\nper target event (nats)")
    shared = _limits(numbers)
    for axis in axes[:2]:
        axis.set_ylim(*shared)
    _draw_legend(axes[1], numbers)
    _draw_differences(axes[2], numbers)
    style.panel_letter(axes[2], "c")
    return figure


def _draw_scores(axis: Axes, rows: pd.DataFrame) -> None:
    for shade, (_, cut) in zip(_SHADES, rows.groupby("magnitude_min"), strict=False):
        curve = cut[cut["model"] == _CURVE].sort_values("bandwidth_km")
        axis.plot(curve["bandwidth_km"], curve["nll_per_event"], ":", color=shade, lw=1.5)
        chosen = curve[curve["chosen"].astype(bool)]
        axis.plot(chosen["bandwidth_km"], chosen["nll_per_event"], "o", color=shade, ms=3.5)
        network = cut[cut["kind"] == "network"].iloc[0]
        axis.axhline(network["nll_per_event"], color=shade)
    uniform = rows[rows["kind"] == "uniform"]["nll_per_event"]
    axis.axhline(uniform.iloc[0], color=_SHADES[1], ls="--")
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def _limits(numbers: pd.DataFrame) -> tuple[float, float]:
    """Leave the narrowest bandwidths out of sight: unsmoothed, their scores have no bound."""
    shown = numbers[numbers["kind"].isin(["network", "uniform", "triple_s"])]
    quoted = shown.loc[shown["chosen"].astype(bool), "nll_per_event"]
    span = quoted.max() - quoted.min()
    return quoted.min() - 0.12 * span, quoted.max() + 0.25 * span


def _draw_legend(axis: Axes, numbers: pd.DataFrame) -> None:
    cuts = sorted(numbers["magnitude_min"].unique())
    counts = numbers.groupby("magnitude_min")["n_targets"].first()
    lines = [
        Line2D([], [], color=shade, lw=3, label=f"M ≥ {cut:g} ({counts[cut]})")
        for shade, cut in zip(_SHADES, cuts, strict=False)
    ]
    lines += [
        Line2D([], [], color=style.BLACK, label="fault network"),
        Line2D([], [], color=style.BLACK, ls=":", marker="o", ms=3.5, label="TripleS (● chosen)"),
        Line2D([], [], color=style.BLACK, ls="--", label="uniform"),
    ]
    axis.figure.legend(
        handles=lines, loc="outside lower left", ncols=6, columnspacing=1.2, handlelength=1.6
    )


def _draw_differences(axis: Axes, numbers: pd.DataFrame) -> None:
    """Draw every model's quoted row at the lowest cut-off, minus the network's."""
    lowest = numbers["magnitude_min"].min()
    rows = numbers[numbers["chosen"].astype(bool) & (numbers["magnitude_min"] == lowest)]
    models = [name for name in rows["model"].unique() if name != "uniform"]
    height = {name: len(models) - i for i, name in enumerate(models)}
    for panel, shift, filled in (("a", 0.13, False), ("b", -0.13, True)):
        part = rows[(rows["panel"] == panel) & (rows["model"] != "uniform")]
        for row in part.to_dict("records"):
            colour = _KINDS[row["kind"]]
            y = height[row["model"]] + shift
            axis.plot([row["difference_low"], row["difference_high"]], [y, y], color=colour)
            axis.plot(
                row["difference"], y, "o", ms=4, color=colour, mfc=colour if filled else "white"
            )
    axis.axvline(0.0, color=style.GREY, lw=0.8)
    axis.set_yticks(list(height.values()), [_wrapped(name) for name in height])
    axis.set_ylim(0.4, len(models) + 0.6)
    axis.set_xlabel(f"nats per event above the network,\nM ≥ {lowest:g} (○ as paper, ● fair)")
    axis.xaxis.set_major_locator(MaxNLocator(4))
    low, high = rows["difference_low"], rows["difference_high"]
    near = rows["kind"] != "uniform"
    axis.set_xlim(min(-0.1, 1.15 * low[near].min()), max(0.1, 1.05 * high[near].max()))


def _wrapped(name: str) -> str:
    return name.replace(">=", "≥").replace(", ", ",\n")
