"""Judging pairs: every figure with its interval over artists. Nothing is tuned here: threshold and calibration come in,
fixed.
"""

from __future__ import annotations

from math import nan

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.calibration import Calibration
from morelli.protocol.counted import RESAMPLES, Counted, count_figures, counted_difference
from morelli.protocol.empirical_bounds import empirical_bounds
from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import PairEvaluation, Retrieval
from morelli.protocol.intervals import interval
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import IntArray, Labels, Pairs
from morelli.protocol.retrieval import Neighbours

__all__ = ["RESAMPLES", "evaluate_pairs", "evaluate_retrieval", "judged_pairs", "paired_difference"]


def evaluate_pairs(
    pairs: Pairs,
    similarity: npt.NDArray[np.floating],
    artist: Labels,
    *,
    threshold: float,
    calibration: Calibration | None,
    group: str,
    negatives: str,
    resamples: int = RESAMPLES,
    seed: int = 0,
    threads: int = 2,
) -> PairEvaluation:
    """Judge one set of pairs.

    similarity (n,): of the pairs, larger more alike. artist: of every row of the catalogue, one name an artist.
    threshold: on the similarity, one for all sets of pairs of a system. calibration: of the population that these
    negatives are of; None leaves llr nan and out cllr, calibration_loss, ece and brier. resamples: over artists, seen and unseen ones
    each by themselves; 0 leaves intervals nan. The classes, and in the mix the groups inside them, keep their shares in
    every resample. Precision is left out where no pair is called the same artist. Raises ValueError for a nan,
    PairsError for lengths that differ.
    """
    figures = PairFigures(pairs, similarity, artist, threshold=threshold, calibration=calibration)
    counted = count_figures(figures, resamples=resamples, seed=seed, threads=threads)
    return judged_pairs(figures, counted, group=group, negatives=negatives)


def judged_pairs(figures: PairFigures, counted: Counted, *, group: str, negatives: str) -> PairEvaluation:
    """Return the evaluation of a set of pairs whose figures were counted already."""
    calibrated = not np.isnan(figures.llr).any()
    return PairEvaluation(
        group=group,
        negatives=negatives,
        pairs=figures.pairs,
        similarity=figures.similarity,
        llr=figures.llr,
        figures=counted.estimates(),
        supported=empirical_bounds(figures.llr, figures.pairs.same) if calibrated else (nan, nan),
    )


def paired_difference(
    first: PairFigures, second: PairFigures, *, resamples: int = RESAMPLES, seed: int = 0, threads: int = 2
) -> dict[str, Estimate]:
    """Return how much larger each figure of `first` is than that of `second`, two systems on the same pairs.

    Both are counted on the same resamples of artists, so what makes an artist easy or hard for both drops out: the
    interval is narrower than two separate ones suggest. Figures that either lacks are left out. Raises PairsError where
    the pairs differ.
    """
    if not (
        np.array_equal(first.pairs.first, second.pairs.first)
        and np.array_equal(first.pairs.second, second.pairs.second)
    ):
        raise PairsError("a paired difference needs both systems on the same pairs, in the same order")
    one, other = (
        count_figures(figures, resamples=resamples, seed=seed, threads=threads) for figures in (first, second)
    )
    return counted_difference(one, other)


def evaluate_retrieval(
    found: Neighbours,
    artist: Labels,
    *,
    group: str,
    stratum: IntArray | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Retrieval:
    """Return recall@k with intervals over artists: the share of queries, each picture one query.

    artist: of every row of the catalogue. stratum (a,): the population of each of `found.artists`; None: one.
    An artist counts twice: by its own queries, and by standing in the way of others'. Both are in the error: how the
    figure changes when the artist is left out of queries and gallery (centred, for a smaller gallery is easier on all)
    is what a resample adds for every time that it is drawn, and takes away where it is not.
    """
    code = np.searchsorted(found.artists, artist[found.query].astype(str))
    n = len(found.artists)
    queries = np.bincount(code, minlength=n)
    drawn = None
    if resamples:
        strata = np.zeros(n, dtype=np.int64) if stratum is None else stratum
        drawn = draw_artists(strata, resamples=resamples, seed=seed)
    recall = {}
    for column, k in enumerate(found.ks):
        hits = np.bincount(code, weights=found.hit[:, column], minlength=n)
        value = float(hits.sum() / queries.sum())
        low = high = float("nan")
        rest = queries.sum() - queries
        if drawn is not None and (rest > 0).all():
            without = (hits.sum() - hits + found.gained[:, column]) / rest
            influence = (n - 1) / n * (without.mean() - without)
            resampled = value + (drawn - 1) @ influence
            low, high = interval(value, resampled, n_artists=n, scale="share")
        recall[k] = Estimate(
            value=value, low=low, high=high, n_pairs=len(found.query), n_artists=int((queries > 0).sum())
        )
    return Retrieval(group=group, recall=recall, query=found.query, neighbours=found.neighbours)
