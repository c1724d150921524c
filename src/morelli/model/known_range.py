"""How far a picture is from what a model knows: a model says something of any picture, also of a floor plan.

Read from the length of its embedding: an encoder that writes there how odd a picture is (`morelli.training.oddness`) makes it longer the
less the picture is like those that it was trained on, whatever direction it has.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

Embeddings = npt.NDArray[np.float32]
OUTSIDE = 1 / 200  # share of known pictures that are beyond the limit
_FEWEST = 1000  # pictures: the limit rests on five of them


class KnownRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The range of what a model knows. length: of an embedding, which all but 1 in 200 of so many known pictures stay below."""

    length: float
    pictures: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.length) and self.length > 0 and self.pictures >= 1):
            raise ValueError(f"no range is of length {self.length} and {self.pictures} pictures")


def fit_known_range(embeddings: Embeddings) -> KnownRange | None:
    """Return the range of pictures by embeddings (n, d), of artists whom the model was not trained on; None where n is below 1,000.

    Raises ValueError for embeddings that are not finite.
    """
    if len(embeddings) < _FEWEST:
        return None
    lengths = _lengths(embeddings)
    if not np.isfinite(lengths).all():
        raise ValueError("the embeddings of some pictures are not finite")
    return KnownRange(length=float(np.quantile(lengths, 1 - OUTSIDE)), pictures=len(embeddings))


def outside_range(embeddings: Embeddings, known: KnownRange | None) -> npt.NDArray[np.bool_]:
    """Tell which pictures (n,), by embeddings (n, d), are outside of what a model knows; none where it has no range."""
    if known is None:
        return np.zeros(len(embeddings), dtype=bool)
    return np.asarray(_lengths(embeddings) > known.length)


def _lengths(embeddings: Embeddings) -> npt.NDArray[np.float64]:
    return np.asarray(np.linalg.norm(embeddings.astype(np.float64), axis=1))
