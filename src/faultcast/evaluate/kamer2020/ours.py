"""Our values of the numbers printed in Kamer et al. 2020."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from faultcast.evaluate.kamer2020 import fig01 as splitting
from faultcast.evaluate.kamer2020 import fig05 as sensitivity
from faultcast.evaluate.kamer2020 import fig07 as merger
from faultcast.evaluate.kamer2020 import fig08 as schematic
from faultcast.evaluate.kamer2020 import oceanside
from faultcast.evaluate.kamer2020.aftershock_rows import aftershock_rows
from faultcast.evaluate.kamer2020.background_density import background_rows
from faultcast.evaluate.kamer2020.condensation import published_numbers as condensation_rows
from faultcast.evaluate.kamer2020.fig12 import ours as forecast_rows
from faultcast.evaluate.kamer2020.planted_rows import planted_rows

_OTHER: dict[str, Literal["exact", "released"]] = {"exact": "released", "released": "exact"}


def numbers(
    published: pd.DataFrame,
    events: pd.DataFrame,
    condensation: Mapping[str, Any],
    points: pd.DataFrame,
    local_network: Path,
    global_network: Path,
    local_other: Path,
    global_other: Path,
    fig01: pd.DataFrame,
    fig05: pd.DataFrame,
    fig07: pd.DataFrame,
    fig08: pd.DataFrame,
    fig11: pd.DataFrame,
    fig12: pd.DataFrame,
    *,
    aftershocks: str,
    engine: Literal["exact", "released"] = "exact",
    seeds: Sequence[int] = tuple(range(1000, 1020)),
) -> pd.DataFrame:
    """Return our values by id of the printed number.

    Parameters
    ----------
    published : the printed numbers.
    events : event table of the learning period.
    condensation : summary of the condensed catalog.
    points : events of the networks of figure 6.
    local_network, global_network : folders of these networks.
    local_other, global_other : the same by the other engine, for the notes.
    fig01, fig05, fig07, fig08, fig11, fig12 : the numbers of these figures.
    aftershocks : "landers" if figure 6 stands on the paper's own data.
    engine : of the synthetic networks.
    seeds : of the synthetic networks; what the paper shows is one unstated draw.

    Returns
    -------
    id, protocol, value, standard_deviation, note, comparable (empty: as the preset says).
    """
    printed = dict(zip(published["id"].astype(str), published["value"].astype(float), strict=True))
    networks = {"local": local_network, "global": global_network}
    others = {"local": local_other, "global": global_other}
    rows = [
        *planted_rows(seeds, engine, _OTHER[engine], printed),
        *aftershock_rows(points, networks, others, aftershocks, condensation["n_events"]),
        *_large_networks(fig11),
        *background_rows(seeds[:10], engine),
        _share_above_m2(events),
    ]
    table = pd.DataFrame(rows, columns=["id", "value", "standard_deviation", "note", "comparable"])
    table.insert(1, "protocol", "as_published")
    parts = [
        splitting.ours(fig01).assign(comparable=aftershocks == "landers"),
        table,
        sensitivity.ours(fig05),
        merger.ours(fig07),
        schematic.ours(fig08),
        oceanside.ours(fig11),
        condensation_rows(condensation),
        forecast_rows(fig12),
    ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _large_networks(fig11: pd.DataFrame) -> Iterator[dict[str, Any]]:
    networks = fig11[fig11["kind"] == "network"]
    many = networks["n_subsets"] == networks["n_subsets"].max()
    whole = networks["criterion"] == "global"
    chosen = networks[many & whole].iloc[0]
    counts = _cases(networks, "n_kernels", ".0f")
    yield {
        "id": "fig11.n_kernels_30_global",
        "value": chosen["n_kernels"],
        "note": f"catalog of this preset, {chosen['n_events']:,.0f} points; kernels: {counts}",
    }
    bic = networks.pivot_table(index="n_subsets", columns="criterion", values="bic_per_event")
    note = f"BIC per point: {_cases(networks, 'bic_per_event', '.3f')}"
    yield {
        "id": "fig11.lowest_bic_30_global",
        "value": float(chosen["bic_per_event"] <= networks["bic_per_event"].min()),
        "note": note,
    }
    yield {
        "id": "fig11.global_bic_below_local",
        "value": float((bic["global"] < bic["local"]).all()),
        "note": note,
    }


def _cases(networks: pd.DataFrame, column: str, form: str) -> str:
    return ", ".join(
        f"{row['n_subsets']:.0f} {row['criterion']} {row[column]:{form}}"
        for _, row in networks.iterrows()
    )


def _share_above_m2(events: pd.DataFrame) -> dict[str, Any]:
    known = events["magnitude"].dropna()
    return {
        "id": "text.share_above_m2",
        "value": 100.0 * float((known > 2.0).mean()) if len(known) else float("nan"),
        "note": f"of {len(known):,} events with a magnitude, the catalog of this preset; the "
        "printed share is of another study's catalog",
    }
