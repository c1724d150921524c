"""A made-up population of artists, by which the protocol itself is judged: what its intervals hold is known there.

Random effects: an artist has a centre and a spread of its own, and a number of paintings; a painting is a point about
the centre. Pairs then share artists and paintings as real ones do: a painter of wide spread is hard to recognise, one
near the middle is easily mistaken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Population:
    """How artists are drawn.

    dimensions: of the embedding. between: deviation of centres in each dimension, where paintings deviate by about 1.
    spread: deviation of the logarithm of an artist's own spread. fewest, most: paintings of an artist, evenly between.
    """

    dimensions: int = 8
    between: float = 1.0
    spread: float = 0.35
    fewest: int = 5
    most: int = 32

    def draw(self, n_artists: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.object_]]:
        """Draw artists and their paintings: embeddings (n, d) and the artist of each, (n,) of str."""
        count = rng.integers(self.fewest, self.most + 1, n_artists)
        centre = rng.normal(scale=self.between, size=(n_artists, self.dimensions))
        spread = np.exp(rng.normal(scale=self.spread, size=n_artists))
        owner = np.repeat(np.arange(n_artists), count)
        noise = rng.normal(size=(len(owner), self.dimensions))
        names = np.array([f"artist {number:06d}" for number in range(n_artists)], dtype=object)
        return centre[owner] + spread[owner, None] * noise, names[owner]
