"""Deciding at a threshold: accuracy, balanced accuracy, precision, recall, F1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray, checked_scores, checked_weights
from morelli.protocol.llr import class_weights


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Shares of pairs called the same artist, and what follows from them.

    true_accept: of the positives; false_accept: of the negatives; positive_share: positives among all pairs. All in [0,
    1].
    """

    true_accept: float
    false_accept: float
    positive_share: float

    def __post_init__(self) -> None:
        for value in (self.true_accept, self.false_accept, self.positive_share):
            if not -1e-9 <= value <= 1 + 1e-9:
                raise ValueError(f"{self}: shares lie between 0 and 1")

    @property
    def accuracy(self) -> float:
        """Share of pairs decided rightly."""
        return self.positive_share * self.true_accept + (1 - self.positive_share) * (1 - self.false_accept)

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the shares of positives and of negatives decided rightly; the accuracy where both are as many."""
        return (self.true_accept + 1 - self.false_accept) / 2

    @property
    def recall(self) -> float:
        """Share of positives called the same artist."""
        return self.true_accept

    @property
    def precision(self) -> float:
        """Share of positives among the pairs called the same artist. Raises ValueError where no pair is."""
        hits = self.positive_share * self.true_accept
        called = hits + (1 - self.positive_share) * self.false_accept
        if called <= 0:
            raise ValueError("precision: no pair is called the same artist; a rate of an empty set has no value")
        return hits / called

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). 0 where nothing is called the same artist."""
        hits = self.positive_share * self.true_accept
        called = hits + (1 - self.positive_share) * self.false_accept
        return 2 * hits / (called + self.positive_share)


def rates_at(
    similarity: npt.NDArray[np.floating],
    same: npt.NDArray[np.bool_],
    *,
    threshold: float,
    weight: FloatArray | None = None,
) -> Rates:
    """Decide pairs (n,) at a threshold: a similarity equal to it is accepted.

    weight (n,): of pairs, inside each class; the classes keep their shares by count. Raises ValueError for a nan or an
    empty class.

    >>> rates = rates_at(np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, False, True, True]), threshold=0.4)
    >>> rates.accuracy, rates.precision, rates.recall, round(rates.f1, 3)
    (0.75, 0.6666666666666666, 1.0, 0.8)
    """
    values, labels = checked_scores(similarity, same, what="rates_at")
    if np.isnan(threshold):
        raise ValueError("rates_at: the threshold is nan")
    share = class_weights(labels, checked_weights(weight, len(values), what="rates_at"))
    accepted = values >= threshold
    positive_share = float(np.mean(labels))
    return Rates(
        true_accept=float(share[labels & accepted].sum()) / positive_share,
        false_accept=float(share[~labels & accepted].sum()) / (1 - positive_share),
        positive_share=positive_share,
    )
