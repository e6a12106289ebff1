"""EQPRED's dense autoencoder, "3 to 5 dense layers": section IV-A, model 6."""

from __future__ import annotations

from torch import Tensor, nn

from faultcast.models.sizes import require_maps, require_sizes

UNITS = 128


class DenseAutoencoder(nn.Module):
    """Autoencoder of daily maps by four dense layers: cells - 128 - k - 128 - cells.

    Parameters
    ----------
    rows, columns : size of a map.
    latent_size : size k of the bottleneck.
    """

    def __init__(self, rows: int, columns: int, *, latent_size: int = 16) -> None:
        super().__init__()
        require_sizes("an autoencoder", rows=rows, columns=columns, latent_size=latent_size)
        self.rows, self.columns = rows, columns
        cells = rows * columns
        self.encoder = nn.Sequential(
            nn.Linear(cells, UNITS), nn.ReLU(), nn.Linear(UNITS, latent_size)
        )
        self.decoder = nn.Sequential(
            nn.ReLU(), nn.Linear(latent_size, UNITS), nn.ReLU(), nn.Linear(UNITS, cells)
        )

    def encode(self, maps: Tensor) -> Tensor:
        """Return the latent vectors (n, latent_size) of maps (n, rows, columns)."""
        require_maps(maps, self.rows, self.columns)
        latent: Tensor = self.encoder(maps.flatten(1))
        return latent

    def forward(self, maps: Tensor) -> Tensor:
        """Return the reconstruction (n, rows, columns) of maps (n, rows, columns)."""
        flat: Tensor = self.decoder(self.encode(maps))
        return flat.view(-1, self.rows, self.columns)
