"""Whether a picture has colours: a greyscale or sepia reproduction has none, whatever the painting has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.pictures.open import Pixels
from morelli.pictures.resample import resample

_SIDE = 64
_LEVELS = 4.0  # of 255: what JPEG adds to the chroma of a greyscale picture stays below
_OPPONENT = np.array([[0.299, -0.168736, 0.5], [0.587, -0.331264, -0.418688], [0.114, 0.5, -0.081312]], np.float32)


def is_colourless(pixels: Pixels) -> bool:
    """Tell whether uint8 (h, w, 3) is greyscale, or toned in one tint as a sepia print is.

    One tint means that its chroma (Cb and Cr) follows from its lightness by a curve of second degree, but for a hundredth
    of the picture.

    >>> is_colourless(np.full((40, 40, 3), 90, dtype=np.uint8))
    True
    """
    colours = resample(pixels, width=_SIDE, height=_SIDE).reshape(-1, 3).astype(np.float32) @ _OPPONENT
    light, chroma = colours[:, 0] / 255, colours[:, 1:]
    powers = np.stack([np.ones_like(light), light, light**2], axis=1)
    # By the normal equations with a little added, for a picture of few greys leaves the curve open.
    normal = powers.T @ powers + np.eye(3, dtype=np.float32) * np.float32(1e-3)
    rest: npt.NDArray[np.float32] = np.abs(chroma - powers @ np.linalg.solve(normal, powers.T @ chroma)).max(axis=1)
    return bool(np.partition(rest, -len(rest) // 100)[-len(rest) // 100] <= _LEVELS)
