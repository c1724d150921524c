"""Can these artists be told apart at all? Each artist's own paintings against those of the nearest other artist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.all_pairs import choose_rows, every_similarity
from morelli.protocol.arrays import FloatArray
from morelli.protocol.bootstrap import PairWeigher, draw_artists
from morelli.protocol.bootstrap_auc import count_auc_again
from morelli.protocol.estimate import Estimate
from morelli.protocol.fit_decision import Score
from morelli.protocol.intervals import interval
from morelli.protocol.pairs import Labels, Negatives, draw_pairs
from morelli.protocol.ranked import Ranked
from morelli.protocol.retrieval import Block
from morelli.protocol.set_similarity import to_square

RESAMPLES = 500


@dataclass(frozen=True, kw_only=True)
class ArtistTold:
    """One artist with two paintings or more.

    inside: mean similarity of two of their paintings. nearest: the other artist whose paintings are most alike to
    theirs, on average `outside`. difference: inside - outside, with its interval over paintings; `n_pairs` of it are
    pairs inside. told: `yes` where all of the interval is above 0, `no` where all of it is below, else `unclear`.
    """

    artist: str
    paintings: int
    inside: float
    nearest: str
    outside: float
    difference: Estimate
    told: Literal["yes", "no", "unclear"]


def tell_artists(
    block: Block,
    artist: Labels,
    rows: npt.NDArray[np.integer],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[ArtistTold]:
    """Compare each artist with the nearest other, the hardest to tell first.

    block: rows (q,) and (m,) -> similarities (q, m). artist: of the whole catalogue, one name an artist. Intervals
    redraw every artist's paintings, and look for the nearest artist anew in each redraw: an artist with few paintings,
    or with several near neighbours, is less certain. Raises PairsError where there are not two artists, one of them
    with two paintings; ValueError for a nan.
    """
    some = choose_rows(artist, rows, seed=seed)
    names, code, count = np.unique(artist[some].astype(str), return_inverse=True, return_counts=True)
    if len(names) < 2 or count.max() < 2:
        raise PairsError(
            f"{len(names)} artists with at most {int(count.max(initial=0))} paintings: nothing to tell apart"
        )
    order = np.argsort(code, kind="stable")
    square = to_square(every_similarity(block, some[order]), len(some))
    starts = np.cumsum(count) - count
    there = count > 1
    inside, outside, nearest = _contrast(square, starts, np.ones(len(some)))
    rng = np.random.default_rng([seed, len(some), 19])
    drawn = np.empty((resamples, len(names)))
    for row in range(resamples):
        own, other, _ = _contrast(square, starts, _redraw(rng, count))
        drawn[row] = own - other
    found = []
    for at in np.flatnonzero(there):
        value = float(inside[at] - outside[at])
        low, high = interval(value, drawn[:, at], n_artists=int(count[at]), scale="difference")
        pairs = int(count[at] * (count[at] - 1) // 2)
        found.append(
            ArtistTold(
                artist=str(names[at]),
                paintings=int(count[at]),
                inside=float(inside[at]),
                nearest=str(names[nearest[at]]),
                outside=float(outside[at]),
                difference=Estimate(
                    value=value, low=low, high=high, n_pairs=pairs, n_artists=len(names), resampled="painting"
                ),
                told="yes" if low > 0 else ("no" if high < 0 else "unclear"),
            )
        )
    return sorted(found, key=lambda one: (one.difference.value, one.artist))


def tell_auc(
    score: Score,
    artist: Labels,
    style: Labels,
    rows: npt.NDArray[np.integer],
    *,
    negatives: Negatives,
    resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Return the AUC of drawn pairs of these artists, with its interval over artists: 0.5 is telling nothing.

    Raises PairsError where no pairs can be drawn.
    """
    pairs = draw_pairs(artist, np.asarray(rows), seed=seed, negatives=negatives, style=style)
    ranked = Ranked(score(pairs.first, pairs.second), pairs.same)
    names, code = np.unique(
        np.concatenate([artist[pairs.first], artist[pairs.second]]).astype(str), return_inverse=True
    )
    first, second = code[: len(pairs)], code[len(pairs) :]
    positive, negative = ranked.positive_order, ranked.negative_order
    weigher = PairWeigher(len(names), first[positive], first[negative], second[negative])
    drawn = draw_artists(np.zeros(len(names), dtype=np.int64), resamples=resamples, seed=seed)
    value = ranked.auc(*weigher.weigh(np.ones(len(names), dtype=np.int64)))
    low, high = interval(value, count_auc_again(ranked, weigher, drawn), n_artists=len(names), scale="share")
    return Estimate(value=value, low=low, high=high, n_pairs=len(pairs), n_artists=len(names))


def count_told(found: Sequence[ArtistTold]) -> dict[str, int]:
    """Return how many artists are told apart, how many not, and how many are unclear."""
    return {said: sum(one.told == said for one in found) for said in ("yes", "no", "unclear")}


def _contrast(
    square: npt.NDArray[np.float32], starts: npt.NDArray[np.int64], weight: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Return for each artist the mean similarity inside, that to the nearest other artist, and who that is.

    weight (n,): of each painting; a pair weighs the product, and no painting is paired with itself, however often it is
    drawn. nan where an artist has no pair.
    """
    weighted = (square * weight.astype(np.float32)[None, :]).astype(np.float64)
    by_artist = np.add.reduceat(weighted, starts, axis=1)
    sums = np.add.reduceat(by_artist * weight[:, None], starts, axis=0)
    mass = np.add.reduceat(weight, starts)
    pairs = np.outer(mass, mass)
    np.fill_diagonal(pairs, mass**2 - np.add.reduceat(weight**2, starts))
    mean = np.divide(sums, pairs, out=np.full(sums.shape, np.nan), where=pairs > 0)
    inside = np.diagonal(mean).copy()
    np.fill_diagonal(mean, np.nan)
    others = np.where(np.isnan(mean), -np.inf, mean)
    nearest = others.argmax(axis=1)
    return inside, others.max(axis=1), nearest


def _redraw(rng: np.random.Generator, count: npt.NDArray[np.int64]) -> FloatArray:
    """Draw as many paintings of each artist as there are, with replacement -> how often each was drawn (n,)."""
    return np.concatenate([rng.multinomial(n, np.full(n, 1 / n)) for n in count]).astype(np.float64)
