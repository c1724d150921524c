"""Whether two pictures show the same painting: the whole, or a part of it, in colour or not, framed or on a wall.

The small grey picture of the one is looked for inside the other's at several sizes: normalised cross-correlation of
their detail, by Fourier transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from morelli.pictures.duplicates import are_near_duplicates, are_turned_duplicates
from morelli.pictures.fingerprint import Fingerprint, fingerprint
from morelli.pictures.open import Pixels
from morelli.pictures.resample import resample

Grey = npt.NDArray[np.float32]
_SIDE = 48  # px of the longer side
_WINDOW = 7  # px around a spot in which contrast is normalised
_NOISE = 3.0  # levels: contrast below it is not blown up
_SCALES = tuple(0.92**step for step in range(12))  # 1 to 0.4 of the other's longer side
_SMALLEST = 12  # px: a smaller part has too little to tell it by
_FOUND = 0.6  # the correlation of a part; pictures of two paintings with structure stay below
_STRUCTURE = 0.5  # share of structure below which a picture is not looked for as a part: stripes are everywhere alike


@dataclass(frozen=True, kw_only=True, eq=False)
class Sketch:
    """What is kept of a picture to find another inside it: its fingerprint, and float32 (h, w), grey, 48 px or fewer."""

    fingerprint: Fingerprint
    grey: Grey


def sketch(pixels: Pixels) -> Sketch:
    """Return the sketch of uint8 (h, w, 3) pixels."""
    height, width = pixels.shape[:2]
    scale = _SIDE / max(height, width)
    small = resample(pixels, width=max(1, round(width * scale)), height=max(1, round(height * scale)))
    grey = small.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return Sketch(fingerprint=fingerprint(pixels), grey=grey)


def shows_the_same(one: Sketch, other: Sketch) -> bool:
    """Tell whether two pictures show the same painting, or the one a part of the other of two fifths or more of its side.

    A copy that is mirrored, turned by quarters or a negative is found as a whole, not as a part.
    Flat pictures count as the same only where their pixels are identical, and pictures of a few plain shapes are found only as a
    whole.
    """
    prints = (one.fingerprint, other.fingerprint)
    if are_near_duplicates(*prints):
        return True
    if any(print_.flat for print_ in prints):
        return False
    if are_turned_duplicates(*prints):
        return True
    return any(
        part.fingerprint.structure >= _STRUCTURE and best_part(whole.grey, part.grey) >= _FOUND
        for whole, part in ((one, other), (other, one))
    )


def best_part(whole: Grey, part: Grey) -> float:
    """Return the greatest correlation, -1 to 1, of a grey picture, at any of several sizes, with a place in another."""
    templates = []
    for scale in _SCALES:
        height, width = round(part.shape[0] * scale), round(part.shape[1] * scale)
        if height <= whole.shape[0] and width <= whole.shape[1] and min(height, width) >= _SMALLEST:
            shrunk = np.asarray(_weights(height, part.shape[0]) @ part @ _weights(width, part.shape[1]).T, np.float32)
            detail = _detail(shrunk)
            templates.append(detail - detail.mean())
    if not templates:
        return -1.0
    field = _detail(whole)
    padded = np.zeros((len(templates), *whole.shape), dtype=np.float32)
    for row, template in zip(padded, templates, strict=True):
        row[: template.shape[0], : template.shape[1]] = template
    products = np.fft.irfft2(np.fft.rfft2(field) * np.conj(np.fft.rfft2(padded)), whole.shape)
    sums = [np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1) for values in (field, field * field)]
    return max(_correlation(product, sums, template) for product, template in zip(products, templates, strict=True))


def _correlation(product: Grey, sums: list[Grey], template: Grey) -> float:
    """Largest normalised correlation of a template with the windows of a field, from their products and running sums."""
    height, width = template.shape
    total, squares = (
        s[height:, width:] - s[:-height, width:] - s[height:, :-width] + s[:-height, :-width] for s in sums
    )
    spread = np.maximum(squares - total * total / template.size, 1e-3)
    inside = product[: spread.shape[0], : spread.shape[1]]
    return float((inside / np.sqrt(spread * np.sum(template * template))).max())


def _detail(grey: Grey) -> Grey:
    """Normalise the contrast of (h, w) around each spot."""
    down, across = _means(grey.shape[0]), _means(grey.shape[1]).T
    above = np.asarray(grey - down @ grey @ across, np.float32)
    detail: Grey = above / np.sqrt(down @ (above * above) @ across + np.float32(_NOISE**2))
    return detail


@lru_cache(maxsize=256)
def _weights(size: int, of: int) -> Grey:
    """Return (size, of): a row of pixels shrunk to fewer, by a triangle over the source."""
    centres = (np.arange(size) + 0.5) * of / size - 0.5
    weights = np.maximum(0, 1 - np.abs(centres[:, np.newaxis] - np.arange(of)) * size / of)
    shrunk: Grey = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shrunk


@lru_cache(maxsize=64)
def _means(size: int) -> Grey:
    """Return (size, size): the mean of a window around each of a row of pixels; the border is repeated."""
    around = np.clip(np.arange(size)[:, np.newaxis] + np.arange(_WINDOW) - _WINDOW // 2, 0, size - 1)
    means = np.zeros((size, size), dtype=np.float32)
    np.add.at(means, (np.arange(size)[:, np.newaxis], around), np.float32(1 / _WINDOW))
    return means
