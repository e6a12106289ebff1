"""Figure 8 of Kamer et al. (2020): condensation and assignment of three events, computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from faultcast.condense import assign_events, condense
from faultcast.location import make_kernels

# event, weight, x, y (km), sigma (km). The first two events are sharp at one place each. The third
# is vaguer: its main kernel lies about the second event's, its least one about the first event's,
# which is denser wherever the least one has a point (out to 3.7 of its sigma): that one must go.
_KERNELS = (
    ("1", 1.0, 0.0, 0.0, 0.8),
    ("2", 0.7, 5.0, 1.0, 1.0),
    ("2", 0.3, 2.0, 3.0, 2.0),
    ("3", 0.6, 5.3, 0.5, 1.6),
    ("3", 0.3, 2.5, -3.5, 2.2),
    ("3", 0.1, 0.0, 0.0, 0.9),
)
_SIZE_COLUMNS = ["cxx", "cyy", "czz"]


def example_kernels() -> pd.DataFrame:
    """Return the location kernels of three events with one, two and three of them."""
    events, weights, x, y, sigma = (np.array(column) for column in zip(*_KERNELS, strict=True))
    component = pd.Series(events).groupby(events).cumcount().to_numpy()
    means = np.column_stack([x, y, np.zeros(len(x))])
    covariances = sigma[:, None, None] ** 2 * np.eye(3)
    return make_kernels(events, component, weights, means, covariances)


def numbers(n_samples: int = 1000, seed: int = 0, n_shown: int = 60) -> pd.DataFrame:
    """Return what Figure 8 shows, made by `condense` and `assign_events`.

    Parameters
    ----------
    n_samples, seed : of the assignment
    n_shown : points an event that panel c shows (drawn from `seed`)

    Returns
    -------
    DataFrame: kind "kernel" (panels a, c the originals, b, d the condensed ones: series the
    event, kernel the original's number, x_km, y_km, sigma_km, weight, n_events in d);
    kind "transfer" (a: from kernel to to_kernel, weight); kind "sample" (c); kind "assignment"
    (d: series the event, to_kernel, won the share of its points, x_km, y_km the event's mean).
    """
    kernels = example_kernels()
    condensed = condense(kernels)
    assignment = assign_events(kernels, condensed, n_samples=n_samples, seed=seed)
    keys = ["event_id", "component"]
    number = kernels[keys].assign(kernel=np.arange(len(kernels)))
    condensed = condensed.merge(number, on=keys, validate="one_to_one")
    winner = condensed["kernel"].to_numpy()[assignment["kernel"]]
    counts = pd.Series(winner).value_counts()
    originals = kernels.assign(kernel=np.arange(len(kernels)))
    assigned = condensed.assign(n_events=condensed["kernel"].map(counts).fillna(0).astype(int))
    parts = [
        _kernel_rows(originals, "a"),
        transfers(kernels).assign(panel="a", kind="transfer"),
        _kernel_rows(condensed, "b"),
        _kernel_rows(originals, "c"),
        _samples(kernels, n_shown, seed),
        _kernel_rows(assigned, "d"),
        pd.DataFrame(
            {
                "panel": "d",
                "kind": "assignment",
                "series": assignment["event_id"],
                "to_kernel": winner,
                "won": assignment["n_samples_won"] / n_samples,
                **_event_means(kernels, assignment["event_id"]),
            }
        ),
    ]
    return pd.concat(parts, ignore_index=True)


def transfers(kernels: pd.DataFrame) -> pd.DataFrame:
    """Return how much weight each kernel gives to which: kernel, to_kernel, weight.

    One source at a time, from the largest down, with the weight it has by then: condensed alone
    with the smaller kernels of other events, which are given one name so that they give nothing
    to each other.
    """
    size = np.sqrt(kernels[_SIZE_COLUMNS].sum(axis=1).to_numpy())
    event = kernels["event_id"].to_numpy()
    current = kernels["weight"].to_numpy().copy()
    rows = []
    for source in np.argsort(-size, kind="stable"):
        targets = np.flatnonzero((size < size[source]) & (event != event[source]))
        members = kernels.iloc[[source, *targets]].assign(
            event_id=["source", *["targets"] * len(targets)],
            component=np.arange(len(targets) + 1),
            weight=[current[source], *kernels["weight"].to_numpy()[targets]],
        )
        after = condense(members).set_index("component")["weight"]
        for place, target in enumerate(targets, start=1):
            given = after[place] - kernels["weight"].iloc[target]
            if given > 0.0:
                rows.append({"kernel": source, "to_kernel": target, "weight": given})
                current[target] += given
    return pd.DataFrame(rows, columns=["kernel", "to_kernel", "weight"])


def ours(table: pd.DataFrame) -> pd.DataFrame:
    """Return id, protocol, value, note of what the caption of Figure 8 prints.

    Its counts are those that the example was built for; its two claims hold for any example.
    """
    kernels = table[table["kind"] == "kernel"]
    count = kernels["panel"].value_counts()
    values: dict[str, Any] = {
        "fig08.n_events": kernels.loc[kernels["panel"] == "a", "series"].nunique(),
        "fig08.n_kernels": count["a"],
        "fig08.n_discarded": count["a"] - count["b"],
        "fig08.n_assigned_kernels": (kernels.loc[kernels["panel"] == "d", "n_events"] > 0).sum(),
    }
    counts = pd.DataFrame(
        {
            "id": list(values),
            "value": np.array(list(values.values()), dtype=float),
            "note": "an example built to show the caption's case: no test of the method",
            "comparable": False,
        }
    )
    event = kernels[kernels["panel"] == "a"].set_index("kernel")["series"]
    moves = table.loc[table["kind"] == "transfer", ["kernel", "to_kernel"]].astype(int)
    within = event.loc[moves["kernel"]].to_numpy() == event.loc[moves["to_kernel"]].to_numpy()
    before, after = (kernels.loc[kernels["panel"] == p, "weight"].sum() for p in "ab")
    claims = pd.DataFrame(
        {
            "id": ["fig08.no_transfer_within_event", "fig08.weight_preserved"],
            "value": [float(not within.any()), float(abs(after - before) <= 1e-9 * before)],
            "note": [f"{len(moves)} transfers", f"{before:.6f} before, {after:.6f} after"],
            "comparable": True,
        }
    )
    result = pd.concat([counts, claims], ignore_index=True)
    result.insert(1, "protocol", "as_published")
    return result


def _kernel_rows(kernels: pd.DataFrame, panel: str) -> pd.DataFrame:
    columns = ["kernel", "x_km", "y_km", "weight"]
    rows = kernels[columns + [c for c in ("n_events",) if c in kernels]].copy()
    rows.insert(0, "panel", panel)
    return rows.assign(
        kind="kernel", series=kernels["event_id"].astype(str), sigma_km=np.sqrt(kernels["cxx"])
    )


def _samples(kernels: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for event, own in kernels.groupby("event_id", sort=True):
        chosen = own.iloc[rng.choice(len(own), size=n, p=own["weight"])]
        sigma = np.sqrt(chosen["cxx"].to_numpy())
        place = {a: chosen[a].to_numpy() + sigma * rng.standard_normal(n) for a in ("x_km", "y_km")}
        parts.append(pd.DataFrame({"panel": "c", "kind": "sample", "series": str(event), **place}))
    return pd.concat(parts, ignore_index=True)


def _event_means(kernels: pd.DataFrame, events: pd.Series) -> dict[str, np.ndarray]:
    """Return the mean place of each event's PDF."""
    means = {}
    for axis in ("x_km", "y_km"):
        moment = (kernels["weight"] * kernels[axis]).groupby(kernels["event_id"]).sum()
        means[axis] = moment.reindex(events).to_numpy()
    return means
