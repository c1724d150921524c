"""A linear back-end behind a frozen network: its embeddings, and what each place of a picture has of them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.training.back_end import BackEnd
from morelli.training.backbones.placed import PlacedFeatures
from morelli.training.frozen import FrozenNetwork

CELL = 16  # px a side of what the network reads, of one tile of an embedding's map


class Projected(nn.Module):
    """A network with a back-end behind it: pictures -> embeddings (n, d) of length one, as `BackEnd` computes them."""

    def __init__(self, network: nn.Module, back_end: BackEnd) -> None:
        super().__init__()
        self.network = network
        self.blocks = back_end.blocks
        self.lengths = [float(np.sqrt(weight)) for weight in back_end.weights]
        self.means, self.matrices = nn.ParameterList(), nn.ParameterList()
        for projection in back_end.projections:
            self.means.append(torch.from_numpy(projection.mean.astype(np.float32)))
            self.matrices.append(torch.from_numpy(projection.matrix.astype(np.float32)))

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        return self.of_features(self.network(pictures))

    def of_features(self, features: Tensor) -> Tensor:
        """Return the embeddings (n, d) of features (n, f)."""
        parts = []
        for (start, stop), mean, matrix, length in zip(
            self.blocks, self.means, self.matrices, self.lengths, strict=True
        ):
            parts.append(functional.normalize((features[:, start:stop] - mean) @ matrix, dim=1) * length)
        return torch.cat(parts, dim=1)


class Mapped(nn.Module):
    """The same network with a second output: pictures -> the embeddings (n, d), and their map (n, g, g, d).

    The map is what each tile of the picture has of the embedding: it sums to it over the tiles. Every step from the backbone's maps to the
    embedding is linear but for two, and there the divisor is held constant: a deviation (see `PlacedFeatures`), and the length that a
    block of the embedding is brought to. A tile that looks as training pictures do on the average has nothing of it.
    """

    def __init__(self, projected: Projected, network: FrozenNetwork, *, size: int) -> None:
        super().__init__()
        self.projected = projected
        self.grid = max(1, round(size / CELL))
        self.placed = nn.ModuleList(
            [PlacedFeatures(pooled, size=size, grid=self.grid) for pooled in network.backbones]  # type: ignore[arg-type]
        )
        shares = torch.cat([one.shares for one in self.placed]).flatten(1)  # type: ignore[misc]
        for number, ((start, stop), mean, matrix) in enumerate(
            zip(projected.blocks, projected.means, projected.matrices, strict=True)
        ):
            average = (
                shares[start:stop].T @ (mean[:, None] * matrix).detach()
            )  # (tiles, d): of the mean training picture
            self.register_buffer(f"average{number}", average, persistent=False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Embed pictures, and return the map of each embedding."""
        maps = [one.pooled.backbone(pictures) for one in self.placed]  # type: ignore[union-attr, operator]
        features = torch.cat(
            [one.pooled.pool(found) for one, found in zip(self.placed, maps, strict=True)],  # type: ignore[union-attr, operator]
            dim=1,
        )
        parts = torch.cat([one(found) for one, found in zip(self.placed, maps, strict=True)], dim=1).flatten(2)
        tiles = []
        projected = self.projected
        for number, ((start, stop), mean, matrix, length) in enumerate(
            zip(projected.blocks, projected.means, projected.matrices, projected.lengths, strict=True)
        ):
            size = ((features[:, start:stop] - mean) @ matrix).norm(dim=1, keepdim=True).clamp_min(1e-12)
            tile = parts[:, start:stop].transpose(1, 2) @ matrix - getattr(self, f"average{number}")
            tiles.append(tile * (length / size)[:, :, None])
        together = torch.cat(tiles, dim=2)
        return projected.of_features(features), together.reshape(-1, self.grid, self.grid, together.shape[2])
