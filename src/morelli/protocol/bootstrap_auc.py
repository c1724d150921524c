"""The bootstrap of the AUC alone, for millions of pairs: the same figures as `count_again` with `Ranked.auc`, without
new memory a resample.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray
from morelli.protocol.bootstrap import PairWeigher
from morelli.protocol.ranked import Ranked


def count_auc_again(
    ranked: Ranked, weigher: PairWeigher, drawn: npt.NDArray[np.int64], *, threads: int = 2
) -> FloatArray:
    """Return the AUC under each row of whole-number artists' weights (b, n_artists) -> (b,); nan where a class has no
    weight.

    weigher: of the pairs in the orders of `ranked`, without strata. Each thread keeps five arrays of the size of a
    class: fresh ones for every resample would cost more in page faults than all the arithmetic.
    """
    if weigher.positive_stratum is not None or weigher.negative_stratum is not None:
        raise ValueError("count_auc_again knows no strata; use count_again")
    parts = [part for part in np.array_split(np.arange(len(drawn)), max(1, threads)) if len(part)]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        counted = list(pool.map(lambda part: _count(ranked, weigher, drawn[part]), parts))
    return np.concatenate(counted)


def _count(ranked: Ranked, weigher: PairWeigher, drawn: npt.NDArray[np.int64]) -> FloatArray:
    below, not_above = ranked.below, ranked.not_above
    p, m = len(ranked.positive), len(ranked.negative)
    positive, wins, ties = np.empty(p, dtype=np.int64), np.empty(p, dtype=np.int64), np.empty(p, dtype=np.int64)
    negative, second = np.empty(m, dtype=np.int64), np.empty(m, dtype=np.int64)
    before = np.zeros(m + 1, dtype=np.int64)
    found = np.full(len(drawn), np.nan)
    for row, weight in enumerate(drawn):
        # mode="clip" only so that take writes straight into `out`; all places are within bounds.
        weight.take(weigher.first, out=negative, mode="clip")
        weight.take(weigher.second, out=second, mode="clip")
        np.multiply(negative, second, out=negative)
        np.cumsum(negative, out=before[1:])
        weight.take(weigher.positive, out=positive, mode="clip")
        mass = int(positive.sum()) * int(before[-1])
        before.take(below, out=wins, mode="clip")
        if not_above is not None:
            wins += before.take(not_above, out=ties, mode="clip")
        np.multiply(positive, wins, out=wins)
        if mass:
            # Sums of whole numbers: far below 2^63 for a billion pairs and weights in the tens.
            found[row] = int(wins.sum()) / mass / (1 if not_above is None else 2)
    return found
