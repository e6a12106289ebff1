"""MM-STT, figure 1: the network as it is trained, part by part, with shapes and what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from faultcast.errors import DataError
from faultcast.evaluate.mmstt.trained import rebuild

if TYPE_CHECKING:
    from torch import nn

    from faultcast.models.mmstt import MmStt
    from faultcast.models.tile_batch import TileBatch
    from faultcast.models.tile_encoder import TileBlock


def numbers(
    *,
    record: Mapping[str, Any],
    cells: Sequence[pd.DataFrame],
    tiles: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    """Return the parts of MM-STT, their shapes from a run of one window through the network.

    Parameters
    ----------
    record : of a training of MM-STT; its settings make the network.
    cells, tiles : `cells.parquet` and `tile.json` of its tiles; the first one's window is run.

    Returns
    -------
    part (displacement, mask, statics, cycles, frame, prior, season, embeddings, encoder, head,
    output), what, shape (of one sample), n_parameters, mark (V: verified in the abstract or a
    summary of the paper, S: supported by the group's later work, D: our default).

    Raises
    ------
    DataError
        The record is of another network, or its number of weights another one's.
    """
    from faultcast.models.tile_encoder import TileBlock

    run, trained = record["runs"][0], rebuild(record, cells, tiles, n_origins=1)
    network, batch = trained.network, trained.batch
    weights = _count(network)
    if weights != run["n_weights"]:
        raise DataError(
            f"the record tells of {run['n_weights']:,} weights, the network has {weights:,}: give "
            "the record and the tiles of one run"
        )
    shapes = _trace(network, batch)
    side, block = network.patch, next(b for b in network.blocks if isinstance(b, TileBlock))
    minus = ", less the last frame" if trained.relative else ""
    rows = [
        ("displacement", f"scaled{minus}", tuple(batch.displacement.shape[1:]), 0, "V"),
        ("mask", "measured cells", tuple(batch.mask.shape[1:]), 0, "D"),
        ("statics", "static priors", tuple(batch.statics.shape[1:]), 0, "V"),
        ("cycles", "day of year", (network.n_in, 2), 0, "S"),
        (
            "frame", f"patches of {side} × {side} cells", shapes["frame"],
            _count(network.frame), "S",
        ),
        ("prior", "one more token a patch", shapes.get("prior", ()), _count(network.prior), "D"),
        ("season", "projection", shapes.get("season", ()), _count(network.season), "S"),
        (
            "embeddings", "place, time, modality", (),
            sum(table.numel() for table in (network.place, network.time, network.modality)), "D",
        ),
        (
            "encoder", f"{len(network.blocks)} × {_attention(block)}", shapes["blocks.0"],
            _count(network.blocks) + _count(network.norm), "V" if block.joint else "D",
        ),
        ("head", "a patch's frames to its future", shapes["head"], _count(network.head), "D"),
        (
            "output", "plus the last frame", (network.n_out, *network.shape), 0, "S",
        ),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["part", "what", "shape", "n_parameters", "mark"])
    table["shape"] = [" × ".join(map(str, shape)) for shape in table["shape"]]
    absent = (table["part"].isin(["prior", "season"])) & (table["n_parameters"] == 0)
    return table[~absent].reset_index(drop=True)


def _attention(block: TileBlock) -> str:
    kind = "joint" if block.joint else "factorised"
    return f"{kind} attention, {block.attention.heads} heads"


def _count(part: nn.Module | None) -> int:
    return 0 if part is None else sum(values.numel() for values in part.parameters())


def _trace(network: MmStt, batch: TileBatch) -> dict[str, tuple[int, ...]]:
    """Return the shape of what each part makes of one sample."""
    import torch

    shapes: dict[str, tuple[int, ...]] = {}

    def note(name: str, part: nn.Module) -> None:
        part.register_forward_hook(
            lambda _, __, made: shapes.__setitem__(name, tuple(made.shape[1:]))
        )

    for name, part in network.named_modules():
        note(name, part)
    with torch.no_grad():
        network(batch)
    return shapes
