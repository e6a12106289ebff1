"""The two protocols of EQPRED's evaluation, switch by switch.

`as_published` is our best inference of what Feng and Fox did; `leak_free` is what a
forecaster could have done on the day. `describe` returns them side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import pandas as pd

from faultcast.errors import ConfigError


def _switch(what: str, mark: str, *allowed: str) -> str:
    name: str = field(metadata={"what": what, "mark": mark, "allowed": allowed})
    return name


@dataclass(frozen=True)
class Protocol:
    """One value a switch; a field's metadata says where the published value comes from.

    Marks: "text" (the paper says so), "lineage" (a later paper of the group says so),
    "guess" (neither does).
    """

    name: str = field(metadata={})
    smoothing: str = _switch(
        "LOESS of the series", "guess", "two_sided", "one_sided"
    )  # the text has LOESS, not its sides nor the order of smoothing and splitting
    target: str = _switch("series that is predicted", "guess", "smoothed", "raw")
    scaler: str = _switch("days that the scaling is taken from", "guess", "all", "train")
    autoencoder: str = _switch("days that the autoencoder learns from", "guess", "all", "train")
    threshold: str = _switch(
        "days that give the detection threshold", "guess", "all", "scored", "train"
    )  # "all" leaves no extreme day in the last years of southern California's series
    selection: str = _switch("part that selects the epoch", "text", "test", "validation")
    split: str = _switch("split of the days", "guess", "fractions", "rolling_origins")
    scores: str = _switch("what is scored", "guess", "smoothed_series", "event_days")

    def __post_init__(self) -> None:
        """Refuse values that no code stands behind."""
        for switch in fields(self):
            allowed = switch.metadata.get("allowed")
            value = getattr(self, switch.name)
            if allowed and value not in allowed:
                raise ConfigError(
                    f"protocol switch {switch.name} is {value!r}; allowed are {', '.join(allowed)}"
                )


PROTOCOLS = {
    "as_published": Protocol(
        name="as_published",
        smoothing="two_sided",
        target="smoothed",
        scaler="all",
        autoencoder="all",
        threshold="scored",
        selection="test",
        split="fractions",
        scores="smoothed_series",
    ),
    "leak_free": Protocol(
        name="leak_free",
        smoothing="one_sided",
        target="raw",
        scaler="train",
        autoencoder="train",
        threshold="train",
        selection="validation",
        split="rolling_origins",
        scores="event_days",
    ),
}


def get_protocol(name: str) -> Protocol:
    """Return a protocol by name.

    Raises
    ------
    ConfigError
        There is none of that name.
    """
    if name not in PROTOCOLS:
        raise ConfigError(f"protocol is {name!r}; allowed are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def describe() -> pd.DataFrame:
    """Return the switches: switch, what, as_published, mark, leak_free."""
    published, honest = PROTOCOLS["as_published"], PROTOCOLS["leak_free"]
    return pd.DataFrame(
        [
            {
                "switch": switch.name,
                "what": switch.metadata["what"],
                "as_published": getattr(published, switch.name),
                "mark": switch.metadata["mark"],
                "leak_free": getattr(honest, switch.name),
            }
            for switch in fields(Protocol)
            if switch.metadata
        ]
    )
