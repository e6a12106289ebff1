"""Settings of MM-STT's trainings, as they stand in the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from faultcast.errors import ConfigError

if TYPE_CHECKING:
    from faultcast.train.loop import FitOptions


@dataclass(frozen=True)
class TileOptions:
    """Settings of one job; [S] from the authors' later work, else our defaults [D].

    Parameters
    ----------
    n_in, n_out : epochs read and told.
    test_days, n_blocks, validation_epochs : of the rolling origins (`rolling_windows`).
    epochs : at most; patience [S] : epochs without a better validation loss after which it stops.
    batch_size : windows a step. samples_per_epoch : windows drawn anew in each epoch; None: all.
    learning_rate [S], weight_decay, warmup_share, clip_norm : AdamW, warm-up and cosine.
    flips : turn and mirror the maps of a step at random; a single small tile overfits otherwise.
    relative : show networks the displacement since the last frame in place of the level.
    mixed_precision : bfloat16 on CUDA.
    sizes : family of networks -> arguments of its constructor in place of its own.
    """

    n_in: int = 12
    n_out: int = 12
    test_days: int = 365
    n_blocks: int = 4
    validation_epochs: int = 46
    epochs: int = 60
    patience: int = 12
    batch_size: int = 8
    samples_per_epoch: int | None = None
    learning_rate: float = 3e-4
    weight_decay: float = 1e-2
    warmup_share: float = 0.05
    clip_norm: float = 1.0
    flips: bool = True
    relative: bool = True
    mixed_precision: bool = False
    sizes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> TileOptions:
        """Return options from plain values.

        Raises
        ------
        ConfigError
            A key is unknown, or a number of epochs or windows is below 1.
        """
        known = {item.name for item in fields(cls)}
        faults = [f"{name}: not an option of MM-STT" for name in sorted(set(settings) - known)]
        options = cls(**{name: value for name, value in settings.items() if name in known})
        faults += [
            f"{name}: is {value!r}, must be a whole number of at least 1"
            for name, value in asdict(options).items()
            if type(getattr(cls, name, None)) is int and (type(value) is not int or value < 1)
        ]
        if faults:
            raise ConfigError("MM-STT's options are wrong:\n" + "\n".join(faults))
        return options

    def fit_options(self, seed: int, threads: int) -> FitOptions:
        """Return the settings of the training loop."""
        # torch comes with it, and a workflow that only names protocols needs none
        from faultcast.train.loop import FitOptions

        return FitOptions(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            patience=self.patience,
            samples_per_epoch=self.samples_per_epoch,
            seed=seed,
            threads=threads,
            mixed_precision=self.mixed_precision,
            weight_decay=self.weight_decay,
            warmup_share=self.warmup_share,
            clip_norm=self.clip_norm,
        )
