"""How good log-likelihood ratios are: Cllr, its minimum, calibration error, Brier score.

Likelihood ratios are in natural logarithms; costs are in bits, as Brümmer and du Preez (2006) define them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray, checked_scores, checked_weights
from morelli.protocol.isotonic import isotonic_probability

Scores = npt.NDArray[np.floating]
Same = npt.NDArray[np.bool_]
ECE_BINS = 15


def class_weights(same: Same, weight: FloatArray, *, prior: float | None = None) -> FloatArray:
    """Scale weights (n,) so that positives weigh `prior` together and negatives the rest (None: their share of the
    pairs by count).

    Raises ValueError where a class has no weight at all.
    """
    share = float(np.mean(same)) if prior is None else prior
    mass = float(weight[same].sum()), float(weight[~same].sum())
    if min(mass) <= 0:
        raise ValueError("one class of pairs has no weight")
    return weight * np.where(same, share / mass[0], (1 - share) / mass[1])


def cllr(llr: Scores, same: Same, *, weight: FloatArray | None = None) -> float:
    """Return the cost of log-likelihood ratios (n,), in bits: 0 is perfect, 1 is what llr = 0 everywhere costs; no
    upper limit.

    Half the mean of log2(1 + e^-llr) over the positives and half that of log2(1 + e^llr) over the negatives.

    >>> cllr(np.zeros(4), np.array([True, True, False, False]))
    1.0
    """
    values, labels = checked_scores(llr, same, what="cllr")
    share = class_weights(labels, checked_weights(weight, len(values), what="cllr"), prior=0.5)
    return float(share @ llr_cost(values, labels))


def llr_cost(llr: FloatArray, same: Same) -> FloatArray:
    """Return what each pair (n,) costs in bits: log2(1 + e^-llr) for a positive, log2(1 + e^llr) for a negative."""
    cost: FloatArray = np.logaddexp(0.0, np.where(same, -llr, llr)) / np.log(2)
    return cost


def min_cllr(similarity: Scores, same: Same, *, weight: FloatArray | None = None) -> float:
    """Return the cllr after the best monotone calibration of these very pairs (isotonic): what cannot be mended by
    calibrating.

    similarity (n,): larger is more alike; any increasing function of it gives the same figure. In [0, 1].
    """
    values, labels = checked_scores(similarity, same, what="min_cllr")
    share = class_weights(labels, checked_weights(weight, len(values), what="min_cllr"), prior=0.5)
    _, probability, place = isotonic_probability(values, labels, share)
    right = np.where(labels, probability[place], 1 - probability[place])
    # A pair on the certain side costs nothing; one on the impossible side cannot be, unless it weighs nothing.
    return float(-(share @ np.log2(np.where(share > 0, right, 1.0))))


def brier(llr: Scores, same: Same, *, weight: FloatArray | None = None) -> float:
    """Return the mean squared error of P(same) at a prior of one half: 0 perfect, 0.25 for llr = 0 everywhere, 1 the
    worst.

    The classes weigh as they are in the set: on balanced pairs, one half each.
    """
    values, labels = checked_scores(llr, same, what="brier")
    share = class_weights(labels, checked_weights(weight, len(values), what="brier"))
    return float(share @ (expit(values) - labels) ** 2)


def ece(llr: Scores, same: Same, *, weight: FloatArray | None = None, bins: int = ECE_BINS) -> float:
    """Return the expected calibration error of P(same) at a prior of one half, over bins of equal mass.

    The mean over the bins of |mean probability - share of positives|, each by its weight. Equal probabilities never
    part, so bins may differ in mass. Above 0 by chance alone, the more so the fewer pairs a bin has. In [0, 1].
    """
    values, labels = checked_scores(llr, same, what="ece")
    share = class_weights(labels, checked_weights(weight, len(values), what="ece"))
    place = equal_mass_bins(values, bins=bins)
    gap = np.bincount(place, weights=share * (expit(values) - labels), minlength=bins)
    return float(np.abs(gap).sum())


def equal_mass_bins(value: FloatArray, *, bins: int = ECE_BINS) -> npt.NDArray[np.int64]:
    """Return the bin (n,), 0 to bins - 1, of each value: by rank, equal values together.

    >>> equal_mass_bins(np.array([0.1, 0.2, 0.2, 0.9]), bins=2).tolist()
    [0, 0, 0, 1]
    """
    if bins < 1:
        raise ValueError(f"{bins} bins; use 1 or more")
    ranked = np.sort(value)
    rank = np.searchsorted(ranked, value, side="left")
    return rank * bins // len(value)


def expit(llr: Scores) -> FloatArray:
    """Return 1 / (1 + e^-llr), without overflow."""
    small = np.exp(-np.abs(np.asarray(llr, dtype=np.float64)))
    return np.where(np.asarray(llr) >= 0, 1 / (1 + small), small / (1 + small))
