"""STGCN: gated convolutions in time around graph convolutions in space, a rival of MM-STT [V].

Yu, Yin and Zhu (2018, Spatio-Temporal Graph Convolutional Networks), section 3. Kernels, channels
and block structure are that paper's; the head over all horizons at once and gain and bias of the
normalisation by channel and not by node are ours [D]: so nodes stay exchangeable, and weights
trained on one graph can be used on another.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from faultcast.errors import DataError
from faultcast.models.graph_laplacian import chebyshev, scaled_laplacian
from faultcast.models.sizes import require_sizes
from faultcast.models.tile_batch import NodeBatch, require_batch, spread_channels, start_at_zero


class Stgcn(nn.Module):
    """Forecasts `n_out` values of each node from `n_in`.

    Parameters
    ----------
    adjacency : (nodes, nodes) symmetric weights; not part of the stored weights.
    n_statics : static values of a node in a batch.
    n_in, n_out : epochs read and forecast; each block takes 2 (time_kernel - 1) epochs off, so
        n_in must be above 8 with the defaults.
    multimodal : statics and cycles as channels of every node; otherwise neither is read.
    hidden, bottleneck : channels of a block, "64-16-64" (section 4.3).
    blocks, time_kernel, graph_kernel : 2, Kt and K of the paper.
    """

    polynomials: Tensor

    def __init__(
        self,
        adjacency: NDArray[np.float64],
        n_statics: int,
        *,
        n_in: int = 12,
        n_out: int = 12,
        multimodal: bool = False,
        hidden: int = 64,
        bottleneck: int = 16,
        blocks: int = 2,
        time_kernel: int = 3,
        graph_kernel: int = 3,
    ) -> None:
        super().__init__()
        require_sizes(
            "an STGCN",
            n_in=n_in, n_out=n_out, hidden=hidden, bottleneck=bottleneck, blocks=blocks,
            time_kernel=time_kernel, graph_kernel=graph_kernel,
        )  # fmt: skip
        rest = n_in - 2 * blocks * (time_kernel - 1)
        if rest < 1:
            raise DataError(
                f"{n_in} input epochs are too few for {blocks} blocks with a kernel of "
                f"{time_kernel}: give {n_in - rest + 1} or more"
            )
        self.n_in, self.n_statics, self.multimodal = n_in, n_statics, multimodal
        self.n_nodes = len(adjacency)
        powers = chebyshev(scaled_laplacian(adjacency), graph_kernel)
        # T_0 is the identity and costs nothing
        self.register_buffer(
            "polynomials", torch.as_tensor(powers[1:], dtype=torch.float32), persistent=False
        )
        channels = 1 + (n_statics + 2 if multimodal else 0)
        self.blocks = nn.ModuleList(
            _Block(ins, hidden, bottleneck, time_kernel, graph_kernel)
            for ins in (channels, *(hidden for _ in range(blocks - 1)))
        )
        self.last = _GatedConvolution(hidden, hidden, rest)
        self.norm = _NodeNorm(hidden)
        self.head = nn.Linear(hidden, n_out)
        start_at_zero(self.head)

    def forward(self, batch: NodeBatch) -> Tensor:
        """Return (n, n_out, nodes) scaled displacement.

        Raises
        ------
        DataError
            The batch has other sizes than the network.
        """
        require_batch(
            batch, self.n_in, (self.n_nodes,), self.n_statics if self.multimodal else None
        )
        channels = batch.displacement[:, None]
        if self.multimodal:
            more = spread_channels(batch, self.n_in).transpose(1, 2)
            channels = torch.cat((channels, more), dim=1)
        for block in self.blocks:
            channels = block(channels, self.polynomials)
        channels = self.norm(self.last(channels))[:, :, 0]
        return batch.displacement[:, -1:] + self.head(channels.transpose(1, 2)).transpose(1, 2)


class _Block(nn.Module):
    """Section 3.4: gated convolution, graph convolution, gated convolution, layer norm.

    (n, ins, epochs, nodes) -> (n, hidden, epochs - 2 (kernel - 1), nodes).
    """

    def __init__(
        self, ins: int, hidden: int, bottleneck: int, time_kernel: int, graph_kernel: int
    ) -> None:
        super().__init__()
        self.first = _GatedConvolution(ins, hidden, time_kernel)
        self.graph = _GraphConvolution(hidden, bottleneck, graph_kernel)
        self.second = _GatedConvolution(bottleneck, hidden, time_kernel)
        self.norm = _NodeNorm(hidden)

    def forward(self, channels: Tensor, polynomials: Tensor) -> Tensor:
        spread = torch.relu(self.graph(self.first(channels), polynomials))
        out: Tensor = self.norm(self.second(spread))
        return out


class _GatedConvolution(nn.Module):
    """Section 3.3: (P + residual) * sigmoid(Q) over `kernel` epochs, without padding."""

    def __init__(self, ins: int, outs: int, kernel: int) -> None:
        super().__init__()
        self.kernel, self.more = kernel, outs - ins
        self.convolution = nn.Conv2d(ins, 2 * outs, (kernel, 1))
        self.fewer = nn.Conv2d(ins, outs, 1) if self.more < 0 else None

    def forward(self, channels: Tensor) -> Tensor:
        residual = channels[:, :, self.kernel - 1 :]
        if self.fewer is not None:
            residual = self.fewer(residual)
        else:
            residual = functional.pad(residual, (0, 0, 0, 0, 0, self.more))
        value, gate = self.convolution(channels).chunk(2, dim=1)
        return (value + residual) * gate.sigmoid()


class _GraphConvolution(nn.Module):
    """Section 3.2: sum over k of T_k(L) x Theta_k, the same in all epochs."""

    def __init__(self, ins: int, outs: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        # Theta first: it has fewer channels than x for the polynomials to work on
        self.theta = nn.Conv2d(ins, kernel * outs, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(outs))

    def forward(self, channels: Tensor, polynomials: Tensor) -> Tensor:
        own, *spread = self.theta(channels).chunk(self.kernel, dim=1)
        for values, polynomial in zip(spread, polynomials, strict=True):
            own = own + values @ polynomial.T
        out: Tensor = own + self.bias[:, None, None]
        return out


class _NodeNorm(nn.Module):
    """Layer norm over nodes and channels of each epoch, gain and bias by channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, channels: Tensor) -> Tensor:
        last = channels.permute(0, 2, 3, 1)
        last = functional.layer_norm(last, last.shape[-2:]) * self.gain + self.bias
        return last.permute(0, 3, 1, 2)
