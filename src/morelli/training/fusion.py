"""How much each block of features counts: by logistic regression on pairs of artists that the blocks' back-ends were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morelli.model.comparison import CohortComparison, Comparison, MetricComparison
from morelli.protocol.fit_decision import available_negatives
from morelli.protocol.pairs import draw_pairs
from morelli.systems.objectives import Discriminant
from morelli.systems.system import Cohort
from morelli.training.back_end import Array, Names, Reduced, unit

FOLDS = 5
LEAST_WEIGHT = 0.01  # of the sum; a block that counts for less is left out


def fusion_weights(
    blocks: Sequence[Reduced],
    artist: Names,
    style: Names,
    objective: Discriminant,
    *,
    cohort: Cohort | None,
    seed: int,
    pictures: int | None = None,
) -> Array:
    """Return the weight (b,) of each block's similarity, none negative, summing to 1.

    Artists are dealt into folds. Each fold's pairs are scored by back-ends fitted on the other folds, normalised against a cohort of
    those; a logistic regression without negative weights is fitted to all folds' pairs at once. Half of the different pairs are drawn at
    random, half share a style. blocks: of the same n pictures; artist, style (n,). pictures: how many of the n stand for themselves; the
    others are copies of them, which back-ends are fitted on but no pair and no cohort is made of; none: all.
    """
    own = np.arange(len(artist)) < (len(artist) if pictures is None else pictures)
    if len(blocks) == 1:
        return np.ones(1)
    scores, same, weights = [], [], []
    for held in deal_artists(artist, seed=seed):
        others = np.flatnonzero(~held)
        rows = np.flatnonzero(held & own)
        drawn = [
            draw_pairs(artist, rows, seed=seed, negatives=kind, style=style)
            for kind in available_negatives(artist, style, rows)
        ]
        first = np.concatenate([pairs.first for pairs in drawn])
        second = np.concatenate([pairs.second for pairs in drawn])
        scores.append(
            np.stack([_score(b, artist, style, objective, cohort, others, own, first, second) for b in blocks], axis=1)
        )
        same.append(np.concatenate([pairs.same for pairs in drawn]))
        weights.append(np.concatenate([np.full(len(pairs), 1 / len(pairs)) for pairs in drawn]))
    return nonnegative_logistic(np.concatenate(scores), np.concatenate(same), np.concatenate(weights))


def deal_artists(artist: Names, *, seed: int, folds: int = FOLDS) -> list[npt.NDArray[np.bool_]]:
    """Return which pictures (n,) are held out in each fold; an artist's pictures are held out together."""
    names, code = np.unique(artist.astype(str), return_inverse=True)
    fold = np.random.default_rng([seed, len(names)]).permutation(len(names)) % min(folds, len(names) // 3)
    return [fold[code] == which for which in np.unique(fold)]


def nonnegative_logistic(scores: Array, same: npt.NDArray[np.bool_], weights: Array) -> Array:
    """Fit log-odds that rise with every column of scores (n, b); return how much each counts (b,), in its own units, summing to 1.

    weights (n,): of the rows; the two classes are given the same sum. Columns whose weight is below a hundredth of the sum get 0.
    """
    from scipy.optimize import minimize

    centre, spread = scores.mean(axis=0), scores.std(axis=0)
    design = (scores - centre) / np.where(spread == 0, 1, spread)
    sign = np.where(same, 1.0, -1.0)
    share = weights.copy()
    for label in (same, ~same):
        share[label] *= 0.5 / share[label].sum()

    def cost(theta: Array) -> tuple[float, Array]:
        margin = sign * (design @ theta[:-1] + theta[-1])
        pull = -share * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        gradient = np.append(design.T @ pull, pull.sum())
        return float(share @ np.logaddexp(0, -margin)), gradient

    start = np.append(np.full(scores.shape[1], 0.1), 0.0)
    bounds = [(0.0, None)] * scores.shape[1] + [(None, None)]
    found = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000})
    slopes: Array = found.x[:-1] / np.where(spread == 0, np.inf, spread)
    if not slopes.sum() > 0:
        return np.full(len(slopes), 1 / len(slopes))
    slopes /= slopes.sum()
    slopes[slopes < LEAST_WEIGHT] = 0
    total: Array = slopes / slopes.sum()
    return total


def _score(
    block: Reduced,
    artist: Names,
    style: Names,
    objective: Discriminant,
    cohort: Cohort | None,
    others: npt.NDArray[np.integer],
    own: npt.NDArray[np.bool_],
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
) -> Array:
    """Return the similarity (n,) of pairs under one block's back-end, fitted on the pictures `others`."""
    reduced = block.rows
    matrix = block.directions(artist, style, objective, others)
    embeddings = unit(np.asarray((reduced - reduced[others].mean(axis=0)) @ matrix, dtype=np.float32))
    comparison: Comparison = MetricComparison("cosine")
    if cohort is not None:
        against = embeddings[others[own[others]]]
        comparison = CohortComparison("cosine", against, min(cohort.neighbours, len(against)), cohort.weight)
    used, where = np.unique(np.concatenate([first, second]), return_inverse=True)
    return comparison.over(embeddings[used]).rows(where[: len(first)], where[len(first) :]).astype(np.float64)
