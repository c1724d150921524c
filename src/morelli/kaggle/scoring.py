"""Scoring millions of pairs of a few thousand pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from morelli.errors import KaggleError
from morelli.kaggle.long_table import IntArray
from morelli.kaggle.pairs import Pairs
from morelli.model.comparison import PairNetComparison
from morelli.model.model import Model

Scores = npt.NDArray[np.float32]
ScoreRows = Callable[[IntArray, IntArray], Scores]
"""Places of pictures (n,) and (n,) -> similarities (n,) float32; larger is more alike."""
ScoreBlock = Callable[[IntArray, IntArray], Scores]
"""Places of pictures (q,) and (g,) -> similarities (q, g) float32, of each with each."""

_CHUNK = 1 << 19  # pairs at a time
_WASTE = 16  # a block is worked out where at least one in so many of its cells is asked for
_CHECKED = 256  # pairs of every block that are scored as rows too
_TOLERANCE = 1e-4  # of the scores' deviation


def model_scores(model: Model, embeddings: npt.NDArray[np.float32]) -> ScoreRows:
    """Return how a model scores pairs of pictures with these embeddings (m, d).

    A network over pairs gains nothing by blocks: it would be run for every cell, asked for or not.
    """
    compared = model.comparison.over(embeddings)
    if isinstance(model.comparison, PairNetComparison):
        return compared.rows
    return in_blocks(compared.rows, compared.block, n_pictures=len(embeddings))


def score_pairs(
    pairs: Pairs,
    score_rows: ScoreRows,
    *,
    usable: npt.NDArray[np.bool_],
    neutral: float,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Scores, int]:
    """Score pairs -> scores (n,), and how many of them have a picture that cannot be used: those get `neutral`.

    usable (m,): of the pictures. Raises KaggleError where a score is no number.
    """
    score = np.empty(len(pairs), dtype=np.float32)
    order, ends = by_group(pairs, n_pictures=len(usable))
    done = unusable = 0
    while done < len(pairs):
        rows = order[done : _chunk_end(done, ends)]
        first, second = pairs.first[rows], pairs.second[rows]
        found = score_rows(first, second)
        if not usable.all():
            neither = ~(usable[first] & usable[second])
            found = np.where(neither, np.float32(neutral), found)
            unusable += int(neither.sum())
        if not np.isfinite(found).all():
            raise KaggleError(
                "a pair's similarity is no number; the model is damaged, or its pictures are not what it reads"
            )
        score[rows] = found
        done += len(rows)
        if progress is not None:
            progress(done, len(pairs))
    return score, unusable


def by_group(pairs: Pairs, *, n_pictures: int) -> tuple[IntArray, IntArray]:
    """Return the rows of pairs (n,) group by group, in their order inside a group, and where in it each group ends (g,).

    Pictures that hang together by pairs are a group.
    """
    group = np.arange(n_pictures, dtype=np.int32)
    while True:  # every picture takes the lowest number among its neighbours, and that one's
        lowest = np.minimum(group[pairs.first], group[pairs.second])
        nearer = group.copy()
        np.minimum.at(nearer, pairs.first, lowest)
        np.minimum.at(nearer, pairs.second, lowest)
        nearer = nearer[nearer]
        if np.array_equal(nearer, group):
            break
        group = nearer
    of = np.unique(group, return_inverse=True)[1].astype(np.min_scalar_type(n_pictures))[pairs.first]
    count = np.bincount(of)
    return np.argsort(of, kind="stable"), np.cumsum(count)[count > 0]


def _chunk_end(start: int, ends: IntArray) -> int:
    """Return where a chunk of pairs ends: with the last group that fits in it, else inside the group."""
    fits = int(np.searchsorted(ends, start + _CHUNK, side="right"))
    if fits and ends[fits - 1] > start:
        return int(ends[fits - 1])
    return min(start + _CHUNK, int(ends[-1]))


def in_blocks(rows: ScoreRows, block: ScoreBlock, *, n_pictures: int) -> ScoreRows:
    """Return a way of scoring that works out each picture with each where most of those pairs are asked for.

    The competition asks for all pairs inside a group: a product of two matrices is then many times faster than two rows a pair. Nothing is
    taken for granted: pairs that fill no block are scored as rows, and so are those of a block that differs from rows on some of its
    pairs by more than 0.0001 of the scores' deviation (rounding, where all embeddings are far from zero).
    """

    def score(first: IntArray, second: IntArray) -> Scores:
        queries, row = _used(first, n_pictures)
        gallery, column = _used(second, n_pictures)
        if len(queries) * len(gallery) > _WASTE * len(first):
            return rows(first, second)
        scores = block(queries, gallery).ravel()[row * len(gallery) + column]
        some = np.linspace(0, len(first) - 1, min(_CHECKED, len(first))).astype(np.int64)
        error = np.abs(scores[some] - rows(first[some], second[some])).max(initial=0.0)
        return scores if error <= _TOLERANCE * scores.std() else rows(first, second)

    return score


def _used(places: IntArray, n_pictures: int) -> tuple[IntArray, IntArray]:
    """Return the pictures that occur, rising, and where among them each place is (n,)."""
    there = np.zeros(n_pictures, dtype=bool)
    there[places] = True
    rank = np.cumsum(there) - 1
    return np.flatnonzero(there), rank[places]
