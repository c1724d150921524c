"""N-way K-shot: N artists, K paintings of each to learn from; whose is another painting?

An episode draws N artists, K references of each and a query by one of them; the answer is the artist with the largest
mean similarity of its K references to the query. What counts is the share of right answers over all episodes. It is not
estimated from some random episodes: given a query's score with its own artist's references, and with those of every
other artist, the chance that none of N - 1 others drawn at random does better is known exactly (hypergeometric). Only
references and queries are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import FewShot
from morelli.protocol.intervals import interval
from morelli.protocol.pairs import Labels
from morelli.protocol.retrieval import Block, IntArray

WAYS = (5, 20)
SHOTS = (1, 5)
QUERIES = 20  # of an artist at most: prolific artists decide no more than others
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Contest:
    """Queries against references of all artists.

    owner (q,): number of each query's artist. ahead, level (q, a): whether an artist's references score more than the
    owner's own, or the same; both False for the owner.
    """

    owner: IntArray
    ahead: npt.NDArray[np.bool_]
    level: npt.NDArray[np.bool_]


def evaluate_few_shot(
    block: Block,
    artist: Labels,
    rows: npt.NDArray[np.integer],
    *,
    group: str,
    ways: Sequence[int] = WAYS,
    shots: Sequence[int] = SHOTS,
    queries: int = QUERIES,
    resamples: int = 1000,
    seed: int = 0,
) -> list[FewShot]:
    """Return the accuracy for every N of `ways` and K of `shots` that the rows allow: N artists with K + 1 paintings.

    artist (n,): of the whole catalogue, one name an artist. rows (m,): the paintings. Artists count alike, whatever
    their number of paintings. Intervals are over artists, each both as an owner of queries and as one who stands in the
    way of others'. Raises ValueError for a nan.
    """
    found = []
    for shot in shots:
        pool = _with_enough(artist, np.asarray(rows, dtype=np.int64), shot + 1)
        names = np.unique(artist[pool].astype(str))
        possible = [way for way in ways if 2 <= way <= len(names)]
        if not possible:
            continue
        contest = hold_contest(block, artist, pool, shots=shot, queries=queries, seed=seed)
        drawn = (
            draw_artists(np.zeros(len(names), dtype=np.int64), resamples=resamples, seed=seed) if resamples else None
        )
        for way in possible:
            found.append(
                FewShot(group=group, ways=way, shots=shot, accuracy=count_accuracy(contest, ways=way, drawn=drawn))
            )
    return found


def hold_contest(
    block: Block, artist: Labels, rows: IntArray, *, shots: int, queries: int = QUERIES, seed: int = 0
) -> Contest:
    """Draw queries, at most so many an artist, and for each query K references of every artist, and compare.

    Every artist must have K + 1 paintings among the rows. Raises ValueError for a nan.
    """
    rng = np.random.default_rng([seed, shots, 13])
    _, code = np.unique(artist[rows].astype(str), return_inverse=True)
    mixed = rng.permutation(len(rows))
    mixed = mixed[np.argsort(code[mixed], kind="stable")]
    count = np.bincount(code)
    starts = np.cumsum(count) - count
    rank = np.arange(len(rows)) - np.repeat(starts, count)
    asked = mixed[rank < queries]
    owner = code[asked]
    ahead, level = (np.zeros((len(asked), len(count)), dtype=bool) for _ in range(2))
    for start in range(0, len(asked), _CHUNK):
        part = asked[start : start + _CHUNK]
        similarity = np.asarray(block(rows[part], rows), dtype=np.float64)
        if np.isnan(similarity).any():
            raise ValueError(f"few shots: {int(np.isnan(similarity).sum())} similarities are nan; find out why")
        lot = rng.random(similarity.shape)
        lot[np.arange(len(part)), part] = np.inf  # a query is no reference
        score = np.empty((len(part), len(count)))
        for one in range(len(count)):
            mine = mixed[starts[one] : starts[one] + count[one]]
            chosen = mine[np.argpartition(lot[:, mine], shots - 1, axis=1)[:, :shots]]
            score[:, one] = np.take_along_axis(similarity, chosen, axis=1).mean(axis=1)
        at, of = np.arange(len(part)), owner[start : start + _CHUNK]
        ahead[start : start + _CHUNK] = score > score[at, of][:, None]
        level[start : start + _CHUNK] = score == score[at, of][:, None]
    level[np.arange(len(asked)), owner] = False
    return Contest(owner, ahead, level)


def count_accuracy(contest: Contest, *, ways: int, drawn: npt.NDArray[np.int64] | None) -> Estimate:
    """Return the share of right answers among `ways` artists, the owner one of them, equal scores in random order.

    drawn (b, a): how often each artist is drawn in each resample; None leaves the interval nan.
    """
    n = contest.ahead.shape[1]
    ahead, level = contest.ahead.sum(axis=1), contest.level.sum(axis=1)
    weight = 1 / np.bincount(contest.owner, minlength=n)[contest.owner]
    value = float(weight @ _chance(n - 1, ways, ahead, level) / n)
    low = high = float("nan")
    if drawn is not None and n > ways:
        there = _chance(n - 2, ways, ahead, level)
        gain_ahead = _chance(n - 2, ways, np.maximum(ahead - 1, 0), level) - there
        gain_level = _chance(n - 2, ways, ahead, np.maximum(level - 1, 0)) - there
        right = np.full(n, weight @ there)
        for start in range(0, len(weight), _CHUNK):  # a product makes numbers of what is held as truth values
            part = slice(start, start + _CHUNK)
            right += (weight * gain_ahead)[part] @ contest.ahead[part] + (weight * gain_level)[part] @ contest.level[
                part
            ]
        own = np.bincount(contest.owner, weights=weight * there, minlength=n)
        without = (right - own) / (n - 1)
        influence = (n - 1) / n * (without.mean() - without)
        low, high = interval(value, value + (drawn - 1) @ influence, n_artists=n, scale="share")
    return Estimate(value=value, low=low, high=high, n_pairs=len(contest.owner), n_artists=n)


def _chance(others: int, ways: int, ahead: IntArray, level: IntArray) -> FloatArray:
    """Return the chance (q,) that none of ways - 1 artists drawn from `others` stands before the owner.

    ahead (q,): how many of the others do; level (q,): how many are equal, each order of equals alike likely.
    """
    steps = np.arange(others)
    missed = np.cumprod(np.maximum(others - steps - (ways - 1), 0) / np.maximum(others - steps, 1))
    total = np.append(0.0, np.cumsum(np.append(1.0, missed)))
    chance: FloatArray = (total[np.minimum(ahead + level, others) + 1] - total[ahead]) / (level + 1)
    return chance


def _with_enough(artist: Labels, rows: IntArray, least: int) -> IntArray:
    _, code, count = np.unique(artist[rows].astype(str), return_inverse=True, return_counts=True)
    return rows[count[code] >= least]
