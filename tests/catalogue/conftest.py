from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Paint = Callable[..., Path]


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """A function (path, seed, size=...) that puts a picture of random blobs into the temporary folder."""

    def make(path: str, seed: int, *, size: tuple[int, int] = (96, 96), quality: int = 90) -> Path:
        coarse = np.random.default_rng(seed).integers(0, 256, size=(12, 12, 3), dtype=np.uint8)
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(coarse).resize((192, 192), Image.Resampling.BICUBIC).resize(size).save(file, quality=quality)
        return file

    return make
