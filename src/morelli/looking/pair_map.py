"""What in two pictures speaks for their being alike, to a siamese network: the gradient of the pair's similarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.looking.attribution import gradient_times_map
from morelli.looking.torch_similarity import Similarity

Maps = tuple[Tensor, ...]
Values = npt.NDArray[np.float64]


class SimilarityTo(nn.Module):
    """A head that compares: maps, each (n, c, h, w) -> similarity (n,) of their embedding to one that is held fixed, (1, d)."""

    other: Tensor

    def __init__(self, head: nn.Module, other: Tensor, *, similarity: Similarity) -> None:
        super().__init__()
        self.head = head
        self.similarity = similarity
        self.register_buffer("other", other)

    def forward(self, *maps: Tensor) -> Tensor:
        """Return the similarity."""
        return self.similarity(self.head(*maps), self.other)


class OfOne(nn.Module):
    """A head over several maps, seen as one over a single one of them: the others are held fixed."""

    def __init__(self, head: nn.Module, maps: Maps, number: int) -> None:
        super().__init__()
        self.head = head
        self.before, self.after = maps[:number], maps[number + 1 :]

    def forward(self, maps: Tensor) -> Tensor:
        """Return what the head says."""
        said: Tensor = self.head(*self.before, maps, *self.after)
        return said


@dataclass(frozen=True, eq=False)
class PairMaps:
    """A pair seen by a siamese network. first, second: of each of the network's maps (h, w) of values: above zero, what is there raises the
    similarity; below, it lowers it.
    """

    first: tuple[Values, ...]
    second: tuple[Values, ...]
    similarity: float


def pair_maps(head: nn.Module, first: Maps, second: Maps, *, similarity: Similarity) -> PairMaps:
    """Return the maps of a pair. first, second: all maps, each (1, c, h, w), of the two pictures; head: maps -> embedding.

    Each picture's values are those of the similarity to the other's embedding, which is held fixed. The values of several maps may be
    added up: to first order they are parts of one change.
    """
    with torch.no_grad():
        embeddings = [head(*one) for one in (first, second)]
    found = []
    for maps, other in ((first, embeddings[1]), (second, embeddings[0])):
        compare = SimilarityTo(head, other, similarity=similarity)
        each = [gradient_times_map(OfOne(compare, maps, number), one) for number, one in enumerate(maps)]
        found.append(tuple(values[0].numpy().astype(np.float64) for values in each))
    return PairMaps(found[0], found[1], float(similarity(*embeddings)[0]))
