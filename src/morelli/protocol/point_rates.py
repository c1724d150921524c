"""What a pair of thresholds does to all pairs of some artists: error rates with intervals over artists."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.protocol.all_pairs import AllPairs, IntArray
from morelli.protocol.arrays import FloatArray
from morelli.protocol.estimate import Estimate
from morelli.protocol.intervals import interval


def count_rates(
    pairs: AllPairs, *, upper: float | None, lower: float | None, drawn: npt.NDArray[np.int64]
) -> dict[str, Estimate]:
    """Return the rates that `OperatingPoint` names, each with its 95 % interval.

    drawn (b, n_artists): how often each artist is drawn in each resample, as `draw_artists` gives it; the thresholds
    stay where they are. The pairs are added up by artist, and by pair of artists, once; a resample then is a product of
    matrices: an artist drawn w times weighs its positives w, a negative between two artists w_a w_b.
    """
    positive, negative = _regions(pairs.positive, upper, lower), _regions(pairs.negative, upper, lower)
    weights = np.concatenate([np.ones((1, pairs.n_artists)), drawn]).astype(np.float64)
    whole = _masses(pairs, slice(None), slice(None), weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        same = _masses(pairs, positive[0], negative[0], weights) / whole
        different = _masses(pairs, positive[1], negative[1], weights) / whole
        rates = {
            "false_accept": same[1],
            "miss": different[0],
            "precision": same[0] / same.sum(axis=0),
            "precision_different": different[1] / different.sum(axis=0),
            "undecided": 1 - (same + different).sum(axis=0) / 2,
        }
    p, m, n = len(pairs.positive), len(pairs.negative), pairs.n_artists
    counted = {
        "false_accept": m,
        "miss": p,
        "precision": _length(positive[0]) + _length(negative[0]),
        "precision_different": _length(positive[1]) + _length(negative[1]),
        "undecided": p + m,
    }
    never = (("false_accept", "precision") if upper is None else ()) + (
        ("miss", "precision_different") if lower is None else ()
    )
    estimates = {}
    for name, values in rates.items():
        value = float(np.clip(values[0], 0.0, 1.0))
        if np.isnan(value) or name in never:
            continue
        low, high = interval(value, np.clip(values[1:], 0.0, 1.0), n_artists=n, scale="share")
        estimates[name] = Estimate(value=value, low=low, high=high, n_pairs=counted[name], n_artists=n)
    return estimates


def _masses(pairs: AllPairs, positive: slice, negative: slice, weights: FloatArray) -> FloatArray:
    """Return what some positives and some negatives weigh under each row of artists' weights (b, n) -> (2, b)."""
    n, code = pairs.n_artists, pairs.first * pairs.n_artists + pairs.second
    own = np.bincount(pairs.artist[positive], weights=pairs.positive_weight[positive], minlength=n)
    between = np.bincount(code[negative], weights=pairs.negative_weight[negative], minlength=n * n).reshape(n, n)
    return np.stack([weights @ own, ((weights @ between) * weights).sum(axis=1)])


def count_artists(pairs: AllPairs, *, upper: float | None, lower: float | None) -> tuple[int, int]:
    """Return how many distinct pairs of artists are called the same, and how many artists' own pairs different."""
    accepted, rejected = _regions(pairs.negative, upper, lower)[0], _regions(pairs.positive, upper, lower)[1]
    return len(np.unique(artist_pair(pairs)[accepted])), len(np.unique(pairs.artist[rejected]))


def artist_pair(pairs: AllPairs) -> IntArray:
    """Return one number for each negative's pair of artists, whichever comes first."""
    return np.minimum(pairs.first, pairs.second) * pairs.n_artists + np.maximum(pairs.first, pairs.second)


def _regions(similarity: FloatArray, upper: float | None, lower: float | None) -> tuple[slice, slice]:
    """Return where rising similarities are called the same, and where different."""
    size = len(similarity)
    same_from = size if upper is None else int(np.searchsorted(similarity, upper, side="left"))
    different_to = 0 if lower is None else int(np.searchsorted(similarity, lower, side="right"))
    return slice(same_from, size), slice(0, min(different_to, same_from))


def _length(region: slice) -> int:
    return int(region.stop - region.start)
