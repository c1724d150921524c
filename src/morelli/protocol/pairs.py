"""Pairs of paintings, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError

Negatives = Literal["random", "style-matched"]
NEGATIVES: tuple[Negatives, ...] = ("random", "style-matched")
PER_ARTIST = 100  # positives; 15 paintings already make 105 pairs
IntArray = npt.NDArray[np.int64]
Labels = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of catalogue rows.

    first, second: (n,) int64 rows. same: (n,) bool. group: (n,) of str, each `seen`, `unseen` or `cross`.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    same: npt.NDArray[np.bool_]
    group: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.first)


def draw_pairs(
    artist: Labels,
    rows: npt.NDArray[np.integer],
    *,
    seed: int,
    negatives: Negatives,
    style: Labels | None = None,
    per_artist: int = PER_ARTIST,
    duplicates: npt.NDArray[np.integer] | None = None,
    group: str = "unseen",
) -> Pairs:
    """Draw balanced pairs among some rows of a catalogue: n positives, then n negatives, negative i sharing the first
    picture of positive i.

    artist (n,): who made each row of the catalogue, by one name an artist. rows (m,): the rows to draw from.
    Positives: uniformly and without repeats among the pairs of an artist, at most `per_artist` an artist, in random
    order and direction. They depend on `seed` alone, not on `negatives`. duplicates (n,) of int: two rows with one
    label (0 or more) are scans of one work and make no pair, neither of the same artist nor of different ones.
    Negatives: the second picture is by another artist, drawn *artist first* (uniformly, then uniformly among their
    pictures), so a prolific painter is no commoner an opponent than any other; the same negative may be drawn twice.
    `random`: any other artist. `style-matched`: among the other artists' pictures with the same label in `style` (n,)
    as the first picture; a positive whose first picture has no such counterpart is turned round, and left out where
    that does not help either, as pictures without a style are.

    Raises PairsError where no positive or no negative can be drawn, and for `style-matched` where there are fewer than
    two styles.
    """
    first, second = draw_positives(artist, rows, seed=seed, per_artist=per_artist, duplicates=duplicates)
    styles = style_numbers(style, rows) if negatives == "style-matched" else None
    opponents = Opponents(artist, rows, styles)
    if styles is not None:
        turn = ~opponents.available(first) & opponents.available(second)
        first, second = np.where(turn, second, first), np.where(turn, first, second)
    there = opponents.available(first)
    if not there.any():
        raise PairsError(
            f"no {negatives} negative can be drawn among {len(rows)} paintings: all are by one artist, or alone in "
            f"their style"
        )
    first, second = first[there], second[there]
    other = opponents.draw(first, np.random.default_rng([seed, 1 + NEGATIVES.index(negatives)]), duplicates=duplicates)
    return join(first, second, other, group, group)


def draw_positives(
    artist: Labels,
    rows: npt.NDArray[np.integer],
    *,
    seed: int,
    per_artist: int = PER_ARTIST,
    duplicates: npt.NDArray[np.integer] | None = None,
) -> tuple[IntArray, IntArray]:
    """Draw pairs of pictures by the same artist: two (n,) arrays of rows. See `draw_pairs`."""
    if per_artist < 1:
        raise PairsError(f"{per_artist} pairs an artist; ask for 1 or more")
    rng = np.random.default_rng([seed, 0])
    chosen = np.asarray(rows, dtype=np.int64)
    _, code = np.unique(artist[chosen].astype(str), return_inverse=True)
    order = np.argsort(code, kind="stable")
    bounds = np.cumsum(np.bincount(code)) if len(chosen) else np.empty(0, dtype=np.int64)
    firsts, seconds = [], []
    for mine in np.split(chosen[order], bounds[:-1]):
        n = len(mine)
        if duplicates is None or len(np.unique(duplicates[mine])) == n:
            total = n * (n - 1) // 2
            low, high = triangle(rng.choice(total, size=min(per_artist, total), replace=False))
        else:
            low, high = np.triu_indices(n, k=1)
            label = duplicates[mine]
            allowed = np.flatnonzero((label[low] != label[high]) | (label[low] < 0))
            keep = rng.choice(allowed, size=min(per_artist, len(allowed)), replace=False)
            low, high = low[keep], high[keep]
        firsts.append(mine[low])
        seconds.append(mine[high])
    first = np.concatenate(firsts) if firsts else np.empty(0, dtype=np.int64)
    second = np.concatenate(seconds) if seconds else np.empty(0, dtype=np.int64)
    if not len(first):
        raise PairsError(
            f"no artist among {len(rows)} paintings has two that are not scans of one work; a pair of the same artist "
            f"needs two"
        )
    mixed = rng.permutation(len(first))
    turn = rng.random(len(first)) < 0.5
    first, second = first[mixed], second[mixed]
    return np.where(turn, second, first), np.where(turn, first, second)


def triangle(index: npt.NDArray[np.integer]) -> tuple[IntArray, IntArray]:
    """Turn numbers of pairs 0, 1, 2, ... into pairs low < high: (0,1), (0,2), (1,2), (0,3), ...

    >>> [one.tolist() for one in triangle(np.arange(6))]
    [[0, 0, 1, 0, 1, 2], [1, 2, 2, 3, 3, 3]]
    """
    number = np.asarray(index, dtype=np.int64)
    high = ((np.sqrt(8.0 * number + 1) + 1) / 2).astype(np.int64)
    high -= high * (high - 1) // 2 > number  # the root may round up, or down
    high += high * (high + 1) // 2 <= number
    return number - high * (high - 1) // 2, high


def join(
    first: IntArray, second: IntArray, other: IntArray, positive_group: str | Labels, negative_group: str | Labels
) -> Pairs:
    """Put positives (first, second) and their negatives (first, other) into one set: positives, then negatives."""
    n = len(first)
    group = np.empty(2 * n, dtype=object)
    group[:n], group[n:] = positive_group, negative_group
    return Pairs(np.concatenate([first, first]), np.concatenate([second, other]), np.repeat([True, False], n), group)


class Opponents:
    """Pictures of other artists, drawn artist first; with styles, of the same style only."""

    def __init__(self, artist: Labels, rows: npt.NDArray[np.integer], style: npt.NDArray[np.int64] | None) -> None:
        """Sort rows into cells of one style and one artist. style (n,): a number a row, negative where unknown; None:
        all alike.
        """
        names, self._artist = np.unique(artist.astype(str), return_inverse=True)
        self._style = np.zeros(len(artist), dtype=np.int64) if style is None else style
        pool = np.asarray(rows, dtype=np.int64)
        pool = pool[self._style[pool] >= 0]
        self._span = len(names)
        key = self._key(pool)
        order = np.argsort(key, kind="stable")
        self._pictures = pool[order]
        self._cells, self._start, self._count = np.unique(key[order], return_index=True, return_counts=True)
        # Cells of one style lie side by side: where each style's begin and end.
        self._styles = np.arange(int(self._style.max(initial=0)) + 2)
        self._edges = np.searchsorted(self._cells, self._styles * self._span)

    def _key(self, rows: IntArray) -> IntArray:
        return self._style[rows] * self._span + self._artist[rows]

    def _places(self, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return for each row where the cells of its style begin, how many are another artist's, and where its own cell
        would be.
        """
        style = np.maximum(self._style[rows], 0)
        begin, end = self._edges[style], self._edges[style + 1]
        own = np.searchsorted(self._cells, self._key(rows))
        mine = (
            (own < end) & (self._cells[np.minimum(own, len(self._cells) - 1)] == self._key(rows))
            if len(self._cells)
            else own < end
        )
        others = np.where(self._style[rows] >= 0, end - begin - mine, 0)
        return begin, others, np.where(mine, own, np.iinfo(np.int64).max)

    def available(self, rows: IntArray) -> npt.NDArray[np.bool_]:
        """Return for each row (n,) whether it has an opponent."""
        return self._places(rows)[1] > 0

    def draw(
        self, rows: IntArray, rng: np.random.Generator, *, duplicates: npt.NDArray[np.integer] | None = None
    ) -> IntArray:
        """Draw one opponent for each row (n,). All rows must be `available`."""
        begin, others, own = self._places(rows)
        drawn = self._draw(begin, others, own, rng)
        if duplicates is None:
            return drawn
        for _ in range(100):  # one picture under two artists: draw another opponent
            label = duplicates[rows]
            bad = np.flatnonzero((label >= 0) & (label == duplicates[drawn]))
            if not len(bad):
                return drawn
            drawn[bad] = self._draw(begin[bad], others[bad], own[bad], rng)
        raise PairsError(
            "a painting has no opponent but scans of itself under another artist's name; run 'morelli data audit'"
        )

    def _draw(self, begin: IntArray, others: IntArray, own: IntArray, rng: np.random.Generator) -> IntArray:
        cell = begin + rng.integers(0, others)
        cell += cell >= own
        drawn: IntArray = self._pictures[self._start[cell] + rng.integers(0, self._count[cell])]
        return drawn


def style_numbers(style: Labels | None, rows: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return a number for every row's style (n,), -1 where unknown. PairsError unless `rows` show two styles or
    more.
    """
    if style is None:
        raise PairsError(
            "style-matched negatives need a style for every painting; add a column 'style', or ask for random negatives"
        )
    names, code = np.unique(style.astype(str), return_inverse=True)
    known = np.where(names == "", -1, np.arange(len(names)))[code]
    there = sorted({str(style[row]) for row in rows} - {""})
    if len(there) < 2:
        raise PairsError(
            f"style-matched negatives need at least two styles among the {len(rows)} paintings "
            f"(found: {', '.join(there) or 'none'}); fill the column 'style', or ask for random negatives"
        )
    return known.astype(np.int64)
