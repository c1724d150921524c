"""A test picture, and what the published weights answer to it: names and shapes may be right and the values still scrambled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

Answer = tuple[float, ...]
_VALUES = 8


@dataclass(frozen=True)
class Expected:
    """What a backbone's layers answer with the published weights, by name. tolerance: a share of an answer's root mean square.

    With any one kernel of a backbone out of order an answer is off by 0.3 and more of it.
    """

    answers: Mapping[str, Answer]
    tolerance: float = 0.02


# Computed from the files that docs/systems.md says how to make; the InceptionV3 there is rounded to 8 bits at its source.
_XCEPTION = Expected(
    {
        "block2": (0.25482, -0.49810, -2.03119, -0.30731, 0.93486, 0.27012, 0.88229, 0.86162),
        "block8": (1.49975, 1.23225, -0.63029, -0.18120, 1.40471, 0.51963, -0.92483, -0.67198),
        "block14": (0.16173, 0.27065, -0.16768, 0.24156, 0.25933, 0.00370, 0.26816, -0.13641),
    }
)
_LITE0 = Expected(
    {
        "stage1": (8.08066, -1.98154, 0.54712, 4.92758, 2.52819, -1.26174, -1.91660, -0.40581),
        "stage4": (7.48739, -1.79896, 2.51345, 3.04229, 2.36278, 3.00206, 1.12087, 1.20727),
        "head": (0.00696, 0.49043, -0.37515, -0.28741, -0.07913, -0.52388, -0.82910, 0.54393),
    }
)
_LITE1 = Expected(
    {
        "stage1": (5.36482, -0.33661, 1.62609, 5.95070, 10.23903, -0.90253, -0.96981, 11.70589),
        "stage4": (0.34609, 5.02087, -4.37655, -5.92617, -1.47676, -1.75763, 1.84796, -1.31528),
        "head": (-0.67140, -0.21223, 0.62712, -0.12910, -0.13825, 0.40865, 0.30016, 0.50216),
    }
)
_LITE2 = Expected(
    {
        "stage1": (-2.29162, -5.50786, -1.73673, 1.55091, 0.25146, 2.49130, 2.46198, 9.54431),
        "stage4": (-0.05387, 2.24088, 2.17689, 4.25797, 1.72536, -5.06999, 4.47531, -3.54897),
        "head": (-1.14323, 0.14590, -0.72642, 0.75321, -1.04127, 0.13916, 0.15121, 0.03240),
    }
)
_INCEPTION = Expected(
    {
        "Mixed_5b": (4.67218, 3.21046, 0.03451, 1.54227, -0.03098, 0.74965, -1.09366, 0.45996),
        "Mixed_6a": (-4.47472, 0.57437, 2.57804, -2.84786, 0.69103, -0.87035, 1.01679, -1.65084),
        "Mixed_6c": (0.10239, 1.37331, 0.39737, -0.08072, 0.34428, -0.21669, 0.14667, 0.22472),
    },
    tolerance=0.1,
)
EXPECTED: Mapping[str, Expected] = {
    "xception": _XCEPTION,
    "lite0": _LITE0,
    "lite1": _LITE1,
    "lite2": _LITE2,
    "inception-v3": _INCEPTION,
    "inception-v3-6c": _INCEPTION,
}
# The deepest layer of that InceptionV3, which was fine-tuned elsewhere from Mixed_6d on.
NOT_IMAGENET = Expected(
    {"Mixed_7c": (0.08983, 0.87996, -0.06471, 0.65204, -0.16876, 0.38122, -0.25212, 0.17303)}, tolerance=0.1
)


def probe_picture(size: int = 128) -> Tensor:
    """Return the test picture (1, 3, size, size), float in [0, 1]: waves and a chequered field, the same everywhere."""
    y, x = np.mgrid[0:size, 0:size] / size
    red = 0.5 + 0.3 * np.sin(2 * np.pi * (3 * x + 2 * y * y)) * np.cos(8 * np.pi * y)
    green = 0.5 + 0.4 * np.sin(2 * np.pi * (5 * x * y + y))
    blue = ((x * 8).astype(int) + (y * 8).astype(int)) % 2 * 0.6 + 0.2
    return torch.from_numpy(np.stack([red, green, blue])[None].astype(np.float32))


@torch.inference_mode()
def answer(network: nn.Module, layers: Sequence[str]) -> dict[str, Answer]:
    """Return what layers of a backbone answer to the test picture: the first cosines of the channels' means, in their order."""
    maps = network.eval()(probe_picture())
    return {layer: _cosines(maps[layer].mean(dim=(0, 2, 3)).double()) for layer in layers}


def _cosines(means: Tensor) -> Answer:
    """Return the values 1 to 8 of the discrete cosine transform of channel means (c,), over the root of c: every channel counts."""
    count = len(means)
    order = torch.arange(1, _VALUES + 1, dtype=torch.double)[:, None]
    waves = torch.cos(torch.pi * order * (torch.arange(count) + 0.5) / count)
    return tuple((waves @ means / count**0.5).tolist())


def differing_layer(network: nn.Module, expected: Expected) -> str | None:
    """Return the first layer that answers otherwise than is expected, in words; None where all of them answer alike."""
    got = answer(network, list(expected.answers))
    for layer, wanted in expected.answers.items():
        size = float(np.sqrt(np.mean(np.square(wanted))))
        off = float(np.abs(np.subtract(got[layer], wanted)).max()) / size
        if not off <= expected.tolerance:
            return f"{layer} is off by {off:.2g} of its size"
    return None
