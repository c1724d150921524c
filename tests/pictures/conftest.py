from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image


@pytest.fixture
def scene(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """uint8 (180, 240, 3): smooth blobs of colour, so that codecs and filters differ little on it."""
    coarse = rng.integers(0, 256, size=(12, 16, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((240, 180), Image.Resampling.BICUBIC))


@pytest.fixture(scope="session")
def made_up() -> list[npt.NDArray[np.uint8]]:
    """Twelve made-up paintings of 256 px, each by another painter."""
    from morelli.studio.studio import Studio

    studio = Studio(seed=3, painters=12)
    return [studio.paint(painter, 0, size=256) for painter in range(12)]
