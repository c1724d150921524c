"""What a region is worth to a model that is asked about pictures alone: the similarity with it, less that with it blurred.

For networks whose similarity is no sum over places. Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks"; for
two regions at once, what both blurred lose less what each loses alone (the second difference), which tells whether they belong together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from morelli.model.comparison import Comparison
from morelli.model.encoder import Encoder, Pixels
from morelli.pictures.resample import resample
from morelli.pictures.view import Box

Floats = npt.NDArray[np.floating]
Values = npt.NDArray[np.float64]
_COARSE = 8  # px a side that a picture is shrunk to: what is blurred has its colours left, and no hand
_BATCH = 16  # occluded pictures at a time


def blurred(pictures: Pixels) -> Pixels:
    """Return pictures (k, s, s, 3) without any detail."""
    size = pictures.shape[1]
    coarse = [resample(one, width=_COARSE, height=_COARSE) for one in pictures]
    return np.stack([resample(one, width=size, height=size) for one in coarse])


def occluded(pictures: Pixels, boxes: list[Box], region: Box) -> Pixels:
    """Return the pictures (k, s, s, 3) of a view with a region of the painting blurred in each. boxes: what each of them shows of it."""
    size, out, soft = pictures.shape[1], pictures.copy(), blurred(pictures)
    for number, (left, top, right, bottom) in enumerate(boxes):
        across = [round(size * (x - left) / (right - left)) for x in (region[0], region[2])]
        down = [round(size * (y - top) / (bottom - top)) for y in (region[1], region[3])]
        (x0, x1), (y0, y1) = (np.clip(side, 0, size) for side in (across, down))
        out[number, y0:y1, x0:x1] = soft[number, y0:y1, x0:x1]
    return out


def occluded_embeddings(
    encoder: Encoder,
    pictures: Pixels,
    boxes: list[Box],
    regions: list[Box],
    *,
    progress: Callable[[int], None] | None = None,
) -> npt.NDArray[np.float32]:
    """Return the embeddings (1 + n, d) of a painting as it is, and with each of n regions blurred. pictures (k, s, s, 3): its view."""

    def shown() -> Iterator[Pixels]:
        yield pictures
        for region in regions:
            yield occluded(pictures, boxes, region)

    found, waiting = [], []
    for number, one in enumerate(shown(), 1):
        waiting.append(one[0] if encoder.views == 1 else one)
        if len(waiting) == _BATCH or number == len(regions) + 1:
            found.append(encoder.encode(np.stack(waiting)))
            waiting.clear()
            if progress is not None:
                progress(number)
    return np.concatenate(found)


def above_average(values: Floats) -> Values:
    """Return values (n,), or (n, m) of pairs, less their mean along every axis in turn.

    Blurring makes a painting less like any other, and two paintings more like each other: what all places lose tells nothing of them.

    >>> above_average(np.array([1.0, 2.0, 6.0]))
    array([-2., -1.,  3.])
    """
    out = np.array(values, dtype=np.float64)
    for axis in range(out.ndim):
        out -= out.mean(axis=axis, keepdims=True)
    return out


def lost_by_occlusion(comparison: Comparison, first: Floats, second: Floats) -> tuple[Values, Values, Values]:
    """Return what the similarity loses by every region of the first picture (n,), of the second (m,), and by every pair of them (n, m).

    first (1 + n, d), second (1 + m, d): embeddings as `occluded_embeddings` returns them. For an inner product of embeddings that are
    sums over the regions, a pair's value is what its two regions add to it.
    """
    rows = np.concatenate([first, second]).astype(np.float32)
    n = len(first)
    every = comparison.over(rows).block(np.arange(n), np.arange(n, len(rows))).astype(np.float64)
    whole, without_first, without_second = every[0, 0], every[1:, :1], every[:1, 1:]
    return (
        whole - without_first[:, 0],
        whole - without_second[0],
        whole - without_first - without_second + every[1:, 1:],
    )
