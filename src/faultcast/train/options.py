"""Settings of EQPRED's pipeline, as they stand in the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from faultcast.errors import ConfigError

_KINDS: dict[str, tuple[Any, str]] = {
    "str": (str, "text"),
    "bool": (bool, "true or false"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "tuple[float, float, float]": (tuple, "three numbers"),
}
_MAY_BE_ZERO = ("gap_days", "blackout_days")
_CHOICES = {
    "value": ("mean", "energy", "log_energy", "maximum", "last", "count"),
    "series": ("reconstruction_error", "latent_norm"),
}


@dataclass(frozen=True)
class EqpredOptions:
    """Settings of one training job; the defaults are the paper's where it has any.

    Parameters
    ----------
    value : value of a cell (section IV-B: mean magnitude).
    series : what the autoencoder makes of a day.
    threshold_magnitude : a day with an event of at least this magnitude is an extreme day.
    onset_days : an extreme day is an onset if none came in so many days before it.
    smoothing_days : LOESS window.
    window_days : days that a predictor looks back over.
    autoencoder_epochs, predictor_epochs, patience, learning_rate : of the trainings.
    batch_size : maps a step of the autoencoder.
    frames_per_epoch : maps drawn anew in each epoch; None: all.
    segment_days, segments_per_step : length of the pieces of the series that a predictor
        learns from, and how many a step takes (a stateful one takes them one by one, in order).
    mixed_precision : bfloat16 on CUDA.
    fractions : train, validation, test (`as_published`).
    test_start, test_end : dates of the first and the day after the last test day (`leak_free`);
        None: the last third of the series, and its end.
    block_days, validation_days, gap_days : of the rolling origins.
    blackout_days, blackout_magnitude : no cut so soon after such a shock.
    """

    value: str = "mean"
    series: str = "reconstruction_error"
    threshold_magnitude: float = 4.5
    onset_days: int = 30
    smoothing_days: int = 15
    window_days: int = 30
    autoencoder_epochs: int = 100
    predictor_epochs: int = 100
    patience: int = 20
    learning_rate: float = 1e-3
    batch_size: int = 64
    frames_per_epoch: int | None = None
    segment_days: int = 120
    segments_per_step: int = 4
    mixed_precision: bool = False
    fractions: tuple[float, float, float] = (0.7, 0.1, 0.2)
    test_start: str | None = None
    test_end: str | None = None
    block_days: int = 365
    validation_days: int = 730
    gap_days: int = 30
    blackout_days: int = 180
    blackout_magnitude: float = 6.5

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> EqpredOptions:
        """Return options from plain values; lists become tuples.

        Raises
        ------
        ConfigError
            A key is unknown or a value cannot be; all faults at once.
        """
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(settings) - known)
        faults = [f"{name}: not an option of EQPRED's training" for name in unknown]
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in settings.items()
            if name in known
        }
        options = cls(**plain)
        for item in fields(cls):
            faults += _faults(item.name, str(item.type), getattr(options, item.name))
        if faults:
            raise ConfigError("EQPRED's options are wrong:\n" + "\n".join(faults))
        return options


def _faults(name: str, kind: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with the value of a field of type `kind`."""
    if value is None and kind.endswith(" | None"):
        return
    types, words = _KINDS[kind.removesuffix(" | None")]
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            yield f"{name}: is {value!r}, allowed are {', '.join(_CHOICES[name])}"
    elif not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
        yield f"{name}: is {value!r}, must be {words}"
    elif name == "learning_rate" and not value > 0:
        yield f"{name}: is {value}, must be above 0"
    elif types is int and value < (least := 0 if name in _MAY_BE_ZERO else 1):
        yield f"{name}: is {value}, must be at least {least}"
