"""Settings of HierarchicalQuake's training, as they stand in the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from faultcast.errors import ConfigError

_VALUES = ("maximum", "last")
_MAY_BE_ZERO = ("segments", "dropped_days", "warmup_days")
_NUMBERS = (int, float)


@dataclass(frozen=True)
class QuakeOptions:
    """Settings of one training; the defaults of the published forms are the paper's.

    Parameters
    ----------
    value : of a cell: the day's largest or last magnitude (section 5: maximum).
    learning_rate : of the published phases (section 5).
    positive_weight : of positives in the loss on probabilities (section 5).
    segments, segment_days : of phase 2 (text: 50 days; lineage: 10 of them).
    segment_decay : the learning rate is divided by this at each segment (lineage).
    final_decay : the learning rate of phase 3 is divided by this (lineage: 1, text: 10).
    validation_days : first train days that the lineage validates on.
    dropped_days : outputs dropped where the test state starts from zero (lineage).
    validate_every : iterations from one validation to the next (section 5: 250).
    pass_days : a full pass runs through the last so many train days; None: all.
    block_learning_rate : of the full passes without the published phases.
    block_validate_every : iterations from one validation to the next in these passes.
    block_clip : gradients longer than this are shortened to it in these passes.
    passes : full passes at most.
    patience : validations in a row without a lower loss, after which these end.
    block_days : length of the back-propagation through carried states.
    logit_positive_weight : of positives in the loss on logits; only 1 leaves it calibrated.
    warmup_days : days before validation and test that a state is built up over, inputs only.
    record_every : iterations from one row of the history to the next.
    mixed_precision : bfloat16 on CUDA.
    cuda_graphs : on CUDA, a launch a block of days; False goes operation by operation.
    """

    value: str = "maximum"
    learning_rate: float = 3e-4
    positive_weight: float = 1e4
    segments: int = 10
    segment_days: int = 50
    segment_decay: float = 10.0
    final_decay: float = 1.0
    validation_days: int = 200
    dropped_days: int = 10
    validate_every: int = 250
    pass_days: int | None = None
    block_learning_rate: float = 5e-3
    block_validate_every: int = 50
    block_clip: float = 1.0
    passes: int = 10
    patience: int = 6
    block_days: int = 50
    logit_positive_weight: float = 1.0
    warmup_days: int = 365
    record_every: int = 25
    mixed_precision: bool = False
    cuda_graphs: bool = True

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> QuakeOptions:
        """Return options from plain values.

        Raises
        ------
        ConfigError
            A key is unknown or a value cannot be; all faults at once.
        """
        known = {item.name for item in fields(cls)}
        faults = [
            f"{name}: not an option of HierarchicalQuake's training"
            for name in sorted(set(settings) - known)
        ]
        options = cls(**{name: value for name, value in settings.items() if name in known})
        for item in fields(cls):
            faults += _faults(item.name, str(item.type), getattr(options, item.name))
        if faults:
            raise ConfigError("HierarchicalQuake's options are wrong:\n" + "\n".join(faults))
        return options


def _faults(name: str, kind: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with the value of a field of type `kind`."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value is None and kind.endswith(" | None"):
        return
    if name == "value":
        if value not in _VALUES:
            yield f"value: is {value!r}, allowed are {', '.join(_VALUES)}"
    elif kind == "bool":
        if not isinstance(value, bool):
            yield f"{name}: is {value!r}, must be true or false"
    elif kind == "float":
        if isinstance(value, bool) or not isinstance(value, _NUMBERS) or not value > 0:
            yield f"{name}: is {value!r}, must be a number above 0"
    elif not whole or value < (name not in _MAY_BE_ZERO):
        least = int(name not in _MAY_BE_ZERO)
        yield f"{name}: is {value!r}, must be a whole number of at least {least}"
