"""Altered copies of pictures: other crops, proportions, scans and files of the same painting, by the same hand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from morelli.features.cache import picture_key
from morelli.pictures.view import View, ViewedPicture
from morelli.systems.objectives import Copies

Pixels = npt.NDArray[np.uint8]
MADE = 1  # which way of altering: features of copies are kept under this number; raise it with every change here
_REDUCED, _NOISY, _COMPRESSED = 1 / 3, 1 / 5, 1 / 2  # of the copies


def altered(pixels: Pixels, copies: Copies, rng: np.random.Generator, *, size: int | None = None) -> Pixels:
    """Return a copy of a picture uint8 (s, s, 3), altered at random, of `size` px a side; none: as large as it is."""
    picture = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
    top, left, height, width = _crop(len(pixels), copies, rng)
    size = len(pixels) if size is None else size
    picture = functional.crop(picture, top, left, height, width)
    if rng.random() < 0.5:
        picture = functional.horizontal_flip(picture)
    if rng.random() < _REDUCED:
        share = rng.uniform(copies.shrink, 1)
        picture = _resized(picture, max(8, round(share * height)), max(8, round(share * width)))
    picture = _recoloured(_resized(picture, size, size), copies, rng)
    if rng.random() < _COMPRESSED and copies.quality < 100:
        picture = functional.jpeg(picture, int(rng.integers(copies.quality, 100)))
    return np.ascontiguousarray(picture.numpy().transpose(1, 2, 0))


def _crop(size: int, copies: Copies, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Return top, left, height and width of a crop."""
    area = rng.uniform(copies.crop, 1) * size**2
    proportion = math.exp(rng.uniform(-1, 1) * math.log(copies.stretch))
    height, width = (
        int(np.clip(round(side), min(16, size), size))
        for side in (math.sqrt(area * proportion), math.sqrt(area / proportion))
    )
    return int(rng.integers(size - height + 1)), int(rng.integers(size - width + 1)), height, width


def _resized(picture: Tensor, height: int, width: int) -> Tensor:
    resized: Tensor = functional.resize(
        picture, [height, width], interpolation=functional.InterpolationMode.BICUBIC, antialias=True
    )
    return resized


def _recoloured(picture: Tensor, copies: Copies, rng: np.random.Generator) -> Tensor:
    """Return a picture as another scan of it would have it: gains of the channels, gamma, saturation, noise."""
    exposure, gamma, saturation = np.exp(rng.normal(0, copies.colour, 3))
    gains = exposure * np.exp(rng.normal(0, copies.colour / 2, (3, 1, 1)))
    seen = ((picture.float() / 255) * torch.from_numpy(gains.astype(np.float32))).clamp(0, 1) ** float(gamma)
    grey = seen.mean(dim=0, keepdim=True)
    seen = grey + float(saturation) * (seen - grey)
    if rng.random() < _NOISY:
        spread = rng.uniform(0, copies.noise)
        seen = seen + torch.from_numpy(rng.normal(0, spread, tuple(seen.shape)).astype(np.float32))
    return (seen.clamp(0, 1) * 255).round().to(torch.uint8)


@dataclass(frozen=True)
class AlteredView:
    """A view that shows altered copies of a picture instead of the picture. They follow from its content and the seed alone."""

    view: View
    copies: Copies
    seed: int

    @property
    def n(self) -> int:
        """How many pictures one picture becomes."""
        return self.copies.count

    @property
    def kind(self) -> str:
        """That of the view."""
        return self.view.kind

    def quarters(self, size: tuple[int, int]) -> bool:
        """Return what the view says."""
        return self.view.quarters(size)

    def open_bytes(self, data: bytes, *, name: str) -> ViewedPicture:
        """Show the copies of a picture, uint8 (count, size, size, 3). Raises PictureError."""
        seen = self.view.open_bytes(data, name=name)
        key = int.from_bytes(picture_key(data)[:8], "little")
        rng = np.random.default_rng([self.seed, key])
        shown = [altered(seen.pixels[0], self.copies, rng) for _ in range(self.copies.count)]
        return ViewedPicture(pixels=np.stack(shown), original_size=seen.original_size, quartered=seen.quartered)
