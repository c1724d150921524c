from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from morelli.pictures.fingerprint import block_mean, fingerprint, local_variance

Pixels = npt.NDArray[np.uint8]


def test_shapes_and_ranges(scene: Pixels) -> None:
    found = fingerprint(scene)
    assert found.grey.shape == (32, 32)
    assert found.colour.shape == (8, 8, 3)
    assert found.grey.dtype == found.colour.dtype == np.uint8
    assert 0 <= found.structure <= 1
    assert len(found.sha256) == 64
    assert not found.flat


def test_grey_is_the_luminance_of_the_squashed_picture() -> None:
    pixels = np.zeros((64, 128, 3), dtype=np.uint8)
    pixels[:32], pixels[32:] = (255, 0, 0), (0, 255, 0)
    found = fingerprint(pixels)
    np.testing.assert_allclose(found.grey[4], 0.299 * 255, atol=1)
    np.testing.assert_allclose(found.grey[-4], 0.587 * 255, atol=1)
    np.testing.assert_allclose(found.colour[0], np.tile([255, 0, 0], (8, 1)), atol=2)


def test_sha_tells_pixels_and_shape_apart(scene: Pixels) -> None:
    other = scene.copy()
    other[0, 0, 0] ^= 1
    reshaped = scene.reshape(240, 180, 3)
    assert len({fingerprint(p).sha256 for p in (scene, scene.copy(), other, reshaped)}) == 3


@pytest.mark.parametrize(("noise", "flat"), [(0, True), (2, True), (60, False)])
def test_flat_is_what_holds_only_noise_inside_its_border(rng: np.random.Generator, noise: int, flat: bool) -> None:
    pixels = np.clip(rng.normal(128, max(noise, 1e-9), size=(64, 64, 3)), 0, 255).astype(np.uint8)
    pixels[:4] = pixels[:, :4] = 255  # a border is no picture
    assert fingerprint(pixels).flat is flat


def test_structure_is_high_for_texture_and_low_for_shapes(rng: np.random.Generator) -> None:
    texture = rng.integers(0, 256, size=(64, 64, 3), dtype=np.uint8)
    shape = np.full((64, 64, 3), 250, dtype=np.uint8)
    shape[20:44, 20:44] = 10
    assert fingerprint(texture).structure > 0.95
    assert 0 < fingerprint(shape).structure < 0.4


def test_local_variance_against_a_loop(rng: np.random.Generator) -> None:
    grey = rng.normal(100, 30, size=(1, 9, 11)).astype(np.float32)
    above, variance = local_variance(grey, 5)

    def box(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        padded = np.pad(values, 2, mode="edge")
        means = [[padded[y : y + 5, x : x + 5].mean() for x in range(11)] for y in range(9)]
        return np.array(means, dtype=np.float32)

    expected = grey[0] - box(grey[0])
    np.testing.assert_allclose(above[0], expected, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(variance[0], box(expected**2), rtol=1e-3, atol=1e-2)


def test_block_mean_against_a_loop(rng: np.random.Generator) -> None:
    values = rng.normal(size=(2, 4, 6)).astype(np.float32)
    found = block_mean(values, 2)
    assert found.shape == (2, 2, 3)
    assert found[1, 1, 2] == pytest.approx(values[1, 2:4, 4:6].mean(), rel=1e-5)
