"""What is kept of a picture to find its near duplicates: a small grey picture, a smaller coloured one, a few
figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from morelli.pictures.open import Pixels
from morelli.pictures.resample import resample

SIDE = 32  # px of the grey picture
_FULL = 2 * SIDE
_MARGIN = _FULL // 10  # a frame, a mount or a white border says nothing of the picture
_FLAT = 3.0  # levels of 255: a standard deviation below it is noise, paper or a monochrome
_STRUCTURE = 4.0  # levels: the local standard deviation at which there is something to compare


@dataclass(frozen=True, kw_only=True, eq=False)
class Fingerprint:
    """A picture's fingerprint; the picture is squashed to the square, so that proportions play no part.

    grey:      uint8 (32, 32), luminance.
    colour:    uint8 (8, 8, 3), sRGB.
    structure: 0 to 1, the share of the picture where neighbouring spots differ: near 1 for brushwork and foliage, a
               third for geometric shapes, 0 for a blank. Two pictures with little structure can look alike and be two.
    flat:      whether nothing but noise is inside its border.
    sha256:    of the pixels and their shape, hexadecimal: equal for pictures that decode to the same pixels.
    """

    grey: Pixels
    colour: Pixels
    structure: float
    flat: bool
    sha256: str


def fingerprint(pixels: Pixels) -> Fingerprint:
    """Return the fingerprint of uint8 (h, w, 3) pixels.

    >>> fingerprint(np.full((50, 40, 3), 200, dtype=np.uint8)).flat
    True
    """
    small = resample(pixels, width=_FULL, height=_FULL).astype(np.float32)
    grey = small @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    local = np.sqrt(local_variance(grey[np.newaxis], 5)[1][0])
    inside = small[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return Fingerprint(
        grey=_bytes(block_mean(grey, 2)),
        colour=_bytes(np.stack([block_mean(small[:, :, channel], 8) for channel in range(3)], axis=-1)),
        structure=float(np.mean(local > _STRUCTURE)),
        flat=bool(inside.std(axis=(0, 1)).max() < _FLAT),
        sha256=sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest(),
    )


def block_mean(grey: npt.NDArray[np.float32], factor: int) -> npt.NDArray[np.float32]:
    """Shrink (..., h, w) by a whole factor that divides both sides: the mean of each block."""
    *rest, height, width = grey.shape
    blocks = grey.reshape(*rest, height // factor, factor, width // factor, factor)
    mean: npt.NDArray[np.float32] = blocks.mean(axis=(-3, -1), dtype=np.float32)
    return mean


def local_variance(
    grey: npt.NDArray[np.float32], window: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return what each spot of (n, h, w) has above the mean of its window, and the variance of that in its window."""
    above = grey - _box(grey, window)
    return above, np.maximum(_box(above * above, window), 0)


def _box(values: npt.NDArray[np.float32], window: int) -> npt.NDArray[np.float32]:
    """Return the mean over a window (odd) around each spot of (n, h, w); the border is repeated outwards."""
    reach = window // 2
    padded = np.pad(values, ((0, 0), (reach, reach), (reach, reach)), mode="edge")
    across = np.zeros((values.shape[0], padded.shape[1], values.shape[2]), dtype=np.float32)
    for i in range(window):
        across += padded[:, :, i : i + values.shape[2]]
    both = np.zeros_like(values, dtype=np.float32)
    for i in range(window):
        both += across[:, i : i + values.shape[1]]
    return both / np.float32(window * window)


def _bytes(values: npt.NDArray[np.float32]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
