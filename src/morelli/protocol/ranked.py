"""Positives and negatives, each sorted once by similarity, so that ranking figures can be counted again under many
weights.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray, checked_scores

Weights = npt.NDArray[Any]


class Ranked:
    """The order of a set of pairs by similarity.

    positive_order (p,), negative_order (m,): places in the input arrays, by rising similarity. All weights below are in
    these orders, (p,) and (m,): not negative, each with a positive sum; only their ratios inside a class matter. below,
    not_above (p,): how many negatives lie below each positive, and not above it; not_above is None where no positive
    ties with a negative.
    """

    def __init__(self, similarity: npt.NDArray[np.floating], same: npt.NDArray[np.bool_]) -> None:
        """Sort. similarity, same (n,). Raises ValueError for a nan and where either class is empty."""
        values, labels = checked_scores(similarity, same, what="ranking")
        positives, negatives = np.flatnonzero(labels), np.flatnonzero(~labels)
        self.positive_order = positives[np.argsort(values[positives], kind="stable")]
        self.negative_order = negatives[np.argsort(values[negatives], kind="stable")]
        self.positive: FloatArray = values[self.positive_order]
        self.negative: FloatArray = values[self.negative_order]
        self.below = np.searchsorted(self.negative, self.positive, side="left")
        not_above = np.searchsorted(self.negative, self.positive, side="right")
        self.not_above = None if np.array_equal(self.below, not_above) else not_above

    @cached_property
    def distinct(self) -> FloatArray:
        """Distinct similarities, rising, (k,)."""
        return np.unique(np.concatenate([self.positive, self.negative]))

    @cached_property
    def _edges(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """How many positives and negatives lie below each distinct similarity, and below infinity: (k + 1,) each."""
        positives = np.append(np.searchsorted(self.positive, self.distinct), len(self.positive))
        negatives = np.append(np.searchsorted(self.negative, self.distinct), len(self.negative))
        return positives, negatives

    @cached_property
    def _runs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
        """The block of each positive and of each negative, and the number of blocks.

        Neighbouring similarities that only one class has end in one block of any isotonic fit, whatever the weights.
        """
        positives, negatives = (np.diff(edge) for edge in self._edges)
        kind = np.where(negatives == 0, 1, np.where(positives == 0, -1, 0))
        new = np.concatenate([[True], (kind[1:] != kind[:-1]) | (kind[1:] == 0)])
        block = np.cumsum(new) - 1
        return np.repeat(block, positives), np.repeat(block, negatives), int(block[-1]) + 1

    def auc(self, positive: Weights, negative: Weights) -> float:
        """Return the weighted share of (positive, negative) that stand in the right order; ties count one half."""
        # Whole numbers are summed as whole numbers: exact, and several times faster than floats.
        before = np.zeros(len(negative) + 1, dtype=np.int64 if negative.dtype.kind in "iu" else np.float64)
        np.cumsum(negative, out=before[1:])
        wins: npt.NDArray[Any] = before.take(self.below)
        if self.not_above is not None:
            wins = (wins + before.take(self.not_above)) / 2
        mass = float(positive.sum(dtype=np.float64)) * float(before[-1])
        return float(np.dot(positive.astype(np.float64, copy=False), wins.astype(np.float64, copy=False)) / mass)

    def eer(self, positive: Weights, negative: Weights) -> float:
        """Return the error rate at which false rejects equal false accepts, on the ROC curve drawn with straight
        lines.
        """
        rejected, accepted = self._cumulative(positive), self._cumulative(negative)
        edge_positive, edge_negative = self._edges

        def rates(k: int) -> tuple[float, float]:
            return float(rejected[edge_positive[k]]), 1.0 - float(accepted[edge_negative[k]])

        low, high = 0, len(edge_positive) - 1  # nothing rejected; everything rejected
        while high - low > 1:
            middle = (low + high) // 2
            miss, alarm = rates(middle)
            low, high = (middle, high) if miss < alarm else (low, middle)
        (miss_low, alarm_low), (miss_high, alarm_high) = rates(low), rates(high)
        gap_low, gap_high = alarm_low - miss_low, miss_high - alarm_high
        return miss_low + (miss_high - miss_low) * gap_low / (gap_low + gap_high)

    def min_cllr(self, positive: Weights, negative: Weights) -> float:
        """Return the cllr after the best monotone calibration, in bits."""
        from morelli.protocol.isotonic import pool_adjacent_violators

        block_positive, block_negative, blocks = self._runs
        hit = np.bincount(block_positive, weights=positive, minlength=blocks)
        other = np.bincount(block_negative, weights=negative, minlength=blocks)
        hit, other = hit / hit.sum(), other / other.sum()
        heavy = hit + other > 0
        hit, other = hit[heavy], other[heavy]
        p = pool_adjacent_violators(hit / (hit + other), hit + other)
        cost = hit @ np.log2(np.where(hit > 0, p, 1.0)) + other @ np.log2(np.where(other > 0, 1 - p, 1.0))
        return float(-cost / 2)

    def accepted(self, positive: Weights, negative: Weights, *, threshold: float) -> tuple[float, float]:
        """Return the share of positives and of negatives with a similarity of at least the threshold."""
        first_positive = int(np.searchsorted(self.positive, threshold))
        first_negative = int(np.searchsorted(self.negative, threshold))
        return (
            float(positive[first_positive:].sum(dtype=np.float64) / positive.sum(dtype=np.float64)),
            float(negative[first_negative:].sum(dtype=np.float64) / negative.sum(dtype=np.float64)),
        )

    def roc(self, positive: Weights, negative: Weights) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the ROC curve: false-accept rate, true-accept rate (k + 1,), rising from (0, 0) to (1, 1), and
        thresholds, falling.
        """
        rejected, accepted = self._cumulative(positive), self._cumulative(negative)
        edge_positive, edge_negative = self._edges
        thresholds = np.append(self.distinct, np.inf)
        return (1 - accepted[edge_negative])[::-1], (1 - rejected[edge_positive])[::-1], thresholds[::-1]

    @staticmethod
    def _cumulative(weight: Weights) -> FloatArray:
        total = np.zeros(len(weight) + 1)
        np.cumsum(weight, out=total[1:])
        total /= total[-1]
        return total
