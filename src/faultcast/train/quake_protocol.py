"""How HierarchicalQuake is trained and tested, switch by switch.

Two forms repeat what the paper reports, as its public template and as its lineage run them;
`leak_free` is what a forecaster could have done on the day. The switches are those of
docs/hierarchicalquake.md; any mixture of them can be run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from faultcast.errors import ConfigError
from faultcast.train.day_parts import (
    VALIDATION_BEFORE_TEST,
    DayParts,
    Days,
    lineage_parts,
    rolling_parts,
)

SWITCHES = ("prior", "state", "loss", "parts", "test_state")

_ALLOWED = {
    "prior": ("all_days", "train"),
    "state": ("reset", "carried", "truncated"),
    "loss": ("probabilities", "logits"),
    "parts": ("lineage", "rolling"),
    "test_state": ("zero", "warmup"),
}


@dataclass(frozen=True)
class QuakeProtocol:
    """One value a switch.

    Parameters
    ----------
    prior : the map that the network corrects: frequency over all days, test days included, or
        the honest map of the train days.
    state : in training: zero on every day; carried from day to day without its gradient; carried,
        with the gradient through blocks of days.
    loss : cross-entropy that takes probabilities for logits, or of logits.
    parts : `lineage_parts` or `rolling_parts` of the days.
    test_state : zero `dropped_days` before the first scored day, or built up over `warmup_days`.
    published : the three phases and their last weights; else full passes, of which the point
        of the lowest validation loss is kept.
    """

    prior: Literal["all_days", "train"]
    state: Literal["reset", "carried", "truncated"]
    loss: Literal["probabilities", "logits"]
    parts: Literal["lineage", "rolling"]
    test_state: Literal["zero", "warmup"]
    published: bool

    def __post_init__(self) -> None:
        """Refuse values that no code stands behind."""
        faults = [
            f"protocol switch {name} is {getattr(self, name)!r}; allowed are {', '.join(allowed)}"
            for name, allowed in _ALLOWED.items()
            if getattr(self, name) not in allowed
        ]
        if faults:
            raise ConfigError("\n".join(faults))

    @property
    def head(self) -> Literal["probability", "logit"]:
        """Kind of output that the loss asks of the network."""
        return "probability" if self.loss == "probabilities" else "logit"


FORMS = {
    "as_published_reset": QuakeProtocol(
        "all_days", "reset", "probabilities", "lineage", "zero", published=True
    ),
    "as_published_carried": QuakeProtocol(
        "all_days", "carried", "probabilities", "lineage", "zero", published=True
    ),
    "leak_free": QuakeProtocol(
        "train", "truncated", "logits", "rolling", "warmup", published=False
    ),
}


def get_form(form: str | Mapping[str, Any] | QuakeProtocol) -> tuple[str, QuakeProtocol]:
    """Return name and switches of a form; a mixture is named by its switches.

    Raises
    ------
    ConfigError
        There is no form of that name.
    """
    if isinstance(form, Mapping):
        form = QuakeProtocol(**form)
    if isinstance(form, QuakeProtocol):
        named = [name for name, known in FORMS.items() if known == form]
        mixed = "-".join(getattr(form, name) for name in SWITCHES)
        schedule = "published" if form.published else "passes"
        return (named[0] if named else f"{mixed}-{schedule}"), form
    if form not in FORMS:
        raise ConfigError(f"form is {form!r}; allowed are {', '.join(FORMS)}")
    return form, FORMS[form]


def form_parts(
    protocol: QuakeProtocol,
    n_days: int,
    n_origins: int,
    *,
    far: int,
    test_days: int = 1000,
    validation_before_test: tuple[Days, ...] = VALIDATION_BEFORE_TEST,
    validation_days: int = 200,
    dropped_days: int = 10,
    warmup_days: int = 365,
) -> list[DayParts]:
    """Return the parts of the days of each origin; `lineage` has one.

    Raises
    ------
    DataError
        As `lineage_parts` and `rolling_parts`.
    """
    if protocol.parts == "lineage":
        one = lineage_parts(
            n_days,
            far=far,
            test_days=test_days,
            validation_days=validation_days,
            drop=dropped_days,
        )
        return [one]
    return rolling_parts(
        n_days,
        n_origins,
        far=far,
        test_days=test_days,
        warmup_days=warmup_days,
        validation_before_test=validation_before_test,
    )
