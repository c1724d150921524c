"""What in two pictures speaks for their being alike, to a siamese network: the gradient of the pair's similarity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.looking.attribution import gradient_times_map

Similarity = Callable[[Tensor, Tensor], Tensor]
"""Embeddings (n, d) and (1, d) -> similarity (n,), larger is more alike; torch can differentiate it."""


class SimilarityTo(nn.Module):
    """A head that compares: maps (n, c, h, w) -> similarity (n,) of their embedding to one that is held fixed, (1, d)."""

    other: Tensor

    def __init__(self, head: nn.Module, other: Tensor, *, similarity: Similarity) -> None:
        super().__init__()
        self.head = head
        self.similarity = similarity
        self.register_buffer("other", other)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the similarity."""
        return self.similarity(self.head(maps), self.other)


@dataclass(frozen=True, eq=False)
class PairMaps:
    """A pair seen by a siamese network. first, second (h, w): above zero, what is there raises the similarity; below, it lowers it."""

    first: npt.NDArray[np.float64]
    second: npt.NDArray[np.float64]
    similarity: float


def pair_maps(head: nn.Module, first: Tensor, second: Tensor, *, similarity: Similarity) -> PairMaps:
    """Return the maps of a pair. first, second: the last maps (1, c, h, w) of the two pictures; head: map -> embedding.

    Each picture's map is that of the similarity to the other's embedding, which is held fixed.
    """
    with torch.inference_mode():
        embeddings = [head(one) for one in (first, second)]
    found = []
    for one, other in ((first, embeddings[1]), (second, embeddings[0])):
        compare = SimilarityTo(head, other.clone(), similarity=similarity)
        found.append(gradient_times_map(compare, one)[0].numpy().astype(np.float64))
    return PairMaps(found[0], found[1], float(similarity(*embeddings)[0]))
