"""The four steps in which `as_published` departs from `leak_free`, each alone and left out."""

from __future__ import annotations

from dataclasses import replace

from faultcast.train.protocol import PROTOCOLS, Protocol

# switches of `Protocol` that a step sets as `as_published` has them
STEPS = {
    "smoothing": ("smoothing", "target"),
    "scaler": ("scaler", "autoencoder"),
    "selection": ("selection",),
    "threshold": ("threshold",),
}
NONE = "leak-free on this split"
ALL = "as published (all four)"


def step_protocols() -> list[Protocol]:
    """Return the protocols that are compared, each named by its steps.

    None of the four steps, each one alone, all, and all but each one. Split and kind of scores
    are those of `as_published` in all: one chronological split, scores of the series.
    """
    published = PROTOCOLS["as_published"]
    base = replace(
        PROTOCOLS["leak_free"], name=NONE, split=published.split, scores=published.scores
    )
    everything = replace(published, name=ALL)
    return [
        base,
        *(_with_step(base, published, step, f"+ {step}") for step in STEPS),
        everything,
        *(_with_step(everything, base, step, f"as published without {step}") for step in STEPS),
    ]


def _with_step(start: Protocol, source: Protocol, step: str, name: str) -> Protocol:
    return replace(start, name=name, **{switch: getattr(source, switch) for switch in STEPS[step]})
