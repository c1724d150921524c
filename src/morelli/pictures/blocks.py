"""Traces of heavy JPEG compression in pixels, which stay when a file is saved again."""

from __future__ import annotations

import numpy as np

from morelli.pictures.open import Pixels

_BLOCK = 8
_MOST = 384  # px of the middle that are looked at
_CUT = 20  # levels: an edge of the painting that falls on the grid must not decide


def blockiness(pixels: Pixels) -> float:
    """Return by how many levels of 255 the steps on an 8 px grid exceed the steps beside them, in uint8 (h, w, 3).

    The grid may begin anywhere; what is returned is the weaker of its two directions. About 0 to 1.5 for paintings and
    for JPEGs of quality 75 or more, 2 and more below quality 40. Only at full resolution: shrinking removes the grid.

    >>> blockiness(np.full((64, 64, 3), 9, dtype=np.uint8))
    0.0
    """
    height, width = pixels.shape[:2]
    top, left = max(0, (height - _MOST) // 2), max(0, (width - _MOST) // 2)
    green = pixels[top : top + _MOST, left : left + _MOST, 1].astype(np.int16)
    if min(green.shape) < 4 * _BLOCK:
        return 0.0
    return min(_excess(green), _excess(green.T))


def _excess(grey: np.ndarray) -> float:
    """Of steps between columns, by their place modulo 8: the largest mean excess over the neighbours, above the median."""
    steps = np.abs(np.diff(grey, axis=1))
    excess = np.clip(2 * steps[:, 1:-1] - steps[:, :-2] - steps[:, 2:], -2 * _CUT, 2 * _CUT).mean(axis=0) / 2
    places = np.array([excess[place::_BLOCK].mean() for place in range(_BLOCK)])
    return float(places.max() - np.median(places))
