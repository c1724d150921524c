"""The exact parts of a similarity: an embedding is a sum over places, and a similarity is linear in either embedding.

What is not linear is held constant: the lengths of both embeddings, which pictures of a cohort are the nearest, and what the cohort takes
off for the other picture. What it takes off for a picture itself is followed: it is as linear as the similarity to the other, and without
it everything would seem to speak for one hand that two paintings share with all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.model.comparison import CohortComparison, Comparison, MetricComparison
from morelli.model.similarity import Kind, block_similarity

Floats = npt.NDArray[np.floating]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearForm:
    """A similarity as the inner product of a picture's embedding and a direction (d,), plus what is held constant.

    scale: the same of the bare metric, over the inner product with the other's embedding: for pairs of regions.
    """

    direction: Values
    held: float
    scale: float


def linear_form(comparison: Comparison, own: Floats, other: Floats) -> LinearForm | None:
    """Return the similarity of two embeddings (d,) as a form in the first; None for a comparison that has none, such as a network."""
    if isinstance(comparison, MetricComparison):
        return _of_metric(comparison.kind, own, other)
    if not isinstance(comparison, CohortComparison):
        return None
    bare = _of_metric(comparison.kind, own, other)
    near = block_similarity(own[None], comparison.cohort, kind=comparison.kind)[0]
    nearest = np.argpartition(near, len(near) - comparison.neighbours)[-comparison.neighbours :]
    forms = [_of_metric(comparison.kind, own, comparison.cohort[row]) for row in nearest]
    taken_off_other = float(comparison.term(other[None].astype(np.float32))[0])
    return LinearForm(
        bare.direction - comparison.weight * np.mean([form.direction for form in forms], axis=0),
        bare.held - comparison.weight * float(np.mean([form.held for form in forms])) - taken_off_other,
        bare.scale,
    )


def parts_of_similarity(tiles: Floats, form: LinearForm) -> Values:
    """Return what each tile (h, w) adds to the similarity, with `held` beside them all. tiles (h, w, d): of the picture's embedding."""
    values: Values = tiles.astype(np.float64) @ form.direction
    return values


def parts_of_pairs(first: Floats, second: Floats, *, scale: float) -> Values:
    """Return what every pair of regions adds to the bare metric (n, m). first (n, d), second (m, d): their parts of the embeddings."""
    values: Values = scale * (first.astype(np.float64) @ second.astype(np.float64).T)
    return values


def _of_metric(kind: Kind, own: Floats, other: Floats) -> LinearForm:
    towards: Values = other.astype(np.float64)
    if kind == "dot":
        return LinearForm(towards, 0.0, 1.0)
    one, two = (float(np.square(x, dtype=np.float64).sum()) for x in (own, other))
    if kind == "cosine":
        scale = 1 / np.sqrt(one * two) if one * two > 0 else 0.0
        return LinearForm(scale * towards, 0.0, scale)
    return LinearForm(2 / len(own) * towards, -(one + two) / len(own), 2 / len(own))
