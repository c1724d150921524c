"""Convolutional towers, built from their description."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from morelli.systems.networks import Tower


class TowerNetwork(nn.Module):
    """A tower: pictures (n, 3, s, s) float in [0, 1] -> embeddings (n, d).

    Blocks of 3 x 3 convolutions, each followed by BatchNorm and an activation, and a 2 x 2 max-pool; then flatten, linear, a
    normalisation, an activation. With ReLU no value is negative.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, tower: Tower, *, size: int) -> None:
        super().__init__()
        self.width = tower.embedding
        self.register_buffer("mean", torch.tensor(tower.mean, dtype=torch.float32).view(1, 3, 1, 1), persistent=False)
        self.register_buffer(
            "deviation", torch.tensor(tower.deviation, dtype=torch.float32).view(1, 3, 1, 1), persistent=False
        )
        layers: list[nn.Module] = []
        channels = 3
        for block in tower.blocks:
            for _ in range(block.convolutions):
                layers += [
                    nn.Conv2d(channels, block.channels, 3, padding=1),
                    nn.BatchNorm2d(block.channels),
                    _activation(tower, block.channels),
                ]
                channels = block.channels
            layers.append(nn.MaxPool2d(2))
            size //= 2
        head: list[nn.Module] = [nn.Flatten(), nn.Linear(channels * size * size, tower.embedding)]
        if tower.head_norm == "layer":
            head.append(nn.LayerNorm(tower.embedding))
        elif tower.head_norm == "batch":
            head.append(nn.BatchNorm1d(tower.embedding))
        head.append(_activation(tower, tower.embedding))
        if tower.dropout:
            layers.append(nn.Dropout(tower.dropout))
            head.append(nn.Dropout(tower.dropout))
        self.features = nn.Sequential(*layers)  # (n, 3, s, s) -> (n, c, s / 2^blocks, s / 2^blocks)
        self.head = nn.Sequential(*head)

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures (n, 3, s, s), float in [0, 1]."""
        embedding: Tensor = self.head(self.features((pictures - self.mean) / self.deviation))
        return embedding


def _activation(tower: Tower, channels: int) -> nn.Module:
    """Return an activation after so many channels, or so many values of the head; PReLU learns a slope for each."""
    return nn.PReLU(channels) if tower.activation == "prelu" else nn.ReLU(inplace=True)
