"""Training: one loop for all models, and the pipelines of the papers.

The names are looked up when first used, so that importing the package does not load torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faultcast.train.calibration import calibrate, rolling_rate
    from faultcast.train.eqpred import run_autoencoder, run_row
    from faultcast.train.job import TrainingResult
    from faultcast.train.loop import FitOptions, FitResult, fit
    from faultcast.train.options import EqpredOptions
    from faultcast.train.protocol import PROTOCOLS, Protocol
    from faultcast.train.smoothing import loess

__all__ = [
    "PROTOCOLS",
    "EqpredOptions",
    "FitOptions",
    "FitResult",
    "Protocol",
    "TrainingResult",
    "calibrate",
    "fit",
    "loess",
    "rolling_rate",
    "run_autoencoder",
    "run_row",
]

_HOMES = {
    "PROTOCOLS": "protocol",
    "EqpredOptions": "options",
    "FitOptions": "loop",
    "FitResult": "loop",
    "Protocol": "protocol",
    "TrainingResult": "job",
    "calibrate": "calibration",
    "fit": "loop",
    "loess": "smoothing",
    "rolling_rate": "calibration",
    "run_autoencoder": "eqpred",
    "run_row": "eqpred",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
