"""Ranking: AUC, ROC curve, equal error rate. Only the order of similarities matters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray, checked_weights
from morelli.protocol.ranked import Ranked

Scores = npt.NDArray[np.floating]
Same = npt.NDArray[np.bool_]


def auc(similarity: Scores, same: Same, *, weight: FloatArray | None = None) -> float:
    """Return the chance that a positive is more alike than a negative, ties counting one half. In [0, 1].

    similarity (n,): larger is more alike. same (n,): bool. weight (n,): of pairs. Raises ValueError for a nan or an
    empty class.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    ranked = Ranked(similarity, same)
    return ranked.auc(*_by_class(ranked, weight))


def equal_error_rate(similarity: Scores, same: Same, *, weight: FloatArray | None = None) -> float:
    """Return the rate at which false rejects equal false accepts, on the ROC curve with straight lines between its
    points. In [0, 1].

    Equal similarities are one point of the curve, so a constant gives exactly 0.5. (The convex hull of the curve, which
    some toolkits use instead, gives the same or less.)

    >>> equal_error_rate(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.5
    """
    ranked = Ranked(similarity, same)
    return ranked.eer(*_by_class(ranked, weight))


def roc_curve(
    similarity: Scores, same: Same, *, weight: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return false-accept rates, true-accept rates and thresholds, (k + 1,) each for k distinct similarities.

    The rates rise from (0, 0), at threshold infinity, to (1, 1); a similarity equal to the threshold is accepted.
    """
    ranked = Ranked(similarity, same)
    return ranked.roc(*_by_class(ranked, weight))


def _by_class(ranked: Ranked, weight: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    weights = checked_weights(weight, len(ranked.positive) + len(ranked.negative), what="ranking")
    positive, negative = weights[ranked.positive_order], weights[ranked.negative_order]
    if not (positive.sum() > 0 and negative.sum() > 0):
        raise ValueError("ranking: one class of pairs has no weight")
    return positive, negative
