"""How far a picture is from what a model knows: a model says something of any picture, also of a floor plan."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from morelli.model.comparison import CohortComparison, Comparison
from morelli.model.similarity import Kind, block_similarity

Embeddings = npt.NDArray[np.float32]
OUTSIDE = 1 / 200  # share of known pictures that are less like the cohort than the limit
NEIGHBOURS = 10
_FEWEST = 1000  # pictures: the limit rests on five of them
_CHUNK = 1024


class KnownRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The range of what a model knows. limit: the likeness to its cohort that all but 1 in 200 of so many known pictures reach."""

    limit: float
    pictures: int


def nearest_likeness(embeddings: Embeddings, cohort: Embeddings, *, kind: Kind) -> npt.NDArray[np.float64]:
    """Return the mean similarity (n,) of pictures (n, d) to the ten most alike of a cohort (m, d), m of 10 or more.

    A picture that is in the cohort itself must not be asked about: it would be its own neighbour.
    """
    if len(cohort) < NEIGHBOURS:
        raise ValueError(f"a cohort of {len(cohort)} pictures; use {NEIGHBOURS} or more")
    means = np.empty(len(embeddings))
    for start in range(0, len(embeddings), _CHUNK):
        block = block_similarity(embeddings[start : start + _CHUNK], cohort, kind=kind)
        nearest = np.partition(block, len(cohort) - NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
        means[start : start + _CHUNK] = nearest.mean(axis=1, dtype=np.float64)
    return means


def fit_known_range(likeness: npt.NDArray[np.floating]) -> KnownRange:
    """Return the range of pictures by their likeness (n,) to the cohort, n of 1,000 or more.

    Of pictures by artists who are not in the cohort: an artist's own pictures are nearer than anything else will be.
    """
    if len(likeness) < _FEWEST:
        raise ValueError(f"{len(likeness)} pictures; the range needs {_FEWEST:,} or more")
    if not np.isfinite(likeness).all():
        raise ValueError("the likeness of some pictures is no finite number")
    return KnownRange(limit=float(np.quantile(likeness, OUTSIDE)), pictures=len(likeness))


def known_range_of(comparisons: Mapping[str, Comparison], embeddings: Embeddings) -> KnownRange | None:
    """Return the range of a model with these scores, from embeddings (n, d) of artists whom it was not trained on.

    None where it has no cohort of training pictures to hold a picture against, or where these pictures are fewer than 1,000.
    """
    cohort = _cohort(comparisons)
    if cohort is None or len(embeddings) < _FEWEST:
        return None
    return fit_known_range(nearest_likeness(embeddings, cohort.cohort, kind=cohort.kind))


def outside_range(
    comparisons: Mapping[str, Comparison], embeddings: Embeddings, known: KnownRange | None
) -> npt.NDArray[np.bool_]:
    """Tell which pictures (n,), by embeddings (n, d), are outside of what a model knows; none where it has no range."""
    cohort = _cohort(comparisons)
    if cohort is None or known is None:
        return np.zeros(len(embeddings), dtype=bool)
    return nearest_likeness(embeddings, cohort.cohort, kind=cohort.kind) < known.limit


def _cohort(comparisons: Mapping[str, Comparison]) -> CohortComparison | None:
    found = [one for one in comparisons.values() if isinstance(one, CohortComparison)]
    return found[0] if found and len(found[0].cohort) >= NEIGHBOURS else None
