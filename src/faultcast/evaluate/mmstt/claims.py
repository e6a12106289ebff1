"""MM-STT's printed claims, on our tiles: long-range RMSE against its rivals, and R2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.mmstt.comparison import Array, Score, collect, resamples, scores, totals
from faultcast.models.tile_registry import TILE_NETWORKS

COLUMNS = (
    "id", "claim", "domain", "protocol", "horizon", "compared", "mean", "low", "high", "claimed",
    "reading", "n_seeds", "n_origins",
)  # fmt: skip
OURS = "mmstt"
RIVALS = ("convlstm", "stgcn", "staeformer")


def numbers(
    *, errors: Sequence[pd.DataFrame] | pd.DataFrame, domains: Sequence[str]
) -> pd.DataFrame:
    """Return what is left of each claim, one row a tile, claim, protocol and network compared.

    Parameters
    ----------
    errors : of MM-STT and its rivals (`errors.numbers`).
    domains : tiles; the first is held against the printed numbers, so that its rows have an `id`.

    Returns
    -------
    `COLUMNS`. "MSE minus": mean squared error of MM-STT minus the rival's at the longest horizon,
    mm^2, below 0 it is better; `reading` says whether the interval (blocks of origins, mean over
    seeds) tells. "RMSE ratio": best rival's over MM-STT's. "R2 level" and "R2 of increments":
    all horizons pooled. Rivals with all inputs stand beside those of the paper; they have no `id`.

    Raises
    ------
    DataError
        A tile, MM-STT or a rival is missing.
    """
    table = errors if isinstance(errors, pd.DataFrame) else pd.concat(list(errors))
    rows: list[dict[str, object]] = []
    for domain in domains:
        here = table[table["domain"] == domain]
        if here.empty:
            raise DataError(f"no errors on the tile {domain!r}: name one that is scored")
        for protocol, part in here.groupby("protocol", sort=False):
            head = {"domain": domain, "protocol": protocol}
            named = {} if domain == domains[0] else {"id": ""}
            rows += [head | row | named for row in _claims(part)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _claims(part: pd.DataFrame) -> list[dict[str, object]]:
    models = collect(part)
    if missing := [name for name in (OURS, *RIVALS) if name not in models]:
        raise DataError(f"no errors of {', '.join(missing)}: the claims compare them")
    one = models[OURS]
    n_out = one.n_out
    weights = resamples(len(one.origins), n_out)
    far = slice(n_out - 1, n_out)
    mse = {
        name: (found["squared"] / found["n"]).mean(axis=0)
        for name, found in ((name, totals(models[name], far, weights)) for name in models)
    }
    head = {"n_seeds": len(one.seeds), "n_origins": len(one.origins)}
    rows: list[dict[str, object]] = []
    for rival in (name for name in models if name in TILE_NETWORKS and _is_rival(name)):
        found = mse[OURS] - mse[rival]
        rows.append(
            head
            | _row(f"claims.mmstt_beats_{rival}" if rival in RIVALS else "", "MSE minus", found)
            | {"horizon": str(n_out), "compared": rival, "claimed": "below 0"}
        )
    best = np.min([mse[name] for name in RIVALS], axis=0)
    rows.append(
        head
        | _row("claims.rmse_ratio_long_range", "RMSE ratio", np.sqrt(best / mse[OURS]))
        | {"horizon": str(n_out), "compared": ", ".join(RIVALS), "claimed": "10", "reading": ""}
    )
    pooled = scores(totals(one, slice(None), weights), {})
    for score in ("R2 level", "R2 of increments"):
        found = _with_mean(pooled[score])
        rows.append(
            head
            | _row("claims.r2_multi_step" if score == "R2 level" else "", score, found)
            | {
                "horizon": "all",
                "compared": "",
                "claimed": "0.9997" if score == "R2 level" else "",
                "reading": "",
            }
        )
    return rows


def _is_rival(name: str) -> bool:
    return name.removesuffix("_all") in RIVALS


def _with_mean(score: Score) -> Array:
    return np.concatenate([[score.value.mean()], score.draws])


def _row(name: str, claim: str, found: Array) -> dict[str, object]:
    """Return value and interval of (1 + n_resamples,), and what they say of a sign."""
    low, high = Score(found[:1], found[1:]).interval()
    reading = "below 0" if high < 0 else "above 0" if low > 0 else "cannot tell"
    return {
        "id": name, "claim": claim, "mean": float(found[0]), "low": low, "high": high,
        "reading": reading,
    }  # fmt: skip
