"""Bootstrap over artists: figures counted again with artists drawn anew.

An artist drawn w times weighs its positives w; a negative between artists a and b weighs w_a w_b; copies of one artist
are never paired with each other. Nothing is copied: pairs are sorted once, and every resample only weighs them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray

IntArray = npt.NDArray[np.int64]
Weights = npt.NDArray[Any]
Statistic = Callable[[Weights, Weights], npt.NDArray[np.float64]]
"""Weights of positives (p,) and negatives (m,) -> figures (f,); nan where a figure has no value under these weights."""

_TABLE_ARTISTS = 512  # up to here the products w_a w_b fit a small table, which is read faster than two rows
_ATTEMPTS = 1000


def draw_artists(stratum: npt.NDArray[np.integer], *, resamples: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw artists with replacement -> how often each was drawn (resamples, n_artists).

    stratum (n_artists,): a number; from each stratum as many are drawn as it has (seen and unseen artists are two
    populations). A draw of a single artist of a stratum with several holds no negative, and is drawn again.
    """
    if resamples < 1:
        raise ValueError(f"{resamples} resamples; use 1 or more")
    rng = np.random.default_rng([seed, len(stratum), 7])
    drawn = np.zeros((resamples, len(stratum)), dtype=np.int64)
    for one in np.unique(stratum):
        members = np.flatnonzero(stratum == one)
        share = np.full(len(members), 1 / len(members))
        drawn[:, members] = rng.multinomial(len(members), share, size=resamples)
        for _ in range(_ATTEMPTS):
            alone = (drawn[:, members] > 0).sum(axis=1) < min(2, len(members))
            if not alone.any():
                break
            drawn[np.ix_(alone, members)] = rng.multinomial(len(members), share, size=int(alone.sum()))
    return drawn


def leave_one_out(n_artists: int) -> npt.NDArray[np.int64]:
    """Return weights (n_artists, n_artists) that leave out one artist each."""
    return np.ones((n_artists, n_artists), dtype=np.int64) - np.eye(n_artists, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class PairWeigher:
    """Turns weights of artists into weights of pairs.

    positive (p,): the artist of each positive, 0 to n_artists - 1. first, second (m,): the two artists of each
    negative. positive_stratum (p,), negative_stratum (m,): numbers from 0, or None; the strata of a class keep their
    shares by count under any weights (the mix is half cross pairs by design, not by chance).
    """

    n_artists: int
    positive: IntArray
    first: IntArray
    second: IntArray
    positive_stratum: IntArray | None = None
    negative_stratum: IntArray | None = None

    def __post_init__(self) -> None:
        if (self.first == self.second).any():
            raise ValueError("a negative between an artist and itself")
        object.__setattr__(self, "_pair", self.first * self.n_artists + self.second)

    def weigh(self, artist_weight: Weights) -> tuple[Weights, Weights]:
        """Return the weights of positives (p,) and negatives (m,) under weights of artists (n_artists,)."""
        if self.n_artists <= _TABLE_ARTISTS:
            pair: IntArray = self._pair  # type: ignore[attr-defined]
            negative = np.outer(artist_weight, artist_weight).ravel().take(pair)
        else:
            negative = artist_weight.take(self.first) * artist_weight.take(self.second)
        positive = artist_weight.take(self.positive)
        return _keep_shares(positive, self.positive_stratum), _keep_shares(negative, self.negative_stratum)


def _keep_shares(weight: Weights, stratum: IntArray | None) -> Weights:
    if stratum is None:
        return weight
    count = np.bincount(stratum)
    mass = np.bincount(stratum, weights=weight)
    return weight * np.divide(count, mass, out=np.zeros(len(count)), where=mass > 0)[stratum]


def count_again(
    statistic: Statistic, weigher: PairWeigher, artist_weights: npt.NDArray[Any], *, threads: int = 2
) -> FloatArray:
    """Count figures under each row of artists' weights (b, n_artists) -> (b, f). Rows that leave a class empty give
    nan.

    The threads share the work; numpy lets go of the interpreter's lock, and the answer does not depend on their number.
    """

    def one(row: Weights) -> npt.NDArray[np.float64] | None:
        positive, negative = weigher.weigh(row)
        return statistic(positive, negative) if positive.any() and negative.any() else None

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            counted = list(pool.map(one, artist_weights))
    else:
        counted = [one(row) for row in artist_weights]
    width = max((len(found) for found in counted if found is not None), default=0)
    return np.array([np.full(width, np.nan) if found is None else found for found in counted])
