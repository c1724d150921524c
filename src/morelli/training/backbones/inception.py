"""InceptionV3: timm's network; with weights that Keras trained, its average pooling counts no padding."""

from __future__ import annotations

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.systems.backbones import LAYERS as BACKBONE_LAYERS
from morelli.training.backbones.weights import Slot, Weights, fill

LAYERS = dict(BACKBONE_LAYERS["inception-v3"])


class CountsNoPadding(nn.Module):
    """Turns a 3 x 3 average that counted the padding's zeros into one over what lies inside the picture."""

    def forward(self, pooled: Tensor) -> Tensor:
        """(n, c, h, w) -> the same shape."""
        inside = functional.avg_pool2d(torch.ones_like(pooled[:1, :1]), 3, stride=1, padding=1)
        return pooled / inside


class InceptionV3(nn.Module):
    """The network without its top layer: pictures (n, 3, h, w), float in [0, 1] -> the maps of its depths, up to `deepest`.

    `layers`: name -> channels, from `Mixed_5b` to `deepest`.
    """

    size = 299

    def __init__(self, *, deepest: str = "Mixed_7c") -> None:
        super().__init__()
        names = list(LAYERS)
        self.layers = {name: LAYERS[name] for name in names[: names.index(deepest) + 1]}
        whole = timm.create_model("inception_v3", pretrained=False, num_classes=0)
        stem = ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Pool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "Pool2")
        self.network = nn.ModuleDict({name: getattr(whole, name) for name in (*stem, *self.layers)})

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return the map of every depth, (n, channels, h, w) by name."""
        x = pictures * 2 - 1
        maps = {}
        for name, part in self.network.items():
            x = part(x)
            if name in self.layers:
                maps[name] = x
        return maps


def load_inception_weights(network: InceptionV3, weights: Weights, *, pooling: str) -> None:
    """Fill a network with weights in timm's names; those of layers deeper than the network's are left alone.

    pooling: `counts-padding`, as timm's own weights were trained, or `counts-no-padding`, as Keras' were. Raises
    MissingWeightsError for layers that are missing, ValueError for a shape that does not fit.
    """
    if pooling not in ("counts-padding", "counts-no-padding"):
        raise ValueError(f"pooling {pooling!r}: counts-padding or counts-no-padding")
    state = network.network.state_dict()
    slots = [Slot(name, target) for name, target in state.items() if not name.endswith("num_batches_tracked")]
    fill(slots, weights, others=weights)
    if pooling == "counts-no-padding":
        for block in network.network.children():
            branch = getattr(block, "branch_pool", None)
            if branch is not None:
                block.branch_pool = nn.Sequential(CountsNoPadding(), branch)
