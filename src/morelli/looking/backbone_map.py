"""A pretrained backbone as far as one of its layers, from words on the command line: `xception`, `xception:block12`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.pictures.cells import Cells
from morelli.pictures.view import View
from morelli.training.backbones.backbone import BackboneError, Origin, Values, build_backbone, check_layers
from morelli.training.backbones.cells import trained_cells


@dataclass(frozen=True, eq=False)
class BackboneMap:
    """A backbone and the layer whose map is looked at. name, layer: theirs; origin: of the weights."""

    name: str
    layer: str
    network: nn.Module
    origin: Origin

    @property
    def label(self) -> str:
        """How it is called in pictures: backbone and layer."""
        return f"{self.name}, {self.layer}"

    @property
    def size(self) -> int:
        """Pixels a side of the pictures that it reads."""
        size: int = self.network.size  # type: ignore[assignment]
        return size

    @property
    def channels(self) -> int:
        """Channels of its map."""
        layers: dict[str, int] = self.network.layers  # type: ignore[assignment]
        return layers[self.layer]

    @property
    def view(self) -> View:
        """How pictures are shown to it: whole, squashed to the square."""
        return View("whole", self.size)

    @cached_property
    def cells(self) -> Cells:
        """Where the cells of its map lie."""
        [cells] = trained_cells(lambda pictures: [self.network(pictures)[self.layer]], size=self.size)
        return cells

    @torch.inference_mode()
    def maps(self, pictures: npt.NDArray[np.uint8]) -> Tensor:
        """Return the maps (n, c, h, w) float32 of pictures (n, s, s, 3) uint8."""
        found: Tensor = self.network(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255)[self.layer]
        return found


def choose_backbones(
    names: Sequence[str], weights: Sequence[Path | None], *, values: Values = "published"
) -> list[BackboneMap]:
    """Build the backbones of these names, each `NAME` (its last layer) or `NAME:LAYER`.

    weights: a file of weights each, in their order; None: the hub's.

    values: of the weights, as `build_backbone` takes it.

    Raises BackboneError for an unknown name or layer, weights that do not fit, or another number of files than of names.
    """
    if len(names) != len(weights):
        raise BackboneError(
            f"{len(names)} backbones and {len(weights)} files of weights; give one --weights after each --backbone, in the same order"
        )
    return [_choose(name, file, values) for name, file in zip(names, weights, strict=True)]


def _choose(name: str, weights: Path | None, values: Values) -> BackboneMap:
    backbone, colon, layer = name.partition(":")
    network, origin = build_backbone(backbone, weights=weights, values=values)
    layers: dict[str, int] = network.layers  # type: ignore[assignment]
    chosen = layer if colon else list(layers)[-1]
    check_layers(network, [chosen], name=backbone)
    return BackboneMap(backbone, chosen, network.requires_grad_(False), origin)
