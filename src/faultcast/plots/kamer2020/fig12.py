"""Figure 12: negative log likelihood a target event against the bandwidth of TripleS."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullFormatter

from faultcast.plots import style

_SHADES = ("#B0B0B0", "#6A6A6A", style.BLACK)
_CURVE = "TripleS, all events"
_BY_EVENTS = ", event weights"
_TITLES = {"a": "as in the paper", "b": "fair"}
_KINDS = {
    "network": style.VERMILION,
    "reweighted": style.SKY,
    "em": style.PURPLE,
    "triple_s": style.BLUE,
    "condensed": style.GREEN,
    "adaptive": style.ORANGE,
}
_OTHERS = ("triple_s", "condensed", "em", "adaptive")


def draw(numbers: pd.DataFrame, preset: str) -> Figure:
    """Return the figure: scores (a) as in the paper, (b) fair; (c, d) differences.

    Differences at the lowest cut-off, minus the network of the scoring: (c) other models,
    (d) the candidate networks.
    """
    models = numbers.loc[numbers["kind"].isin(_OTHERS), "model"].unique()
    networks = numbers.loc[numbers["kind"] == "network", "model"].unique()
    lower = 0.9 + 0.24 * max(len(models), len(networks))
    figure, axes = style.new_figure(
        style.PAGE_IN, 2.7 + lower, 2, 2, gridspec_kw={"height_ratios": [2.3, lower]}
    )
    for axis, panel in zip(axes[0], "ab", strict=True):
        _draw_scores(axis, numbers[numbers["panel"] == panel])
        axis.set_title(_TITLES[panel])
        axis.set_xlabel("TripleS bandwidth (km)")
        axis.set_ylim(*_limits(numbers))
    axes[0, 0].set_ylabel("negative log likelihood\nper target event (nats)")
    _draw_legend(figure, numbers)
    lowest = numbers["magnitude_min"].min()
    quoted = numbers[numbers["chosen"].astype(bool) & (numbers["magnitude_min"] == lowest)]
    _draw_differences(axes[1, 0], quoted, list(models))
    _draw_differences(axes[1, 1], quoted, list(networks))
    axes[1, 1].set_title("engine, criterion, subsets")
    for axis, letter in zip(axes.ravel(), "abcd", strict=True):
        style.panel_letter(axis, letter)
    return figure


def _draw_scores(axis: Axes, rows: pd.DataFrame) -> None:
    for shade, (_, cut) in zip(_SHADES, rows.groupby("magnitude_min"), strict=False):
        curve = cut[cut["model"] == _CURVE].sort_values("bandwidth_km")
        axis.plot(curve["bandwidth_km"], curve["nll_per_event"], ":", color=shade, lw=1.5)
        chosen = curve[curve["chosen"].astype(bool)]
        axis.plot(chosen["bandwidth_km"], chosen["nll_per_event"], "o", color=shade, ms=3.5)
        network = cut[cut["reference"].astype(bool)].iloc[0]
        axis.axhline(network["nll_per_event"], color=shade)
    uniform = rows[rows["kind"] == "uniform"]["nll_per_event"]
    axis.axhline(uniform.iloc[0], color=_SHADES[1], ls="--")
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def _limits(numbers: pd.DataFrame) -> tuple[float, float]:
    """Leave the narrowest bandwidths out of sight: unsmoothed, their scores have no bound."""
    shown = (numbers["model"] == _CURVE) | (numbers["kind"] == "uniform")
    shown |= numbers["reference"].astype(bool)
    quoted = numbers.loc[shown & numbers["chosen"].astype(bool), "nll_per_event"]
    span = quoted.max() - quoted.min()
    return quoted.min() - 0.12 * span, quoted.max() + 0.25 * span


def _draw_legend(figure: Figure, numbers: pd.DataFrame) -> None:
    cuts = sorted(numbers["magnitude_min"].unique())
    counts = numbers.groupby("magnitude_min")["n_targets"].first()
    lines = [
        Line2D([], [], color=shade, lw=3, label=f"M ≥ {cut:g} ({counts[cut]})")
        for shade, cut in zip(_SHADES, cuts, strict=False)
    ]
    lines += [
        Line2D([], [], color=style.BLACK, label="network of the scoring"),
        Line2D([], [], color=style.BLACK, ls=":", marker="o", ms=3.5, label="TripleS (● chosen)"),
        Line2D([], [], color=style.BLACK, ls="--", label="uniform"),
        *(
            Line2D([], [], ls="", marker="o", ms=4, color=style.GREY, mfc=fill, label=label)
            for fill, label in (("white", "(c, d) as in the paper"), (style.GREY, "(c, d) fair"))
        ),
        Line2D([], [], color=_KINDS["network"], label="(d) as built"),
        Line2D([], [], color=_KINDS["reweighted"], label="(d) weights from events"),
    ]
    figure.legend(
        handles=lines, loc="outside lower left", ncols=5, columnspacing=1.2, handlelength=1.6
    )


def _draw_differences(axis: Axes, quoted: pd.DataFrame, models: Sequence[str]) -> None:
    """Draw the differences of some models, networks with both kinds of weights."""
    height = {name: len(models) - i for i, name in enumerate(models)}
    shown = quoted.assign(row=quoted["model"].str.removesuffix(_BY_EVENTS).map(height))
    shown = shown[shown["row"].notna()]
    shifts = {"network": (0.32, 0.11), "reweighted": (-0.11, -0.32)}
    for row in shown.to_dict("records"):
        as_paper, fair = shifts.get(row["kind"], (0.16, -0.16))
        y = row["row"] + (as_paper if row["panel"] == "a" else fair)
        colour = _KINDS[row["kind"]]
        fill = "white" if row["panel"] == "a" else colour
        axis.plot([row["difference_low"], row["difference_high"]], [y, y], color=colour)
        axis.plot(row["difference"], y, "o", ms=3.5, color=colour, mfc=fill)
    axis.axvline(0.0, color=style.GREY, lw=0.8)
    axis.set_yticks(list(height.values()), [_wrapped(name) for name in height])
    axis.set_ylim(0.4, len(models) + 0.6)
    lowest = quoted["magnitude_min"].iloc[0]
    axis.set_xlabel(f"nats above the network, M ≥ {lowest:g}")
    axis.xaxis.set_major_locator(MaxNLocator(5))
    low, high = shown["difference_low"].min(), shown["difference_high"].max()
    axis.set_xlim(min(-0.1, 1.15 * low), max(0.1, 1.05 * high))


def _wrapped(name: str) -> str:
    text = name.removeprefix("network, ").removesuffix(" subsets").replace(">=", "≥")
    return text.replace(", ", ",\n", 1) if len(text) > 24 else text
