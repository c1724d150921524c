"""Which paintings a training step sees.

A step depends on the seed, the epoch and its number alone, so that a run can be taken up anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import TrainingError
from morelli.systems.samplings import BatchSampling, PublishedSampling

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Step:
    """The paintings of one step.

    rows: (branches, n) for branches that are encoded one by one, (1, n) for a batch that is encoded once.
    different: (n,) bool for pairs, else None. artist: (n,) labels for a batch, else None.
    """

    rows: Rows
    different: npt.NDArray[np.bool_] | None = None
    artist: Rows | None = None


def rows_by_artist(artist: npt.NDArray[np.object_], rows: Rows) -> list[Rows]:
    """Return the rows of each artist who has at least two of them, artists in sorted order."""
    order = rows[np.argsort(artist[rows].astype(str), kind="stable")]
    cuts = np.flatnonzero(artist[order][1:] != artist[order][:-1]) + 1
    return [np.asarray(part, dtype=np.int64) for part in np.split(order, cuts) if len(part) >= 2]


@dataclass(frozen=True, eq=False)
class Sampler:
    """Draws the steps of an epoch. paintings: the rows of each artist, at least two artists with at least two each."""

    sampling: PublishedSampling | BatchSampling
    paintings: Sequence[Rows]
    pair_triplet: bool
    seed: int

    def __post_init__(self) -> None:
        if len(self.paintings) < 2:
            raise TrainingError(f"training needs two artists with two paintings each, not {len(self.paintings)}")

    @property
    def size(self) -> int:
        """Training paintings, which is also the draws of an epoch."""
        return sum(map(len, self.paintings))

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        if isinstance(self.sampling, PublishedSampling):
            return -(-self.size // self.sampling.batch)
        return max(1, round(self.size / (self.sampling.artists * self.sampling.paintings)))

    def step(self, epoch: int, number: int) -> Step:
        """Draw one step."""
        rng = np.random.default_rng([self.seed, epoch, number])
        if isinstance(self.sampling, BatchSampling):
            return self._batch(rng, self.sampling)
        draws = min(self.sampling.batch, self.size - number * self.sampling.batch)
        if self.pair_triplet:
            return Step(np.array([self._triplet(rng) for _ in range(draws)]).T)
        different = rng.random(draws) < 0.5
        rows = np.array(
            [(a, n if y else p) for y, (a, p, n) in zip(different, map(self._triplet, [rng] * draws), strict=True)]
        )
        return Step(rows.T, different=different)

    def _triplet(self, rng: np.random.Generator) -> tuple[int, int, int]:
        one, other = rng.choice(len(self.paintings), size=2, replace=False)
        anchor, positive = rng.choice(self.paintings[one], size=2, replace=False)
        return int(anchor), int(positive), int(rng.choice(self.paintings[other]))

    def _batch(self, rng: np.random.Generator, sampling: BatchSampling) -> Step:
        chosen = rng.choice(len(self.paintings), size=min(sampling.artists, len(self.paintings)), replace=False)
        parts = [
            rng.choice(self.paintings[a], size=min(sampling.paintings, len(self.paintings[a])), replace=False)
            for a in chosen
        ]
        return Step(np.concatenate(parts)[None], artist=np.repeat(chosen, [len(part) for part in parts]))
