"""Triplet accuracy, as source document 1 counts it: one triplet at a time, and in batches.

A triplet is a painting, one by the same artist, one by another. The source calls it right where the distance to the
first is *at most* that to the second, so a tie is right, and a system that says the same of everything is right always:
the figure is kept for the sake of the published one, and means little alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray, checked, checked_weights

BATCH = 4  # of the source
_CELLS = 8184  # twice 4,092: the sums of four fit 2^15 cells


def triplet_accuracy(
    near: npt.NDArray[np.floating], far: npt.NDArray[np.floating], *, weight: FloatArray | None = None
) -> float:
    """Return the share of triplets (n,) with `near`, the similarity to the same artist's, at least `far`, that to the
    other's.

    >>> triplet_accuracy(np.array([0.9, 0.5, 0.1]), np.array([0.1, 0.5, 0.9])).__round__(3)
    0.667
    """
    difference, weights = _checked(near, far, weight)
    return float(weights[difference >= 0].sum() / weights.sum())


def batched_triplet_accuracy(
    near: npt.NDArray[np.floating],
    far: npt.NDArray[np.floating],
    *,
    batch: int = BATCH,
    weight: FloatArray | None = None,
) -> float:
    """Return the share of batches whose mean `near` is at least their mean `far`, over all batches that can be drawn.

    similarities must be linear in the distance that the source averages (its negative is). Batches are of `batch`
    triplets drawn independently, with weights; their share is found exactly by convolution, on a grid of 4,092 steps
    from zero to the largest difference, rather than from some random batches.
    """
    difference, weights = _checked(near, far, weight)
    return BatchSums(difference, batch=batch).share(weights)


class BatchSums:
    """Differences (n,) laid on a grid once, so that batches can be counted under many weights."""

    def __init__(self, difference: FloatArray, *, batch: int = BATCH) -> None:
        """Lay out. batch: triplets whose differences are added."""
        if batch < 1:
            raise ValueError(f"batches of {batch}; use 1 or more")
        largest = float(np.abs(difference).max())
        step = 1.0 if largest == 0 else largest / (_CELLS / 2)
        self._cell = np.rint(difference / step).astype(np.int64) + _CELLS // 2
        self._batch = batch
        self._length = 1 << int(np.ceil(np.log2(batch * _CELLS + 1)))

    def share(self, weight: npt.NDArray[np.floating] | npt.NDArray[np.integer]) -> float:
        """Return the weighted share of batches with a sum of at least zero. weight (n,): not negative."""
        mass = np.bincount(self._cell, weights=weight, minlength=_CELLS + 1)
        sums = np.fft.irfft(np.fft.rfft(mass / mass.sum(), self._length) ** self._batch, self._length)
        return float(np.clip(sums[self._batch * (_CELLS // 2) :].sum(), 0.0, 1.0))


def _checked(
    near: npt.NDArray[np.floating], far: npt.NDArray[np.floating], weight: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    one, other = checked(near, what="triplets"), checked(far, what="triplets")
    if one.shape != other.shape:
        raise ValueError(f"triplets: {one.shape} near similarities, {other.shape} far ones")
    weights = checked_weights(weight, len(one), what="triplets")
    if not weights.sum() > 0:
        raise ValueError("triplets: no triplet has any weight")
    return one - other, weights
