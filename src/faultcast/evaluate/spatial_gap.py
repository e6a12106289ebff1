"""From TripleS to the fault network, one change at a time: what makes the gap between them.

Four changes turn TripleS on all events into a network as it was built:

* floor: the network's own background, with its weight, in the whole volume;
* thinning: each locus counts once instead of each event (TripleS on the loci; the network with
  weights from loci in place of weights re-estimated from events);
* merging: the network's kernels instead of one kernel a source, each a sphere of the volume of
  its Gaussian (equal determinant);
* anisotropy: those spheres take the shape of their Gaussians.

A change can come before or after others, and its effect depends on that. All twelve orders
in which merging precedes anisotropy are computed; an effect is its mean over them (a Shapley
value under that order), with the least and the largest beside it.

In the scoring ``as_paper`` nothing is renormalised, so a density that leaves more of itself
outside the volume loses by that alone. That part of each change, ``log(mass inside)``, is
taken out of it and summed as "renormalisation": what the gap would lose if each density were
divided by its integral over the volume.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations, product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from faultcast.evaluate.intervals import sequence_bootstrap
from faultcast.evaluate.spatial_models import Learned
from faultcast.evaluate.spatial_targets import Targets
from faultcast.forecast.density import Mass, mass_inside, with_floor
from faultcast.forecast.gaussians import GaussianSum
from faultcast.forecast.network import BuiltNetwork
from faultcast.forecast.reweight import reestimated_weights
from faultcast.forecast.spatial import hypocentres
from faultcast.forecast.triple_s import TripleS, triple_s_log_densities
from faultcast.forecast.volume import Volume

CHANGES = ("floor", "thinning", "merging", "anisotropy")
ORDERS = tuple(
    order for order in permutations(CHANGES) if order.index("merging") < order.index("anisotropy")
)

Values = NDArray[np.float64]
State = frozenset[str]


class _Kernels(NamedTuple):
    """Log densities at the targets (n, settings) and masses inside, without any floor."""

    logs: Values
    masses: Values


def gap_parts(
    learned: Learned,
    network: BuiltNetwork,
    targets: Targets,
    volume: Volume,
    *,
    scoring: str,
    bandwidths_km: Sequence[float],
    chosen_km: Mapping[str, float],
    floor_weight: float,
    magnitude_mins: Sequence[float],
    n_resamples: int = 2000,
    n_mass_samples: int = 100_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the parts of the gap between TripleS on all events and a network.

    Parameters
    ----------
    learned : the learning period.
    network : the network, one of that period.
    targets, volume : target events inside the volume.
    scoring : "as_paper" (each hybrid at the bandwidth that is best for the targets) or "fair"
        (renormalised, mixed with the common floor, bandwidths as chosen on the past).
    bandwidths_km : of the scoring as in the paper.
    chosen_km : the bandwidth of the fair scoring for "events" and for "loci".
    floor_weight : of the common floor of the fair scoring.
    magnitude_mins : cut-offs of the targets.
    n_resamples, seed : of the bootstrap over sequences.
    n_mass_samples : draws for each density's integral over the volume.

    Returns
    -------
    One row a cut-off and part: `scoring`, `magnitude_min`, `part` (the changes, as in the paper
    also "renormalisation", and "all": TripleS minus network), `nats` per event (positive where
    the change helps; the mean over orders), `low` and `high` (95 %, sequences), `least` and
    `most` over the orders, `in_listed_order` (floor, thinning, merging, anisotropy).
    """
    fair = scoring == "fair"
    own_floor = float(network.weights_[network.is_background_].sum())
    kernels = _kernels(
        learned,
        network,
        own_floor,
        targets.xyz_km,
        volume,
        {name: [chosen_km[name]] if fair else list(bandwidths_km) for name in ("events", "loci")},
        n_mass_samples,
        seed,
    )
    rows = []
    for cut in magnitude_mins:
        large = targets.above(cut)
        if not large.any():
            continue
        states: dict[State, tuple[Values, float]] = {}
        for used in product((False, True), repeat=len(CHANGES)):
            state = frozenset(name for name, on in zip(CHANGES, used, strict=True) if on)
            if "anisotropy" in state and "merging" not in state:
                continue
            states[state] = _state_score(
                kernels[state - {"floor"}],
                own_floor if "floor" in state else 0.0,
                large,
                volume,
                floor_weight if fair else None,
            )
        rows += [
            {"scoring": scoring, "magnitude_min": float(cut), **row}
            for row in _parts(states, targets.sequence[large], fair, n_resamples, seed)
        ]
    return pd.DataFrame(rows)


def _kernels(
    learned: Learned,
    network: BuiltNetwork,
    own_floor: float,
    points: Values,
    volume: Volume,
    bandwidths_km: Mapping[str, Sequence[float]],
    n_samples: int,
    seed: int,
) -> dict[State, _Kernels]:
    """Return the kernel part of all hybrids by their changes, the floor left aside."""

    def mass(density: TripleS | GaussianSum) -> float:
        found: Mass = mass_inside(density, volume, n_samples=n_samples, seed=seed)
        return found.inside

    xyz_km = hypocentres(learned.events, volume.projection)
    found: dict[State, _Kernels] = {}
    for name, sources in (("events", xyz_km), ("loci", learned.loci())):
        widths = bandwidths_km[name]
        found[frozenset({"thinning"} if name == "loci" else ())] = _Kernels(
            triple_s_log_densities(points, sources, widths),
            np.array([mass(TripleS(sources, h)) for h in widths]),
        )
    fault = ~network.is_background_
    shapes = network.covariances_[fault]
    spheres = np.cbrt(np.linalg.det(shapes))[:, None, None] * np.eye(3)
    by_events = reestimated_weights(network.mixture_, xyz_km)
    for thinning, weights in ((set(), by_events), ({"thinning"}, network.weights_)):
        for turned, covariances in ((set(), spheres), ({"anisotropy"}, shapes)):
            shares = weights[fault] / weights[fault].sum()
            parts = (shares, network.means_[fault], covariances)
            # drawn with the floor, as the network itself is: the same draws, the same mass
            floor = own_floor / (1.0 - own_floor)
            whole = mass(GaussianSum(*parts, uniform_weight=floor, volume=volume))
            found[frozenset({"merging"} | thinning | turned)] = _Kernels(
                GaussianSum(*parts).log_density(points)[:, None],
                np.array([(whole - own_floor) / (1.0 - own_floor)]),
            )
    return found


def _state_score(
    kernels: _Kernels,
    own_floor: float,
    large: NDArray[np.bool_],
    volume: Volume,
    floor_weight: float | None,
) -> tuple[Values, float]:
    """Return a hybrid's scores (n,) at its bandwidth, and the log of its mass inside.

    As in the paper the scores are those of the density divided by its mass, so that
    ``score - log(mass)`` is the plain one; the bandwidth is the best for that.
    """
    logs = with_floor(kernels.logs[large], 1.0, own_floor, volume)
    masses = (1.0 - own_floor) * kernels.masses + own_floor
    if floor_weight is None:
        best = int(logs.mean(axis=0).argmax())
        return np.log(masses[best]) - logs[:, best], float(np.log(masses[best]))
    return -with_floor(logs[:, 0], float(masses[0]), floor_weight, volume), 0.0


def _parts(
    states: Mapping[State, tuple[Values, float]],
    sequence: NDArray[np.int64],
    fair: bool,
    n_resamples: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Return the rows of one cut-off from the scores of all hybrids."""
    effects = {
        name: np.stack([_effect(states, order, name) for order in ORDERS]) for name in CHANGES
    }
    (start, start_mass), (end, end_mass) = states[frozenset()], states[frozenset(CHANGES)]
    renormalisation = np.full((1, len(start)), end_mass - start_mass)
    total = (start - end)[None, :] + renormalisation
    effects |= {} if fair else {"renormalisation": renormalisation}
    effects["all"] = total
    columns = np.column_stack([effect.mean(axis=0) for effect in effects.values()])
    rows = []
    for (name, effect), interval in zip(
        effects.items(), sequence_bootstrap(columns, sequence, n_resamples, seed), strict=True
    ):
        by_order = effect.mean(axis=1)
        rows.append(
            {
                "part": name,
                "nats": interval.mean,
                "low": interval.low,
                "high": interval.high,
                "least": by_order.min(),
                "most": by_order.max(),
                # one value if the part does not depend on the order
                "in_listed_order": by_order[ORDERS.index(CHANGES) if len(by_order) > 1 else 0],
            }
        )
    return rows


def _effect(
    states: Mapping[State, tuple[Values, float]], order: Sequence[str], change: str
) -> Values:
    """Return what a change gains each target (n,) at its place in an order."""
    before = frozenset(order[: order.index(change)])
    gain: Values = states[before][0] - states[before | {change}][0]
    return gain
