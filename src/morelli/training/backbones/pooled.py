"""A backbone with its maps pooled: the network behind the features of frozen systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from morelli.training.backbones.backbone import check_layers

Statistic = Literal["mean", "deviation"]


class PooledBackbone(nn.Module):
    """Pictures (n, 3, s, s), float in [0, 1] -> features (n, d): for each layer its statistics over places, one after another.

    mean: of each channel over the map. deviation: of each channel (population) over the map. d: the layers' channels, times the
    statistics.
    """

    def __init__(
        self, backbone: nn.Module, *, name: str, layers: Sequence[str], statistics: Sequence[Statistic]
    ) -> None:
        super().__init__()
        check_layers(backbone, list(layers), name=name)
        if not layers or not statistics or set(statistics) - {"mean", "deviation"}:
            raise ValueError(f"layers {list(layers)}, statistics {list(statistics)}: name some, of mean and deviation")
        self.backbone = backbone
        self.layers = tuple(layers)
        self.statistics = tuple(statistics)
        widths: dict[str, int] = backbone.layers  # type: ignore[assignment]
        self.width = len(statistics) * sum(widths[layer] for layer in layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the features of pictures."""
        return self.pool(self.backbone(pictures))

    def pool(self, maps: Mapping[str, Tensor]) -> Tensor:
        """Return the features of pictures from their maps, each (n, c, h, w), by layer."""
        parts = []
        for layer in self.layers:
            places = maps[layer].flatten(2)
            for statistic in self.statistics:
                parts.append(places.mean(dim=2) if statistic == "mean" else places.std(dim=2, correction=0))
        return torch.cat(parts, dim=1)
