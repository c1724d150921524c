"""Convolutional towers, built from their description."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from morelli.systems.networks import Tower


class TowerNetwork(nn.Module):
    """A tower: pictures (n, 3, s, s) float in [0, 1] -> embeddings (n, d), not negative.

    Blocks of 3 x 3 convolutions, each followed by BatchNorm and ReLU, and a 2 x 2 max-pool; then flatten, linear, LayerNorm, ReLU.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, tower: Tower, *, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(tower.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(tower.deviation).view(1, 3, 1, 1), persistent=False)
        layers: list[nn.Module] = []
        channels = 3
        for block in tower.blocks:
            for _ in range(block.convolutions):
                layers += [
                    nn.Conv2d(channels, block.channels, 3, padding=1),
                    nn.BatchNorm2d(block.channels),
                    nn.ReLU(inplace=True),
                ]
                channels = block.channels
            layers.append(nn.MaxPool2d(2))
            size //= 2
        self.features = nn.Sequential(*layers)  # (n, 3, s, s) -> (n, c, s / 2^blocks, s / 2^blocks)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(channels * size * size, tower.embedding), nn.LayerNorm(tower.embedding), nn.ReLU()
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures (n, 3, s, s), float in [0, 1]."""
        embedding: Tensor = self.head(self.features((pictures - self.mean) / self.deviation))
        return embedding
