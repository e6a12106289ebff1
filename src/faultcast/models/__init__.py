"""Networks: one model a file, layers in, tensor shapes in the docstring, no training code.

The names are looked up when first used, so that importing the package does not load torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faultcast.models.skip_autoencoder import SkipAutoencoder
    from faultcast.models.temporal_attention import TemporalAttention

__all__ = ["SkipAutoencoder", "TemporalAttention"]

_HOMES = {"SkipAutoencoder": "skip_autoencoder", "TemporalAttention": "temporal_attention"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
