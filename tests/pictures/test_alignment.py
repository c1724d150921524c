from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.pictures.alignment import aligned_correlation, detail, unit_vectors


def small(pixels: npt.NDArray[np.uint8], box: tuple[float, float, float, float]) -> npt.NDArray[np.uint8]:
    """uint8 (1, 32, 32): the part of a grey picture inside a box of shares."""
    height, width = pixels.shape
    corners = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
    return np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BOX, box=corners))[np.newaxis]


@pytest.fixture
def grey(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    coarse = rng.integers(0, 256, size=(16, 16), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((256, 256), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("box", [(0.04, 0.0, 1.0, 1.0), (0.03, 0.03, 0.97, 0.97), (0.0, 0.05, 0.96, 0.97)])
def test_a_crop_is_fitted_back(grey: npt.NDArray[np.uint8], box: tuple[float, float, float, float]) -> None:
    whole, part = small(grey, (0, 0, 1, 1)), small(grey, box)
    raw = (unit_vectors(detail(whole, side=32)) * unit_vectors(detail(part, side=32))).sum()
    fitted = aligned_correlation(whole, part)[0]
    assert fitted > 0.95
    assert fitted > raw


def test_what_is_the_same_correlates_fully_and_noise_hardly(rng: np.random.Generator) -> None:
    pictures = rng.integers(0, 256, size=(40, 32, 32), dtype=np.uint8)
    np.testing.assert_allclose(aligned_correlation(pictures, pictures), 1, atol=1e-5)
    assert aligned_correlation(pictures[:20], pictures[20:]).max() < 0.4


def test_light_and_contrast_play_no_part(grey: npt.NDArray[np.uint8]) -> None:
    whole = small(grey, (0, 0, 1, 1))
    assert aligned_correlation(whole, (whole // 3 + 90).astype(np.uint8))[0] > 0.97


def test_unit_vectors_have_no_mean_and_length_one(rng: np.random.Generator) -> None:
    vectors = unit_vectors(rng.normal(size=(5, 32, 32)).astype(np.float32))
    np.testing.assert_allclose(vectors.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert np.isfinite(unit_vectors(np.zeros((1, 32, 32), dtype=np.float32))).all()
