"""Where in a picture pooled features come from: what each place has of them, which adds up to the features.

A mean over places is a sum of one part a place. So is a deviation: it is the variance over the deviation, and a variance is a mean over
places. With the deviation that is divided by held constant, a place has of it what it lies away from the mean.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from morelli.pictures.cells import Cells, Line
from morelli.training.backbones.cells import CellsError, trained_cells
from morelli.training.backbones.pooled import PooledBackbone


class PlacedFeatures(nn.Module):
    """The parts (n, d, g, g) of pooled features (n, d) that come from each tile of a grid; their sum over the grid is the features.

    The cells of every map are handed out to the tiles around the places that they look from; where a backbone's cells cannot be followed,
    as if its maps were even. size: px a side of the pictures; grid: tiles a side.
    """

    shares: Tensor

    def __init__(self, pooled: PooledBackbone, *, size: int, grid: int) -> None:
        super().__init__()
        self.pooled = pooled
        self.grid = grid
        with torch.inference_mode():
            found = pooled.backbone(torch.zeros(1, 3, size, size))
        shapes = [tuple(found[layer].shape[2:]) for layer in pooled.layers]
        shares = []
        for number, (cells, (h, w)) in enumerate(zip(_cells(pooled, shapes, size=size), shapes, strict=True)):
            down, across = cells.rows.onto(grid, h), cells.columns.onto(grid, w)
            self._keep(f"down{number}", down)
            self._keep(f"across{number}", across.T)
            widths = found[pooled.layers[number]].shape[1] * len(pooled.statistics)
            shares += [np.outer(down.mean(axis=1), across.mean(axis=1))] * widths
        # (d, g, g): what each tile has of a feature whose map is the same everywhere; sums to 1.
        self._keep("shares", np.stack(shares))

    def forward(self, maps: dict[str, Tensor]) -> Tensor:
        """Return the parts, from the maps of the backbone."""
        parts = []
        for number, layer in enumerate(self.pooled.layers):
            places = maps[layer]
            count = places.shape[2] * places.shape[3]
            mean = places.mean(dim=(2, 3), keepdim=True)
            square = (places - mean).square()
            deviation = square.mean(dim=(2, 3), keepdim=True).sqrt()
            for statistic in self.pooled.statistics:
                of = places if statistic == "mean" else square / deviation.clamp_min(1e-12)
                down, across = getattr(self, f"down{number}"), getattr(self, f"across{number}")
                parts.append(down @ (of / count) @ across)
        return torch.cat(parts, dim=1)

    def _keep(self, name: str, values: np.ndarray) -> None:
        self.register_buffer(name, torch.from_numpy(values.astype(np.float32)), persistent=False)


def _cells(pooled: PooledBackbone, shapes: list[tuple[int, ...]], *, size: int) -> list[Cells]:
    try:
        return trained_cells(lambda picture: [pooled.backbone(picture)[layer] for layer in pooled.layers], size=size)
    except CellsError:
        return [Cells(Line.even(h), Line.even(w)) for h, w in shapes]
