"""How good scores of the competition's pairs are: AUC of all, both seen, both unseen; false accepts of cross pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import KaggleError
from morelli.kaggle.long_table import IntArray
from morelli.kaggle.pairs import Pairs
from morelli.kaggle.solution import Artists, BoolArray, Solution
from morelli.protocol.bootstrap import PairWeigher, draw_artists
from morelli.protocol.bootstrap_auc import count_auc_again
from morelli.protocol.estimate import Estimate
from morelli.protocol.intervals import interval
from morelli.protocol.ranked import Ranked
from morelli.protocol.roc import auc

Scores = npt.NDArray[np.float32]
SPREAD_PAIRS = 2_000_000  # different-artist pairs whose figure is counted again for an interval


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of a set of pairs: the AUC, or the false-accept rate of the cross pairs; same: how many of its pairs are by one artist."""

    estimate: Estimate
    same: int


def judge_pairs(
    score: Scores,
    pairs: Pairs,
    solution: Solution,
    *,
    threshold: float,
    resamples: int = 200,
    seed: int = 0,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Mapping[str, Figure]:
    """Return the figures of `all`, `public`, `private`, `both seen`, `both unseen`, `cross`: those whose pairs are known.

    The AUC is exact, ties counting one half, over every pair that has an answer. Its interval is the protocol's: the figure counted again
    with artists drawn anew (seen and unseen ones each by themselves), on every same-artist pair and on two million of the others: the
    spread comes from artists, and so many pairs add less than 0.001 to its standard error, in quadrature.
    threshold: a cross pair at or above it is a false accept. resamples: 0 for no intervals; there are none either where nobody says who
    painted what. Raises KaggleError where no AUC can be counted.
    """
    figures: dict[str, Figure] = {}
    bootstrap = _Bootstrap(pairs, solution.artists, resamples=resamples, seed=seed, threads=threads)
    sets = _sets(pairs, solution)
    for number, (name, rows) in enumerate(sets.items()):
        if progress is not None:
            progress(number, len(sets))
        same = solution.same[rows] == 1
        positives = int(same.sum())
        if positives in (0, len(rows)):
            if name == "all":
                raise KaggleError("the pairs are all by one artist or all by two; there is no AUC of such a set")
            continue
        value = auc(score[rows], same)
        low, high, artists = bootstrap.auc(value, score, rows, same)
        estimate = Estimate(value=value, low=low, high=high, n_pairs=len(rows), n_artists=artists)
        figures[name] = Figure(estimate=estimate, same=positives)
    if solution.artists is not None:
        one, other = _seen(pairs, solution.artists)
        cross = np.flatnonzero((one >= 0) & (other >= 0) & (one != other) & (solution.same == 0))
        if len(cross):
            accepted = score[cross].astype(np.float64) >= threshold
            value = float(accepted.mean())
            low, high, artists = bootstrap.share(value, accepted, cross)
            estimate = Estimate(value=value, low=low, high=high, n_pairs=len(cross), n_artists=artists)
            figures["cross"] = Figure(estimate=estimate, same=0)
    return figures


def _sets(pairs: Pairs, solution: Solution) -> Mapping[str, IntArray]:
    """Return the rows of every set of pairs."""
    known = solution.same >= 0
    sets: dict[str, IntArray] = {"all": np.flatnonzero(known)}
    sets |= {name: np.flatnonzero(known & inside) for name, inside in solution.usage.items()}
    if solution.artists is not None:
        one, other = _seen(pairs, solution.artists)
        sets["both seen"] = np.flatnonzero(known & (one == 1) & (other == 1))
        sets["both unseen"] = np.flatnonzero(known & (one == 0) & (other == 0))
    return sets


def _seen(pairs: Pairs, artists: Artists) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Return for both pictures of each pair (n,): 1 seen, 0 unseen, -1 unknown."""
    of = np.where(artists.of >= 0, artists.seen[artists.of], -1).astype(np.int8)
    return of[pairs.first], of[pairs.second]


class _Bootstrap:
    """Intervals over artists of figures of rows of `pairs`. With them comes how many artists the rows are of."""

    def __init__(self, pairs: Pairs, artists: Artists | None, *, resamples: int, seed: int, threads: int) -> None:
        self._pairs, self._artists, self._seed, self._threads = pairs, artists, seed, threads
        self._drawn = np.empty((0, 0), dtype=np.int64)
        if artists is not None and resamples:
            self._drawn = draw_artists(artists.seen.astype(np.int64), resamples=resamples, seed=seed)

    def auc(self, value: float, score: Scores, rows: IntArray, same: BoolArray) -> tuple[float, float, int]:
        first, second, count = self._owners(rows)
        if not len(self._drawn):
            return float("nan"), float("nan"), count
        # A table of answers may differ from the names: artists drawn anew weigh only what both agree on.
        fits = (first >= 0) & (second >= 0) & ((first == second) == same)
        some = np.concatenate([np.flatnonzero(fits & same), self._thinned(np.flatnonzero(fits & ~same))])
        ranked = Ranked(score[rows[some]], same[some])
        first, second = first[some].astype(np.int64), second[some].astype(np.int64)
        weigher = PairWeigher(
            self._drawn.shape[1],
            first[ranked.positive_order],
            first[ranked.negative_order],
            second[ranked.negative_order],
        )
        again = count_auc_again(ranked, weigher, self._drawn, threads=self._threads)
        return *interval(value, again, n_artists=count, scale="share"), count

    def share(self, value: float, accepted: BoolArray, rows: IntArray) -> tuple[float, float, int]:
        first, second, count = self._owners(rows)
        if not len(self._drawn):
            return float("nan"), float("nan"), count
        some = self._thinned(np.arange(len(rows)))
        first, second, accepted = first[some], second[some], accepted[some]
        again = np.full(len(self._drawn), np.nan)
        for number, weight in enumerate(self._drawn):
            mass = weight[first] * weight[second]
            if total := int(mass.sum()):
                again[number] = int(mass[accepted].sum()) / total
        return *interval(value, again, n_artists=count, scale="share"), count

    def _owners(self, rows: IntArray) -> tuple[IntArray, IntArray, int]:
        """Return the artists of both pictures of the rows, -1 unknown, and how many artists there are among them."""
        if self._artists is None:
            nobody = np.full(len(rows), -1, dtype=np.int8)
            return nobody, nobody, 0
        first, second = self._artists.of[self._pairs.first[rows]], self._artists.of[self._pairs.second[rows]]
        there = np.zeros(len(self._artists.names) + 1, dtype=bool)  # one more: -1 is the last
        there[first] = there[second] = True
        return first, second, int(there[:-1].sum())

    def _thinned(self, places: IntArray) -> IntArray:
        if len(places) <= SPREAD_PAIRS:
            return places
        return np.random.default_rng([self._seed, 11]).choice(places, SPREAD_PAIRS, replace=False, shuffle=False)
