"""EfficientNet-Lite 0, 1 and 2: timm's networks, with weights in timm's names or in those of `efficientnet_lite_pytorch`."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

import timm
from torch import Tensor, nn

from morelli.training.backbones.weights import Slot, Weights, fill

# Blocks of the seven stages; the larger ones share them and differ in width and in the side they were trained at.
_COUNTS = {0: (1, 2, 2, 3, 3, 4, 1), 1: (1, 3, 3, 4, 4, 5, 1), 2: (1, 3, 3, 4, 4, 5, 1)}
_SIDES = {0: 224, 1: 240, 2: 260}
_OF_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_OF_OTHERS = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_OF_NETWORK = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}


def timm_name(name: str, *, number: int = 0) -> str:
    """Turn a name of `efficientnet_lite_pytorch` in Lite `number` into timm's; others are returned as they are.

    >>> timm_name("_blocks.0._project_conv.weight"), timm_name("_blocks.15._bn0.bias"), timm_name("_fc.weight")
    ('blocks.0.0.conv_pw.weight', 'blocks.6.0.bn1.bias', 'classifier.weight')
    """
    if found := re.fullmatch(r"_blocks\.(\d+)\.(_\w+)\.(\w+)", name):
        stage, place = _stage_and_place(int(found[1]), _COUNTS[number])
        part = (_OF_FIRST if found[1] == "0" else _OF_OTHERS)[found[2]]
        return f"blocks.{stage}.{place}.{part}.{found[3]}"
    head, _, tail = name.partition(".")
    return f"{_OF_NETWORK[head]}.{tail}" if head in _OF_NETWORK else name


def _stage_and_place(block: int, counts: tuple[int, ...]) -> tuple[int, int]:
    # The other package numbers its blocks through.
    ends = list(accumulate(counts))
    stage = bisect_right(ends, block)
    return stage, block - (ends[stage - 1] if stage else 0)


class EfficientNetLite(nn.Module):
    """The network without its top layer: pictures (n, 3, h, w), float in [0, 1] -> the maps of its depths.

    number: 0, 1 or 2. `layers`: name -> channels: `stage0` to `stage6`, and `head`, the last convolution with its activation.
    """

    def __init__(self, number: int = 0) -> None:
        super().__init__()
        self.number, self.size = number, _SIDES[number]
        # "tf_": TensorFlow's "same" padding and epsilon, which the released weights were trained with.
        self.network = timm.create_model(f"tf_efficientnet_lite{number}", pretrained=False, num_classes=1000)
        widths = [
            stage[-1].conv_pwl.out_channels if i else stage[-1].conv_pw.out_channels
            for i, stage in enumerate(self.network.blocks)
        ]
        self.layers = {f"stage{i}": width for i, width in enumerate(widths)} | {"head": self.network.num_features}

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return the map of every depth, (n, channels, h, w) by name."""
        x = self.network.bn1(self.network.conv_stem((pictures * 255 - 127) / 128))
        maps = {}
        for i, stage in enumerate(self.network.blocks):
            x = stage(x)
            maps[f"stage{i}"] = x
        maps["head"] = self.network.bn2(self.network.conv_head(x))
        return maps


def load_lite_weights(network: EfficientNetLite, weights: Weights) -> None:
    """Fill a network.

    Raises MissingWeightsError for layers that are missing, ValueError for a shape that does not fit or an unknown name.
    """
    found = {timm_name(name, number=network.number): value for name, value in weights.items()}
    state = network.network.state_dict()
    counters = [name for name in state if name.endswith("num_batches_tracked")]
    fill([Slot(name, target) for name, target in state.items() if name not in counters], found, others=counters)
