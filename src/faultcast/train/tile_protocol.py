"""How tiles are cut into windows, what the priors see, and what becomes of gaps.

MM-STT's own protocol is not public. `leak_free` is what could have been known at each origin;
`with_leaks` is a set of assumptions that would produce numbers like the printed ones, and each of
its leaks also stands alone, on the chronological cut. Nothing here says what the authors did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from faultcast.deformation import Tile, WindowSplit, chronological_windows, rolling_windows
from faultcast.errors import ConfigError, DataError
from faultcast.train.tile_options import TileOptions

_SHARES = (0.70, 0.15)


@dataclass(frozen=True)
class TileProtocol:
    """One way of training and testing on tiles.

    Parameters
    ----------
    windows : "rolling" (blocks of test origins over a year and more, a fit before each),
        "chronological" (70 / 15 / 15 in time [ratio S]), "random" (all windows shuffled into
        70 / 15 / 15, so that those of test and training overlap).
    statics : epochs that the priors are fitted to: "train", or "full", which holds the test part.
    gaps : "masked", or "zero": filled with 0 mm and scored, the cells outside the mask too.
    since : first date that is used; None: the whole series.
    """

    windows: Literal["rolling", "chronological", "random"]
    statics: Literal["train", "full"] = "train"
    gaps: Literal["masked", "zero"] = "masked"
    since: str | None = None


TILE_PROTOCOLS = {
    "leak_free": TileProtocol("rolling"),
    "since_2022": TileProtocol("rolling", since="2022-01-01"),
    "chronological": TileProtocol("chronological"),
    "full_statics": TileProtocol("chronological", statics="full"),
    "random_windows": TileProtocol("random"),
    "zero_filled": TileProtocol("chronological", gaps="zero"),
    "with_leaks": TileProtocol("random", "full", "zero"),
}
PROTOCOL_TITLES = {
    "leak_free": "leak-free",
    "since_2022": "leak-free, 2022 and later only",
    "chronological": "chronological",
    "full_statics": "priors from the whole series",
    "random_windows": "windows split at random",
    "zero_filled": "gaps filled with 0 and scored",
    "with_leaks": "with leaks (assumed)",
    "transfer": "other tiles, without retraining",
}


def get_tile_protocol(key: str) -> TileProtocol:
    """Return the protocol of that key.

    Raises
    ------
    ConfigError
        There is none.
    """
    if key not in TILE_PROTOCOLS:
        raise ConfigError(
            f"there is no protocol {key!r} for tiles; known are {', '.join(TILE_PROTOCOLS)}"
        )
    return TILE_PROTOCOLS[key]


def tile_splits(
    dates: pd.DatetimeIndex, protocol: TileProtocol, options: TileOptions
) -> list[WindowSplit]:
    """Return the windows of each fit.

    Parameters
    ----------
    dates : (n_epochs,) of all tiles that are scored, cut by `used_part`.
    """
    n_in, n_out = options.n_in, options.n_out
    if protocol.windows == "rolling":
        return rolling_windows(
            dates,
            n_in,
            n_out,
            test_days=options.test_days,
            n_blocks=options.n_blocks,
            validation_epochs=options.validation_epochs,
        )
    if protocol.windows == "chronological":
        return [chronological_windows(len(dates), n_in, n_out)]
    return [_random_windows(len(dates), n_in, n_out)]


def used_part(tile: Tile, protocol: TileProtocol) -> tuple[Tile, int]:
    """Return the epochs of a tile that a protocol uses, and how many it leaves out before them.

    Raises
    ------
    DataError
        None are left.
    """
    if protocol.since is None:
        return tile, 0
    start = int(tile.dates.searchsorted(pd.Timestamp(protocol.since, tz="UTC")))
    if start == tile.n_epochs:
        raise DataError(f"{tile.name} ends before {protocol.since}: leave this protocol out")
    part = replace(tile, displacement_mm=tile.displacement_mm[start:], dates=tile.dates[start:])
    return part, start


def _random_windows(n_epochs: int, n_in: int, n_out: int) -> WindowSplit:
    """Return all windows in random order, cut 70 / 15 / 15; one cut for all models and seeds."""
    origins = np.arange(n_in - 1, n_epochs - n_out)
    if len(origins) < 3:
        raise DataError(f"{n_epochs} epochs hold {max(len(origins), 0)} windows; 3 are needed")
    shuffled = np.random.default_rng(0).permutation(origins)
    ends = np.maximum(1, (len(origins) * np.cumsum(_SHARES)).astype(int))
    train, validation, test = (np.sort(part) for part in np.split(shuffled, ends))
    return WindowSplit(int(n_epochs * _SHARES[0] + 1e-9), train, validation, test)
