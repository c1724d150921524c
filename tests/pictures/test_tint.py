from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from morelli.pictures.tint import is_colourless

Pixels = npt.NDArray[np.uint8]


def grey(pixels: Pixels) -> Pixels:
    return np.repeat(np.asarray(Image.fromarray(pixels).convert("L"))[..., np.newaxis], 3, axis=2)


def through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def test_greyscale_and_sepia_have_no_colour_and_paintings_have(made_up: list[Pixels]) -> None:
    for pixels in made_up:
        light = grey(pixels) / 255
        sepia = np.clip(light * (255, 238, 205) + (1 - light) * (20, 8, 0), 0, 255).astype(np.uint8)
        assert is_colourless(through_jpeg(grey(pixels), 50))
        assert is_colourless(through_jpeg(sepia, 75))
    assert sum(is_colourless(pixels) for pixels in made_up) <= 1  # a painter may paint in one tint


def test_a_spot_of_colour_is_colour(made_up: list[Pixels]) -> None:
    pixels = grey(made_up[0])
    pixels[100:140, 100:140] = (200, 30, 30)
    assert not is_colourless(pixels)
