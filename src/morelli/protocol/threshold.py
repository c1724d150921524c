"""The threshold on the similarity, from pairs that are not judged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.protocol.ranked import Ranked


def best_threshold(similarity: npt.NDArray[np.floating], same: npt.NDArray[np.bool_]) -> float:
    """Return the threshold with the best balanced accuracy on these pairs (n,): pairs at or above it are called the
    same artist.

    It lies midway between two neighbouring distinct similarities, so equal ones are never parted; of several equally
    good places the middle one is taken. Where all are equal it is that similarity (all are accepted). Raises ValueError
    for a nan or an empty class.

    >>> best_threshold(np.array([0.1, 0.2, 0.6, 0.9]), np.array([False, False, True, True]))
    0.4
    """
    ranked = Ranked(similarity, same)
    distinct = ranked.distinct
    if len(distinct) == 1:
        return float(distinct[0])
    false, true, _ = ranked.roc(np.ones(len(ranked.positive)), np.ones(len(ranked.negative)))
    # From the strictest cut between two similarities to the loosest; counts are exact, so equally good means equal.
    right = np.rint(true * len(ranked.positive)) * len(ranked.negative) - np.rint(false * len(ranked.negative)) * len(
        ranked.positive
    )
    good = right[1:-1][::-1]
    best = np.flatnonzero(good == good.max())
    place = int(best[(len(best) - 1) // 2])
    low, high = float(distinct[place]), float(distinct[place + 1])
    middle = low + (high - low) / 2
    return middle if low < middle else high
