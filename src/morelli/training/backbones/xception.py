"""Xception as Keras has it (Chollet 2017, "Xception: deep learning with depthwise separable convolutions").

Padding is TensorFlow's "same": at stride 2 on an even size one row and one column, below and right only. BatchNorm's epsilon is 0.001.
timm's `legacy_xception` holds the same weights and pads otherwise at stride 2.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from morelli.training.backbones.weights import Slot, Weights, fill

_EPSILON = 1e-3


def same_padding(size: int) -> tuple[int, int]:
    """Return what TensorFlow pads before and after a side of `size` for a window of 3 at stride 2.

    >>> same_padding(147), same_padding(74)
    ((1, 1), (0, 1))
    """
    total = (-(-size // 2) - 1) * 2 + 3 - size
    return total // 2, total - total // 2


class Separable(nn.Module):
    """A 3 x 3 convolution channel by channel, then a 1 x 1 one across channels, then BatchNorm."""

    def __init__(self, name: str, channels: int, out: int) -> None:
        super().__init__()
        self.name = name
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, out, 1, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) -> (n, out, h, w)."""
        y: Tensor = self.bn(self.pointwise(self.depthwise(x)))
        return y


class Entry(nn.Module):
    """Blocks 2 to 4 and 13: two separable convolutions, a max-pool of stride 2, and a strided 1 x 1 convolution beside them."""

    def __init__(self, number: int, channels: int, middle: int, out: int, *, shortcut: str, first_relu: bool) -> None:
        super().__init__()
        self.shortcut_name = shortcut
        self.first_relu = first_relu
        self.sepconv1 = Separable(f"block{number}_sepconv1", channels, middle)
        self.sepconv2 = Separable(f"block{number}_sepconv2", middle, out)
        self.shortcut = nn.Conv2d(channels, out, 1, stride=2, bias=False)
        self.shortcut_bn = nn.BatchNorm2d(out, eps=_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) -> (n, out, ceil(h / 2), ceil(w / 2))."""
        y = self.sepconv1(functional.relu(x) if self.first_relu else x)
        y = self.sepconv2(functional.relu(y))
        top, bottom = same_padding(y.shape[2])
        left, right = same_padding(y.shape[3])
        y = functional.max_pool2d(functional.pad(y, (left, right, top, bottom), value=float("-inf")), 3, stride=2)
        total: Tensor = y + self.shortcut_bn(self.shortcut(x))
        return total


class Middle(nn.Module):
    """Blocks 5 to 12: three separable convolutions, and the input added."""

    def __init__(self, number: int, channels: int) -> None:
        super().__init__()
        self.sepconvs = nn.ModuleList(Separable(f"block{number}_sepconv{i}", channels, channels) for i in (1, 2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, h, w) -> the same shape."""
        y = x
        for sepconv in self.sepconvs:
            y = sepconv(functional.relu(y))
        return x + y


class Exit(nn.Module):
    """Block 14: two separable convolutions, each followed by ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.sepconv1 = Separable("block14_sepconv1", 1024, 1536)
        self.sepconv2 = Separable("block14_sepconv2", 1536, 2048)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 1024, h, w) -> (n, 2048, h, w), not negative."""
        return functional.relu(self.sepconv2(functional.relu(self.sepconv1(x))))


class Stem(nn.Module):
    """Block 1: two 3 x 3 convolutions without padding, the first of stride 2."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, stride=2, bias=False)
        self.bn1 = nn.BatchNorm2d(32, eps=_EPSILON)
        self.conv2 = nn.Conv2d(32, 64, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(64, eps=_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) -> (n, 64, h', w'), not negative."""
        return functional.relu(self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))


class Xception(nn.Module):
    """The network without its top layer: pictures (n, 3, h, w), float in [0, 1] -> the maps of its blocks.

    `layers`: name -> channels, in the order of the blocks: `block1` to `block14`.
    """

    size = 299

    def __init__(self) -> None:
        super().__init__()
        blocks: dict[str, nn.Module] = {
            "block1": Stem(),
            "block2": Entry(2, 64, 128, 128, shortcut="", first_relu=False),
            "block3": Entry(3, 128, 256, 256, shortcut="_1", first_relu=True),
            "block4": Entry(4, 256, 728, 728, shortcut="_2", first_relu=True),
        }
        blocks |= {f"block{number}": Middle(number, 728) for number in range(5, 13)}
        blocks["block13"] = Entry(13, 728, 728, 1024, shortcut="_3", first_relu=True)
        blocks["block14"] = Exit()
        self.blocks = nn.ModuleDict(blocks)
        widths = [64, 128, 256, *[728] * 9, 1024, 2048]
        self.layers = dict(zip(blocks, widths, strict=True))

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return the map of every block, (n, channels, h, w) by name."""
        x = pictures * 2 - 1
        maps = {}
        for name, block in self.blocks.items():
            x = block(x)
            maps[name] = x
        return maps


def keras_slots(network: Xception) -> list[Slot]:
    """Return where Keras' weights belong. Names are LAYER/INDEX; kernels are HWIO; batch norm: gamma, beta, mean, variance."""
    slots: list[Slot] = []

    def norm(module: nn.BatchNorm2d, name: str) -> None:
        for index, target in enumerate((module.weight, module.bias, module.running_mean, module.running_var)):
            assert target is not None
            slots.append(Slot(f"{name}/{index}", target))

    stem = network.blocks["block1"]
    assert isinstance(stem, Stem)
    for conv, bn, name in ((stem.conv1, stem.bn1, "block1_conv1"), (stem.conv2, stem.bn2, "block1_conv2")):
        slots.append(Slot(f"{name}/0", conv.weight, (3, 2, 0, 1)))
        norm(bn, f"{name}_bn")
    for module in network.modules():
        if isinstance(module, Separable):
            slots.append(Slot(f"{module.name}/0", module.depthwise.weight, (2, 3, 0, 1)))
            slots.append(Slot(f"{module.name}/1", module.pointwise.weight, (3, 2, 0, 1)))
            norm(module.bn, f"{module.name}_bn")
        elif isinstance(module, Entry):
            slots.append(Slot(f"conv2d{module.shortcut_name}/0", module.shortcut.weight, (3, 2, 0, 1)))
            norm(module.shortcut_bn, f"batch_normalization{module.shortcut_name}")
    return slots


def timm_slots(network: Xception) -> list[Slot]:
    """Return where the same weights belong by the names of timm's `legacy_xception`, whose kernels are torch's already."""
    slots: list[Slot] = []

    def norm(module: nn.BatchNorm2d, name: str) -> None:
        for part in ("weight", "bias", "running_mean", "running_var"):
            slots.append(Slot(f"{name}.{part}", getattr(module, part)))

    def separable(module: Separable, name: str, norm_name: str) -> None:
        slots.append(Slot(f"{name}.conv1.weight", module.depthwise.weight))
        slots.append(Slot(f"{name}.pointwise.weight", module.pointwise.weight))
        norm(module.bn, norm_name)

    for number, block in enumerate(network.blocks.values()):
        if isinstance(block, Stem):
            for place, (conv, bn) in enumerate(((block.conv1, block.bn1), (block.conv2, block.bn2)), 1):
                slots.append(Slot(f"conv{place}.weight", conv.weight))
                norm(bn, f"bn{place}")
        elif isinstance(block, Exit):
            separable(block.sepconv1, "conv3", "bn3")
            separable(block.sepconv2, "conv4", "bn4")
        else:
            inside = list(block.sepconvs) if isinstance(block, Middle) else [block.sepconv1, block.sepconv2]
            first = 1 if isinstance(block, Middle) or block.first_relu else 0
            for place, module in enumerate(inside):
                assert isinstance(module, Separable)
                at = first + 3 * place  # a rectifier, a convolution, a norm
                separable(module, f"block{number}.rep.{at}", f"block{number}.rep.{at + 1}")
            if isinstance(block, Entry):
                slots.append(Slot(f"block{number}.skip.weight", block.shortcut.weight))
                norm(block.shortcut_bn, f"block{number}.skipbn")
    return slots


def load_timm_weights(network: Xception, weights: Weights) -> None:
    """Fill a network with weights in the names of timm's `legacy_xception`; raises what `load_keras_weights` does."""
    others = [
        name for name in weights if name.startswith(("fc.", "last_linear.")) or name.endswith("num_batches_tracked")
    ]
    fill(timm_slots(network), weights, others=others)


def load_keras_weights(network: Xception, weights: Weights) -> None:
    """Fill a network with weights in Keras' names and layouts.

    Raises MissingWeightsError for layers that are missing, ValueError for a shape that does not fit or a weight that has no place.
    """
    fill(keras_slots(network), weights)
