"""The variants of HierarchicalQuake's table 1, each an addition to the one before.

Without torch, for all who only need their names.
"""

from __future__ import annotations

from dataclasses import dataclass

from faultcast.errors import ConfigError


@dataclass(frozen=True)
class QuakeSwitches:
    """The paper's additions to the baseline, all off.

    heads : of the regional attention; 0 leaves it out, and then the others must be off too.
    positions : learnable vectors of the regions.
    fusion : equation 8.
    memory : equation 4.
    """

    heads: int = 0
    positions: bool = False
    fusion: bool = False
    memory: bool = False

    def __post_init__(self) -> None:
        if self.heads < 0:
            raise ConfigError(f"attention with {self.heads} heads: give 0 (none) or more")
        if not self.heads and (self.positions or self.fusion or self.memory):
            raise ConfigError(
                "positions, fusion and memory work on the regional attention: give heads >= 1"
            )


VARIANTS = {
    "baseline": QuakeSwitches(),
    "regional": QuakeSwitches(heads=1),
    "multihead": QuakeSwitches(heads=2, positions=True),
    "gated_fusion": QuakeSwitches(heads=2, positions=True, fusion=True),
    "temporal": QuakeSwitches(heads=2, positions=True, fusion=True, memory=True),
}

TITLES = {
    "baseline": "Baseline LSTM",
    "regional": "+ Regional Attention",
    "multihead": "+ Multi-Head Attention",
    "gated_fusion": "+ Gated Feature Fusion",
    "temporal": "+ Temporal Attention",
}
