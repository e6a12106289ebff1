"""Table 1 of MM-STT: every network and every forecast without one, by domain and protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.mmstt.comparison import (
    REFERENCES,
    Forecasts,
    Score,
    collect,
    resamples,
    scores,
    totals,
)
from faultcast.forecast.tile_baselines import BASELINES
from faultcast.models.tile_registry import TILE_NETWORKS
from faultcast.train.tile_protocol import PROTOCOL_TITLES

COLUMNS = (
    "domain", "protocol", "protocol_title", "horizon", "model", "key", "network", "score", "mean",
    "standard_deviation", "n_seeds", "low", "high", "n_origins", "n_values", "note",
)  # fmt: skip
HORIZONS = (1, 3, 6, 12)
# a win needs an interval below 0 against each of these
TO_BEAT = ("trend_refitted", "ridge", "ridge_chosen")


def numbers(
    *,
    errors: Sequence[pd.DataFrame] | pd.DataFrame,
    horizons: Sequence[int] = HORIZONS,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the table, one row a domain, protocol, horizon, model and score.

    Parameters
    ----------
    errors : of all networks, protocols and seeds, and of the forecasts without a network
        (`errors.numbers`).
    horizons : epochs after the origin; those beyond the longest that was told are left out.
    n_resamples, seed : of the circular moving blocks of origins, as long as the longest horizon;
        all models of a domain and protocol share them, so that differences are paired.

    Returns
    -------
    `COLUMNS`. `horizon`: a number of epochs, or "all". `network`: the registry's key; `key` is
    empty for a forecast without a network. `mean` and `standard_deviation` are over seeds; `low`
    and `high` bound 95 % of the resampled means. `note` of the RMSE over all horizons says
    whether a network wins.

    Raises
    ------
    DataError
        A reference is missing, or models were scored on other windows.
    """
    table = errors if isinstance(errors, pd.DataFrame) else pd.concat(list(errors))
    rows: list[dict[str, object]] = []
    for (domain, protocol), part in table.groupby(["domain", "protocol"], sort=False):
        head = {
            "domain": domain,
            "protocol": protocol,
            "protocol_title": PROTOCOL_TITLES[str(protocol)],
        }
        rows += [head | row for row in _part(collect(part), horizons, n_resamples, seed)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _part(
    models: dict[str, Forecasts], horizons: Sequence[int], n_resamples: int, seed: int
) -> Iterator[dict[str, object]]:
    if missing := [name for name in REFERENCES if name not in models]:
        raise DataError(
            f"no errors of {', '.join(missing)}: networks are held against them, so give the "
            "errors of the forecasts without a network too"
        )
    one = next(iter(models.values()))
    n_out = one.sums["n"].shape[2]
    weights = resamples(len(one.origins), n_out, n_resamples, seed)
    parts = {str(h): slice(h - 1, h) for h in horizons if h <= n_out} | {"all": slice(None)}
    for label, part in parts.items():
        sums = {name: totals(model, part, weights) for name, model in models.items()}
        references = {name: sums[name] for name in REFERENCES}
        for name in _ordered(models):
            others = {key: value for key, value in references.items() if key != name}
            for score, found in (made := scores(sums[name], others)).items():
                yield {
                    "horizon": label,
                    "model": title_of(name),
                    "key": name if name in TILE_NETWORKS else "",
                    "network": name,
                    "score": score,
                    **found.summary(),
                    "n_origins": len(one.origins),
                    "n_values": int(sums[name]["n"][0, 0]),
                    "note": _verdict(name, made) if (label, score) == ("all", "RMSE") else "",
                }


def title_of(name: str) -> str:
    """Return a model's name in tables and figures."""
    return TILE_NETWORKS[name].title if name in TILE_NETWORKS else BASELINES[name]


def _ordered(models: dict[str, Forecasts]) -> list[str]:
    """Return networks in the registry's order, then the others."""
    order = [*TILE_NETWORKS, *BASELINES]
    return sorted(models, key=order.index)


def _verdict(name: str, made: dict[str, Score]) -> str:
    """Say of a network what it beats and what beats it."""
    if name not in TILE_NETWORKS:
        return ""
    found: dict[str, list[str]] = {"beats": [], "loses to": [], "not told apart from": []}
    for other in REFERENCES:
        low, high = np.quantile(made[f"MSE minus {other}"].draws, [0.025, 0.975])
        side = "beats" if high < 0 else "loses to" if low > 0 else "not told apart from"
        found[side].append(other)
    wins = set(TO_BEAT) <= set(found["beats"])
    text = "; ".join(f"{side} {', '.join(others)}" for side, others in found.items() if others)
    return f"{'a win' if wins else 'no win'}: {text}"
