"""Training: one loop for all models, and the pipelines of the papers.

The names are looked up when first used, so that importing the package does not load torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faultcast.train.calibration import calibrate, rolling_rate
    from faultcast.train.eqpred import EqpredOptions, EqpredResult, run_eqpred
    from faultcast.train.loop import FitOptions, FitResult, fit
    from faultcast.train.protocol import PROTOCOLS, Protocol
    from faultcast.train.smoothing import loess

__all__ = [
    "PROTOCOLS",
    "EqpredOptions",
    "EqpredResult",
    "FitOptions",
    "FitResult",
    "Protocol",
    "calibrate",
    "fit",
    "loess",
    "rolling_rate",
    "run_eqpred",
]

_HOMES = {
    "PROTOCOLS": "protocol",
    "EqpredOptions": "eqpred",
    "EqpredResult": "eqpred",
    "FitOptions": "loop",
    "FitResult": "loop",
    "Protocol": "protocol",
    "calibrate": "calibration",
    "fit": "loop",
    "loess": "smoothing",
    "rolling_rate": "calibration",
    "run_eqpred": "eqpred",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
