"""MM-STT as a training made it, and the tile that figures of the network show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from faultcast.deformation import Tile
from faultcast.errors import DataError

if TYPE_CHECKING:
    from torch import nn

    from faultcast.models.mmstt import MmStt
    from faultcast.models.tile_batch import TileBatch


class TrainedMmStt(NamedTuple):
    """A network of the last fit, untrained until `load`, and windows of its test part.

    `whole` is what was trained; `network` is MM-STT in it; `batch` what that one sees, and
    `relative` whether this is the displacement since the last frame.
    """

    whole: nn.Module
    network: MmStt
    batch: TileBatch
    relative: bool
    mask: np.ndarray
    prefix: str

    def load(self, weights: str | Path) -> None:
        """Take over the weights of the training.

        Raises
        ------
        DataError
            The file is damaged, or of another network or tile.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            stored = load_file(weights).items()
            self.whole.load_state_dict(
                {n.removeprefix(self.prefix): v for n, v in stored if n.startswith(self.prefix)}
            )
        except (OSError, SafetensorError, RuntimeError) as error:
            raise DataError(
                f"{weights} does not hold the weights {self.prefix}* of this network on these "
                "tiles; train it anew, or give the tiles of its training"
            ) from error


def rebuild(
    record: Mapping[str, Any],
    cells: Sequence[pd.DataFrame],
    tiles: Sequence[Mapping[str, Any]],
    n_origins: int,
) -> TrainedMmStt:
    """Return the network of a training, its first seed and last fit, in evaluation mode.

    Parameters
    ----------
    record : of the training (`run.json`).
    cells, tiles : `cells.parquet` and `tile.json` of all its tiles; windows are of the first.
    n_origins : at most, spread evenly over the test part.

    Raises
    ------
    DataError
        The training is of another network.
    """
    from faultcast.models.mmstt import MmStt
    from faultcast.models.tile_batch import SinceLast, since_last
    from faultcast.train.device import set_threads
    from faultcast.train.tile import tile_domains
    from faultcast.train.tile_loss import as_batch
    from faultcast.train.tile_networks import make_network
    from faultcast.train.tile_options import TileOptions
    from faultcast.train.tile_protocol import get_tile_protocol, tile_splits, used_part

    # the bits of a figure's numbers must not depend on the machine's cores
    set_threads(1)
    run = record["runs"][0]
    options, rules = TileOptions.from_mapping(run["options"]), get_tile_protocol(run["protocol"])
    known = {
        str(k): Tile.from_tables(tile, table)
        for k, (tile, table) in enumerate(zip(tiles, cells, strict=True))
    }
    shown, _ = used_part(known["0"], rules)
    splits = tile_splits(shown.dates, rules, options)
    domain = tile_domains({"0": shown}, splits[-1], rules, {**known, "0": shown})["0"]
    whole = make_network(run["model"], [domain], options).eval()
    test = splits[-1].test
    chosen = test[np.linspace(0, len(test) - 1, min(n_origins, len(test))).round().astype(int)]
    *inputs, _ = domain.windows(chosen, options.n_in, options.n_out)
    network, batch = whole.network, as_batch(*inputs)
    relative = isinstance(network, SinceLast)
    if isinstance(network, SinceLast):
        network, batch = network.network, since_last(batch.masked())
    if not isinstance(network, MmStt):
        raise DataError(
            f"{run['model']} is no MM-STT: give the training of MM-STT or of one of its ablations"
        )
    prefix = f"seed{run['seed']}.origin{len(splits) - 1:02d}."
    return TrainedMmStt(whole, network, batch, relative, domain.mask, prefix)
