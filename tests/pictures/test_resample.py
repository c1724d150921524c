from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.pictures.resample import resample

Pixels = npt.NDArray[np.uint8]


def pillow(pixels: Pixels, size: tuple[int, int], filter_: Image.Resampling) -> npt.NDArray[np.int64]:
    return np.asarray(Image.fromarray(pixels).resize(size, filter_)).astype(np.int64)


@pytest.mark.parametrize("size", [(120, 90), (64, 64), (100, 37), (40, 40)])
def test_shrinking_is_pillows_lanczos(rng: np.random.Generator, scene: Pixels, size: tuple[int, int]) -> None:
    noise = rng.integers(0, 256, size=(180, 240, 3), dtype=np.uint8)
    for pixels, most in ((scene, 0.8), (noise, 3.0)):  # levels; noise is the hardest there is
        expected = pillow(pixels, size, Image.Resampling.LANCZOS)
        assert np.abs(resample(pixels, width=size[0], height=size[1]) - expected).mean() < most


@pytest.mark.parametrize("size", [(480, 360), (256, 256), (300, 200)])
def test_enlarging_is_pillows_bicubic_filter(rng: np.random.Generator, size: tuple[int, int]) -> None:
    noise = rng.integers(0, 256, size=(180, 240, 3), dtype=np.uint8)
    difference = np.abs(resample(noise, width=size[0], height=size[1]) - pillow(noise, size, Image.Resampling.BICUBIC))
    # libvips knows 64 places between two pixels, Pillow all; inside the border, where the two extend alike.
    assert difference[6:-6, 6:-6].mean() < 1


def test_one_side_may_grow_while_the_other_shrinks(scene: Pixels) -> None:
    expected = pillow(scene, (480, 90), Image.Resampling.BICUBIC)
    assert np.abs(resample(scene, width=480, height=90) - expected).mean() < 1


@pytest.mark.parametrize("size", [(30, 30), (60, 60), (97, 97), (150, 150)])
def test_a_mirrored_picture_gives_the_mirrored_result(scene: Pixels, size: tuple[int, int]) -> None:
    """Where a filter shifts, the two disagree: libvips' own enlarging fails this."""
    square = np.ascontiguousarray(scene[:60, :60])
    straight = resample(square, width=size[0], height=size[1]).astype(int)
    turned = resample(np.ascontiguousarray(square[::-1, ::-1]), width=size[0], height=size[1])[::-1, ::-1]
    assert np.abs(straight - turned).max() <= 2


def test_the_size_itself_comes_back_as_it_is(scene: Pixels) -> None:
    assert resample(scene, width=240, height=180) is scene
    with pytest.raises(ValueError, match="0 x 5 px"):
        resample(scene, width=0, height=5)
