"""Rows of MM-STT's tables: every score of every model, by domain, protocol and horizon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.mmstt.comparison import (
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


def score_rows(
    errors: Sequence[pd.DataFrame] | pd.DataFrame,
    references: Sequence[str],
    *,
    to_beat: Sequence[str] = (),
    horizons: Sequence[int] = HORIZONS,
    titles: Mapping[str, str] | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return one row a domain, protocol, horizon, model and score.

    Parameters
    ----------
    errors : of `errors.numbers`.
    references : models that every other is held against.
    to_beat : those of them that a network must beat to win; the note on its RMSE over all
        horizons says whether it does.
    horizons : epochs after the origin; those beyond the longest that was told are left out.
    titles : label -> name of networks that are not in the registry.
    n_resamples, seed : of the circular moving blocks of origins, as long as the longest horizon;
        all models of a domain and protocol share them, so that differences are paired.

    Returns
    -------
    `COLUMNS`. `horizon`: a number of epochs, or "all". `network`: the key; `key`: the same, empty
    for a forecast without a network. `mean` and `standard_deviation` are over seeds; `low` and
    `high` bound 95 % of the resampled means over seeds, NaN where the origins do not hold two
    blocks.

    Raises
    ------
    DataError
        A reference is missing, or models were scored on other windows.
    """
    table = errors if isinstance(errors, pd.DataFrame) else pd.concat(list(errors))
    rows: list[dict[str, object]] = []
    for (domain, protocol), part in table.groupby(["domain", "protocol"], sort=False):
        models = collect(part)
        if missing := [name for name in references if name not in models]:
            raise DataError(
                f"no errors of {', '.join(missing)} on {domain}, {protocol}: all models are held "
                "against them, so give theirs too"
            )
        head = {
            "domain": domain,
            "protocol": protocol,
            "protocol_title": PROTOCOL_TITLES[str(protocol)],
        }
        one = next(iter(models.values()))
        weights = resamples(len(one.origins), one.n_out, n_resamples, seed)
        networks = {name: title_of(name) for name in TILE_NETWORKS} | dict(titles or {})
        found = _part(models, references, to_beat, horizons, networks, weights)
        rows += [head | row for row in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def title_of(name: str) -> str:
    """Return a model's name in tables and figures."""
    return TILE_NETWORKS[name].title if name in TILE_NETWORKS else BASELINES[name]


def _part(
    models: dict[str, Forecasts],
    references: Sequence[str],
    to_beat: Sequence[str],
    horizons: Sequence[int],
    networks: Mapping[str, str],
    weights: np.ndarray,
) -> Iterator[dict[str, object]]:
    one = next(iter(models.values()))
    parts = {str(h): slice(h - 1, h) for h in horizons if h <= one.n_out} | {"all": slice(None)}
    for label, part in parts.items():
        sums = {name: totals(model, part, weights) for name, model in models.items()}
        for name in sorted(models, key=[*networks, *BASELINES].index):
            others = {key: sums[key] for key in references if key != name}
            for score, found in (made := scores(sums[name], others)).items():
                is_network = name in networks
                told = to_beat and is_network and (label, score) == ("all", "RMSE")
                yield {
                    "horizon": label,
                    "model": networks.get(name) or BASELINES[name],
                    "key": name if is_network else "",
                    "network": name,
                    "score": score,
                    **found.summary(),
                    "n_origins": len(one.origins),
                    "n_values": int(sums[name]["n"][0, 0]),
                    "note": _verdict(made, to_beat, list(others)) if told else "",
                }


def _verdict(made: dict[str, Score], to_beat: Sequence[str], others: Sequence[str]) -> str:
    """Say of a network what it beats and what beats it."""
    found: dict[str, list[str]] = {"beats": [], "loses to": [], "not told apart from": []}
    for other in others:
        low, high = made[f"MSE minus {other}"].interval()
        if np.isnan(low):
            return "too few origins to tell"
        side = "beats" if high < 0 else "loses to" if low > 0 else "not told apart from"
        found[side].append(other)
    wins = set(to_beat) <= set(found["beats"])
    text = "; ".join(f"{side} {', '.join(names)}" for side, names in found.items() if names)
    return f"{'a win' if wins else 'no win'}: {text}"
