from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.pictures.blocks import blockiness

Pixels = npt.NDArray[np.uint8]


def through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize("shift", [(0, 0), (3, 5)])
def test_heavy_compression_shows_also_where_the_grid_was_moved(made_up: list[Pixels], shift: tuple[int, int]) -> None:
    down, right = shift
    for pixels in made_up:
        poor = blockiness(through_jpeg(pixels, 10)[down:, right:])
        good = blockiness(through_jpeg(pixels, 92)[down:, right:])
        assert poor > good + 0.5
        assert good < 1.2


def test_known_steps_are_measured_in_levels() -> None:
    blocks = np.kron(np.random.default_rng(0).choice([100, 106], (20, 20)), np.ones((8, 8), int))
    pixels = np.repeat(blocks[..., np.newaxis], 3, axis=2).astype(np.uint8)
    # Half of the neighbouring blocks differ, by 6 levels.
    assert blockiness(pixels) == pytest.approx(3, abs=0.5)
    assert blockiness(pixels[:20, :20]) == 0
