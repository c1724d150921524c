"""The report's pairs and triples, and single pictures: what the steps of classifiers and of pair networks see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from morelli.errors import TrainingError
from morelli.protocol.pairs import triangle
from morelli.systems.samplings import AllPairs, Pictures, Triples
from morelli.training.sampling import Rows, Step


@dataclass(frozen=True, eq=False)
class Artists:
    """The rows of each artist, one artist after the other, so that many draws are one. paintings: at least two of each artist."""

    paintings: Sequence[Rows]
    rows: Rows = field(init=False)
    start: Rows = field(init=False)
    count: Rows = field(init=False)

    def __post_init__(self) -> None:
        if len(self.paintings) < 2:
            raise TrainingError(f"training needs two artists with two paintings each, not {len(self.paintings)}")
        count = np.array([len(part) for part in self.paintings], dtype=np.int64)
        object.__setattr__(self, "rows", np.concatenate(self.paintings))
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "start", np.cumsum(count) - count)

    def of_others(self, artist: Rows, rng: np.random.Generator) -> Rows:
        """Draw for each artist (n,), a number, a painting by another one: the artist uniformly, then one of theirs."""
        other = rng.integers(0, len(self.paintings) - 1, size=len(artist))
        other += other >= artist
        drawn: Rows = self.rows[self.start[other] + rng.integers(0, self.count[other])]
        return drawn


@dataclass(frozen=True, eq=False)
class AllPairsSampler:
    """Goes once an epoch through all pairs inside an artist, in a new order, each with a pair of different artists.

    The second pair is one of the two pictures, by a fair coin, with a painting of a random other artist. paintings: of each artist.
    """

    sampling: AllPairs
    paintings: Sequence[Rows]
    seed: int
    _artists: Artists = field(init=False)
    _before: Rows = field(init=False)
    _order: dict[int, Rows] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        artists = Artists(self.paintings)
        object.__setattr__(self, "_artists", artists)
        object.__setattr__(self, "_before", np.cumsum(artists.count * (artists.count - 1) // 2))

    @property
    def pairs(self) -> int:
        """Pairs inside an artist."""
        return int(self._before[-1])

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return -(-self.pairs // self._positives)

    @property
    def _positives(self) -> int:
        return self.sampling.batch // 2

    def step(self, epoch: int, number: int) -> Step:
        """Draw one step: rows (2, n), the positives first."""
        if epoch not in self._order:
            self._order.clear()
            self._order[epoch] = np.random.default_rng([self.seed, epoch]).permutation(self.pairs)
        chosen = self._order[epoch][number * self._positives : (number + 1) * self._positives]
        rng = np.random.default_rng([self.seed, epoch, number])
        artist = np.searchsorted(self._before, chosen, side="right")
        low, high = triangle(chosen - np.where(artist > 0, self._before[artist - 1], 0))
        start = self._artists.start[artist]
        first, second = self._artists.rows[start + low], self._artists.rows[start + high]
        turn = rng.random(len(chosen)) < 0.5
        first, second = np.where(turn, second, first), np.where(turn, first, second)
        other = self._artists.of_others(artist, rng)
        rows = np.stack([np.concatenate([first, first]), np.concatenate([second, other])])
        return Step(rows, different=np.repeat([False, True], len(chosen)))


@dataclass(frozen=True, eq=False)
class PictureSampler:
    """Goes once an epoch through all training pictures, in a new order. paintings: of each artist, who is numbered in that order."""

    sampling: Pictures
    paintings: Sequence[Rows]
    seed: int
    _rows: Rows = field(init=False)
    _artist: Rows = field(init=False)
    _order: dict[int, Rows] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        counts = [len(part) for part in self.paintings]
        object.__setattr__(self, "_rows", np.concatenate(self.paintings))
        object.__setattr__(self, "_artist", np.repeat(np.arange(len(counts)), counts))

    @property
    def steps(self) -> int:
        """Steps an epoch. A last step of one picture alone is left out: it has no batch statistics."""
        whole, rest = divmod(len(self._rows), self.sampling.batch)
        return max(1, whole + (rest > 1))

    def step(self, epoch: int, number: int) -> Step:
        """Draw one step: rows (1, n) and the numbers of their artists."""
        if epoch not in self._order:
            self._order.clear()
            self._order[epoch] = np.random.default_rng([self.seed, epoch]).permutation(len(self._rows))
        chosen = self._order[epoch][number * self.sampling.batch : (number + 1) * self.sampling.batch]
        return Step(self._rows[chosen][None], artist=self._artist[chosen])


@dataclass(frozen=True, eq=False)
class TripleSampler:
    """Draws `draws` triples of every artist an epoch: a reference, another painting of the same artist, one by another artist.

    All draws of an epoch come from one generator, seeded by seed and epoch.
    """

    sampling: Triples
    paintings: Sequence[Rows]
    seed: int
    _artists: Artists = field(init=False)
    _drawn: dict[int, npt.NDArray[np.int64]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_artists", Artists(self.paintings))

    @property
    def triples(self) -> int:
        """Triples an epoch."""
        return len(self.paintings) * self.sampling.draws

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return -(-self.triples // self.sampling.batch)

    def epoch(self, epoch: int) -> Rows:
        """Return all triples of an epoch, rows (3, t): reference, same, different."""
        artists = self._artists
        rng = np.random.default_rng([self.seed, epoch])
        artist = rng.permutation(np.repeat(np.arange(len(self.paintings)), self.sampling.draws))
        count = artists.count[artist]
        reference = rng.integers(0, count)
        same = rng.integers(0, count - 1)
        same += same >= reference
        start = artists.start[artist]
        different = artists.of_others(artist, rng)
        return np.stack([artists.rows[start + reference], artists.rows[start + same], different])

    def step(self, epoch: int, number: int) -> Step:
        """Return the triples of one step, rows (3, n)."""
        if epoch not in self._drawn:
            self._drawn.clear()
            self._drawn[epoch] = self.epoch(epoch)
        return Step(self._drawn[epoch][:, number * self.sampling.batch : (number + 1) * self.sampling.batch])
