"""Sets of references, and how they are drawn: n paintings of one artist, beside one painting by them or by another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.pairs import NEGATIVES, Labels, Negatives, style_numbers

IntArray = npt.NDArray[np.int64]
SIZES = (2, 4, 8, 16)
"""Numbers of references that are calibrated for; one reference is a pair."""
PER_ARTIST = 40
LEAST_ARTISTS = 10
REPEATS = 4


@dataclass(frozen=True, eq=False)
class Sets:
    """Pictures beside sets, all as places in a list of rows.

    query (k,), references (k, n): never the query itself. same (k,): by the query's artist. weight (k,): summing to 1
    in each class. first, second (k,): numbers of the query's artist and of the references', 0 to n_artists - 1.
    """

    query: IntArray
    references: IntArray
    same: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    first: IntArray
    second: IntArray
    n_artists: int

    def __len__(self) -> int:
        return len(self.query)


class SetDrawer:
    """Draws sets of n references among some rows.

    A query is by an artist with n + 1 pictures or more, artists alike. References of another artist are drawn artist
    first, among those with n pictures (style-matched: n of the query's style); a query without any is left out.
    """

    def __init__(
        self,
        artist: Labels,
        rows: npt.NDArray[np.integer],
        *,
        size: int,
        negatives: Negatives,
        style: Labels | None = None,
        duplicates: npt.NDArray[np.integer] | None = None,
        seed: int = 0,
    ) -> None:
        """Sort. artist, style, duplicates: of the whole catalogue, as `draw_pairs` has them. Of scans of one work the
        first takes part. Raises PairsError where fewer than ten artists allow both kinds of sets.
        """
        self.size = size
        self._rng = np.random.default_rng([seed, size, 17 + NEGATIVES.index(negatives)])
        names, code = np.unique(artist[rows].astype(str), return_inverse=True)
        cell = np.zeros(len(rows), dtype=np.int64)
        if negatives == "style-matched":
            numbers = style_numbers(style, np.asarray(rows))[rows]
            cell = np.where(numbers < 0, -1, numbers)
        taking = _first_of_each(duplicates, rows)
        self._mine = [np.flatnonzero((code == one) & taking) for one in range(len(names))]
        # (style, artist) -> pictures, where they are enough for a set.
        self._pools: dict[int, dict[int, IntArray]] = {}
        for one, mine in enumerate(self._mine):
            for kind in np.unique(cell[mine]):
                pool = mine[cell[mine] == kind]
                if kind >= 0 and len(pool) >= size:
                    self._pools.setdefault(int(kind), {})[one] = pool
        self._owners = {kind: np.array(sorted(pools), dtype=np.int64) for kind, pools in self._pools.items()}
        self._cell, self._code = cell, code
        self._queries = [mine[self._count_opponents(mine) > 0] if len(mine) > size else mine[:0] for mine in self._mine]
        able = sum(len(one) > 0 for one in self._queries)
        if able < LEAST_ARTISTS:
            raise PairsError(
                f"{able} artists allow {negatives} sets of {size} references; {LEAST_ARTISTS} are the least"
            )

    def _count_opponents(self, places: IntArray) -> IntArray:
        """Return how many other artists each picture can be set beside."""
        count = np.zeros(len(places), dtype=np.int64)
        for kind, owners in self._owners.items():
            there = self._cell[places] == kind
            count[there] = len(owners) - np.isin(self._code[places[there]], owners)
        return count

    def _draw_opponents(self, places: IntArray) -> IntArray:
        """Draw one of the other artists for each picture, uniformly."""
        drawn = np.zeros(len(places), dtype=np.int64)
        lot = self._rng.integers(0, self._count_opponents(places))
        for kind, owners in self._owners.items():
            there = np.flatnonzero(self._cell[places] == kind)
            own = np.searchsorted(owners, self._code[places[there]])
            mine = owners[np.minimum(own, len(owners) - 1)] == self._code[places[there]]
            drawn[there] = owners[lot[there] + (mine & (lot[there] >= own))]
        return drawn

    def balanced(self, *, per_artist: int = PER_ARTIST) -> Sets:
        """Draw as many sets of the query's artist as of others, the same queries in both: `per_artist` an artist."""
        query = np.concatenate([self._rng.choice(able, size=per_artist) for able in self._queries if len(able)])
        owner, n = self._draw_opponents(query), len(query)
        own, other = (np.empty((n, self.size), dtype=np.int64) for _ in range(2))
        for one in np.unique(self._code[query]):
            asked = np.flatnonzero(self._code[query] == one)
            own[asked] = self._choose(self._mine[one], query[asked])
        for kind, pools in self._pools.items():
            for one, pool in pools.items():
                asked = np.flatnonzero((owner == one) & (self._cell[query] == kind))
                other[asked] = self._choose(pool, query[asked])
        first = self._code[query]
        return _sets(
            np.tile(query, 2),
            np.concatenate([own, other]),
            np.repeat([True, False], n),
            np.full(2 * n, 1 / n),
            np.tile(first, 2),
            np.concatenate([first, owner]),
        )

    def every(self, *, repeats: int = REPEATS) -> Sets:
        """Draw a set of every other artist for every query, and `repeats` of its own: what rare errors are counted on."""
        query, references, same, weight, second = [], [], [], [], []
        able = [one for one in self._queries if len(one)]
        share = np.zeros(len(self._code))
        for one in able:
            share[one] = 1 / (len(able) * len(one))
            asked = np.repeat(one, repeats)
            query.append(asked)
            references.append(self._choose(self._mine[int(self._code[one[0]])], asked))
            same.append(np.ones(len(asked), dtype=bool))
            weight.append(share[asked] / repeats)
            second.append(self._code[asked])
        asking = np.concatenate(able)
        for kind, pools in self._pools.items():
            there = asking[self._cell[asking] == kind]
            opponents = len(pools) - np.isin(self._code[there], list(pools))
            for owner, pool in pools.items():
                other = self._code[there] != owner
                asked = there[other]
                query.append(asked)
                references.append(self._choose(pool, asked))
                same.append(np.zeros(len(asked), dtype=bool))
                weight.append(share[asked] / opponents[other])
                second.append(np.full(len(asked), owner))
        asked = np.concatenate(query)
        return _sets(
            asked,
            np.concatenate(references),
            np.concatenate(same),
            np.concatenate(weight),
            self._code[asked],
            np.concatenate(second),
        )

    def _choose(self, pool: IntArray, query: IntArray) -> IntArray:
        """Return `size` places (k, size) of a pool for each query, never the query."""
        lot = self._rng.random((len(query), len(pool)))
        lot[query[:, None] == pool[None, :]] = np.inf
        return pool[np.argpartition(lot, self.size - 1, axis=1)[:, : self.size]]


def _sets(
    query: IntArray,
    references: IntArray,
    same: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.float64],
    first: IntArray,
    second: IntArray,
) -> Sets:
    """Number the artists who take part from 0."""
    names, code = np.unique(np.concatenate([first, second]), return_inverse=True)
    return Sets(query, references, same, weight, code[: len(first)], code[len(first) :], len(names))


def _first_of_each(duplicates: npt.NDArray[np.integer] | None, rows: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    taking = np.ones(len(rows), dtype=bool)
    if duplicates is not None:
        label = duplicates[rows]
        repeated = np.ones(len(rows), dtype=bool)
        repeated[np.unique(label, return_index=True)[1]] = False
        taking = (label < 0) | ~repeated
    return taking
