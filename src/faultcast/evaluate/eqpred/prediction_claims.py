"""The claims of Tables I and IV of EQPRED: which model predicts better than which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from faultcast.evaluate.eqpred.claims import Claim, Counts, oriented, printed_difference
from faultcast.evaluate.eqpred.day_scores import days_of, measure
from faultcast.evaluate.eqpred.days import ScoredDays, by_model
from faultcast.evaluate.eqpred.samples import Difference, Sample, difference
from faultcast.evaluate.eqpred.table1 import SCORE_IDS, basis
from faultcast.models.registry import ROWS, TABLE1

SCORES = ("NSE", "F1", "recall", "MAE")
_ABLATIONS = {
    "no_skip": ("table4.skip_connections_help", "skip connections help"),
    "no_attention": ("table4.attention_helps", "local temporal attention helps"),
}
# id of the claim: score, sign that makes EQPRED's advantage positive, sign of what is claimed
_BEST = {
    "table1.eqpred_has_highest_nse": ("NSE", 1.0, "EQPRED has the highest NSE"),
    "table1.eqpred_has_highest_f1": ("F1", 1.0, "EQPRED has the highest F1"),
    "table1.eqpred_has_lowest_mae": ("MAE", -1.0, "EQPRED has the lowest MAE"),
}


@dataclass(frozen=True)
class Measured:
    """The samples of one protocol: of row key, then score; and what stands in each claim."""

    protocol: str
    samples: Mapping[str, Mapping[str, Sample]]
    counts: Mapping[str, Counts]
    values: Mapping[str, float]
    seed: int

    def of(self, score: str, keys: tuple[str, ...]) -> dict[str, Sample]:
        """Return the samples of rows that have the score for some seed."""
        found = {key: self.samples[key][score] for key in keys if score in self.have(key)}
        return {key: sample for key, sample in found.items() if np.isfinite(sample.mean)}

    def have(self, key: str) -> Mapping[str, Sample]:
        """Return the scores of a row, none if it was not trained."""
        return self.samples.get(key, {})

    def claim(
        self,
        name: str,
        text: str,
        score: str,
        compared: str,
        found: Difference,
        sign: float,
        claimed: float,
    ) -> Claim:
        """Return a claim with the counts of its score."""
        return Claim(
            id=name,
            claim=text,
            protocol=self.protocol,
            score=score,
            compared=compared,
            found=oriented(found, sign),
            claimed=claimed,
            counts=self.counts[score],
        )


def measure_rows(
    scored: list[ScoredDays],
    values: Mapping[str, float],
    *,
    n_resamples: int,
    block_days: int,
    seed: int,
) -> list[Measured]:
    """Return the samples of all rows, one `Measured` a protocol.

    Parameters
    ----------
    scored : as `collect` returns them.
    values : printed numbers by id.
    """
    measured = []
    for protocol in dict.fromkeys(one.protocol for one in scored):
        reference, weights = basis(scored, protocol, n_resamples, block_days, seed)
        samples: dict[str, dict[str, Sample]] = {}
        counts: dict[str, Counts] = {}
        for _, seeds in by_model(scored, protocol):
            one = seeds[0]
            if not one.key:
                continue
            for (days, score), sample in measure(seeds, reference, weights, only=SCORES).items():
                samples.setdefault(one.key, {})[score] = sample
                counts[score] = Counts(
                    int(days_of(one, days).sum()),
                    int(one.event.sum()),
                    int((one.event & one.quiet).sum()),
                )
        measured.append(Measured(protocol, samples, counts, values, seed))
    return measured


def table1_claims(measured: Measured) -> Iterator[Claim]:
    """Yield the claims of Table I for which the models were trained.

    "The best of the others" is the one with the best mean of ours; it stands in `compared`. The
    claimed difference is that between EQPRED and the best of the others as printed.
    """
    for name, (score, sign, text) in _BEST.items():
        yield from _against_best(measured, name, text, score, better=sign, claimed_for=1.0)
    yield from _against_best(
        measured,
        "table1.a_baseline_has_higher_recall",
        "one of the others has a higher recall than EQPRED",
        "recall",
        better=1.0,
        claimed_for=-1.0,
    )
    yield from _negative_nse(measured)


def table4_claims(measured: Measured) -> Iterator[Claim]:
    """Yield the claims of Table IV: EQPRED's F1 and NSE are above those without one component."""
    for key, (name, text) in _ABLATIONS.items():
        for score in ("F1", "NSE"):
            found = measured.of(score, ("eqpred", key))
            if len(found) < 2:
                continue
            stem = SCORE_IDS[score]
            yield measured.claim(
                name,
                text,
                score,
                f"EQPRED - {ROWS[key].title}",
                difference(found["eqpred"], found[key], seed=measured.seed),
                1.0,
                printed_difference(
                    measured.values, f"table4.eqpred.{stem}", f"table4.{key}.{stem}", 1.0
                ),
            )


def _against_best(
    measured: Measured, name: str, text: str, score: str, *, better: float, claimed_for: float
) -> Iterator[Claim]:
    """Yield EQPRED against the best of the others.

    `better` is the sign of an advantage, `claimed_for` 1 if it is claimed for EQPRED, else -1.
    """
    found = measured.of(score, TABLE1)
    own = found.pop("eqpred", None)
    if own is None or not found:
        return
    rival = max(found, key=lambda key: better * found[key].mean)
    stem = SCORE_IDS[score]
    printed = {
        key: measured.values[f"table1.{key}.{stem}"]
        for key in TABLE1
        if key != "eqpred" and f"table1.{key}.{stem}" in measured.values
    }
    best_printed = max(printed, key=lambda key: better * printed[key], default="")
    sign = better * claimed_for
    names = ["EQPRED", f"{ROWS[rival].title} (best of {len(found)} others)"]
    yield measured.claim(
        name,
        text,
        score,
        " - ".join(names if sign > 0 else names[::-1]),
        difference(own, found[rival], seed=measured.seed),
        sign,
        printed_difference(
            measured.values, f"table1.eqpred.{stem}", f"table1.{best_printed}.{stem}", sign
        ),
    )


def _negative_nse(measured: Measured) -> Iterator[Claim]:
    single = tuple(key for key in TABLE1 if ROWS[key].autoencoder is None)
    found = measured.of("NSE", single)
    if not found:
        return
    best = max(found, key=lambda key: found[key].mean)
    zero = Sample(
        found[best].seeds, np.zeros_like(found[best].value), np.zeros_like(found[best].draws)
    )
    printed = [measured.values.get(f"table1.{key}.nse", np.nan) for key in single]
    yield measured.claim(
        "table1.single_models_have_negative_nse",
        "single models have a negative NSE",
        "NSE",
        f"0 - {ROWS[best].title} (best of {len(found)} single models)",
        difference(zero, found[best], seed=measured.seed),
        1.0,
        float(-np.max(printed)),
    )
