"""The exact parts of a similarity: an embedding is a sum over places, and a similarity is linear in either embedding.

What is not linear is held constant: the lengths of both embeddings, and what a cohort takes off. Then a similarity is `scale` times the
inner product of the embeddings, plus `held`; and the inner product of two sums is the sum of all inner products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.model.comparison import CohortComparison, Comparison, MetricComparison
from morelli.model.similarity import Kind

Floats = npt.NDArray[np.floating]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LinearForm:
    """A similarity as scale times the inner product of two embeddings, plus what is held constant."""

    scale: float
    held: float


def linear_form(comparison: Comparison, first: Floats, second: Floats) -> LinearForm | None:
    """Return the form of the similarity of two embeddings (d,); None for a comparison that has none, such as a network."""
    if isinstance(comparison, MetricComparison):
        return _of_metric(comparison.kind, first, second)
    if isinstance(comparison, CohortComparison):
        bare = _of_metric(comparison.kind, first, second)
        taken_off = comparison.term(np.stack([first, second]).astype(np.float32))
        return LinearForm(bare.scale, bare.held - float(taken_off.sum(dtype=np.float64)))
    return None


def parts_of_similarity(parts: Floats, other: Floats, *, scale: float) -> Values:
    """Return what each tile (h, w) adds to the similarity. parts (h, w, d): of its picture's embedding; other (d,): the other's embedding."""
    values: Values = scale * (parts.astype(np.float64) @ other.astype(np.float64))
    return values


def parts_of_pairs(first: Floats, second: Floats, *, scale: float) -> Values:
    """Return what every pair of regions adds to the similarity (n, m). first (n, d), second (m, d): the regions' parts of the embeddings."""
    values: Values = scale * (first.astype(np.float64) @ second.astype(np.float64).T)
    return values


def _of_metric(kind: Kind, first: Floats, second: Floats) -> LinearForm:
    one, other = (float(np.square(x, dtype=np.float64).sum()) for x in (first, second))
    if kind == "dot":
        return LinearForm(1.0, 0.0)
    if kind == "cosine":
        length = np.sqrt(one * other)
        return LinearForm(1 / length if length > 0 else 0.0, 0.0)
    return LinearForm(2 / len(first), -(one + other) / len(first))
