"""What every metric asks of its arrays before it counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def checked_scores(
    score: npt.NDArray[np.floating[Any]], same: npt.NDArray[np.bool_], *, what: str
) -> tuple[FloatArray, BoolArray]:
    """Return scores (n,) as float64 and labels (n,) as bool.

    Raises ValueError for a nan, for lengths that differ, and where either class is empty: there is no rate of an empty
    set.
    """
    scores, labels = checked(score, what=what), np.asarray(same)
    if labels.dtype != np.bool_:
        raise ValueError(f"{what}: same must be bool, not {labels.dtype}")
    if labels.shape != scores.shape:
        raise ValueError(f"{what}: {scores.shape} scores for {labels.shape} labels")
    positives = int(labels.sum())
    if positives == 0 or positives == len(labels):
        kind = "same" if positives == 0 else "different"
        raise ValueError(f"{what}: no pair by {kind} artists among {len(labels)}; a rate of an empty set has no value")
    return scores, labels


def checked(score: npt.NDArray[np.floating[Any]], *, what: str) -> FloatArray:
    """Return scores (n,) as float64. Raises ValueError for a nan, another rank, or none at all."""
    scores = np.asarray(score, dtype=np.float64)
    if scores.ndim != 1 or not len(scores):
        raise ValueError(f"{what}: expected scores (n,) with n at least 1, got {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError(
            f"{what}: {int(np.isnan(scores).sum())} of {len(scores)} scores are nan; find out why before judging"
        )
    return scores


def checked_weights(weight: npt.NDArray[Any] | None, n: int, *, what: str) -> FloatArray:
    """Return weights (n,), not negative, of ones where none are given."""
    if weight is None:
        return np.ones(n)
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != (n,) or not (weights >= 0).all() or not np.isfinite(weights).all():
        raise ValueError(f"{what}: weights must be ({n},), finite and not negative")
    return weights
