"""The variational autoencoder that EQPRED is held against in its Table II.

Kingma and Welling (2014): the latent vector is normal, pulled towards the standard normal.
The paper says no more, so the (de)convolutions are EQPRED's own, without skips: with long
skips, the latent vector would not matter.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faultcast.models.skip_autoencoder import SkipAutoencoder


class VariationalAutoencoder(SkipAutoencoder):
    """Variational autoencoder of daily maps.

    In training mode the latent vector is drawn with torch's generator, in evaluation mode
    it is the mean, so that the output is deterministic.

    Parameters
    ----------
    rows, columns, latent_size : as in `SkipAutoencoder`.
    """

    def __init__(self, rows: int, columns: int, *, latent_size: int = 16) -> None:
        super().__init__(
            rows, columns, latent_size=latent_size, short_skips=False, long_skips=False
        )
        self.log_variance = nn.Linear(self.squeeze.in_features, latent_size)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the reconstruction (n, rows, columns) of maps (n, rows, columns)."""
        return self.reconstruct(maps)[0]

    def reconstruct(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction (n, rows, columns) and the divergence (n,) in nats.

        The divergence is that of Kullback and Leibler between the latent normal of a map
        and the standard normal (Kingma and Welling, appendix B).
        """
        features = self.down(maps)
        deep = features[-1].flatten(1)
        mean, log_variance = self.squeeze(deep), self.log_variance(deep)
        divergence = 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum(dim=1)
        latent = mean
        if self.training:
            latent = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decode(latent, features), divergence
