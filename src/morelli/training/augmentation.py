"""Random changes of training pictures, a whole batch in one resampling."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from morelli.systems.system import Augmentation

_BORDERS = {"zeros": "zeros", "edge": "border", "reflection": "reflection"}


def draw_affine(augmentation: Augmentation, count: int, rng: np.random.Generator) -> Tensor:
    """Return random maps (count, 2, 3) from places in the new picture to places in the old one; both run from -1 to 1.

    A shift by a share of the side is twice that share here. Torch's own transforms change a batch alike or picture by picture; drawn
    so, one resampling serves the batch and the draw depends on `rng` alone.
    """
    a = augmentation
    angle = np.deg2rad(rng.uniform(*a.rotation, size=count))
    shear = np.tan(np.deg2rad(rng.uniform(-a.shear, a.shear, size=count)))
    scale = np.exp(rng.uniform(-math.log(a.zoom), math.log(a.zoom), size=count))
    shift = rng.uniform(-2 * a.shift, 2 * a.shift, size=(count, 2))
    mirror = np.where(rng.random((count, 2)) < (a.flip_horizontal, a.flip_vertical), -1.0, 1.0)
    cos, sin = np.cos(angle), np.sin(angle)
    rotate = np.stack([cos, -sin, sin, cos], axis=1).reshape(count, 2, 2)
    skew = np.stack([np.ones(count), shear, np.zeros(count), np.ones(count)], axis=1).reshape(count, 2, 2)
    linear = rotate @ skew * mirror[:, None, :] / scale[:, None, None]
    return torch.from_numpy(np.concatenate([linear, shift[:, :, None]], axis=2).astype(np.float32))


def augment(pictures: Tensor, augmentation: Augmentation, rng: np.random.Generator) -> Tensor:
    """Change pictures (n, 3, h, w), float in [0, 1], each in its own way; same shape, range and device."""
    if augmentation == Augmentation(border=augmentation.border):
        return pictures
    maps = draw_affine(augmentation, len(pictures), rng).to(pictures.device)
    grid = functional.affine_grid(maps, list(pictures.shape), align_corners=False)
    border = _BORDERS[augmentation.border]
    return functional.grid_sample(pictures, grid, mode="bilinear", padding_mode=border, align_corners=False)
