"""Nearest neighbours, and how often one of them is by the same artist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.arrays import FloatArray

IntArray = npt.NDArray[np.int64]
Block = Callable[[IntArray, IntArray], npt.NDArray[np.floating]]
"""Rows of a catalogue (q,) and (m,) -> similarities (q, m), larger more alike."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Each query's nearest pictures.

    query (q,): rows. neighbours (q, k): rows, nearest first, never the query. hit (q, len(ks)): the chance that a
    picture by the query's artist is among the k nearest, equal similarities in random order: 0 or 1 where none are
    equal. artists (a,): of the gallery, sorted. gained (a, len(ks)): how many queries by others would find their
    artist if this one's pictures were not in the gallery (they stand in the way).
    """

    query: IntArray
    neighbours: IntArray
    hit: FloatArray
    ks: tuple[int, ...]
    artists: npt.NDArray[np.str_]
    gained: IntArray


def block_from_pairs(score: Callable[[IntArray, IntArray], npt.NDArray[np.floating]]) -> Block:
    """Turn a score of pairs (n,), (n,) -> (n,) into one of blocks (q,), (m,) -> (q, m)."""

    def block(query: IntArray, gallery: IntArray) -> npt.NDArray[np.floating]:
        similarity = score(np.repeat(query, len(gallery)), np.tile(gallery, len(query)))
        return similarity.reshape(len(query), len(gallery))

    return block


def find_neighbours(
    block: Block,
    artist: npt.NDArray[np.object_],
    rows: npt.NDArray[np.integer],
    *,
    ks: Sequence[int] = (1, 5, 10),
    chunk: int = 256,
) -> Neighbours:
    """Search each picture's nearest among the others, `chunk` queries at a time.

    artist (n,): of the whole catalogue. rows (m,): the gallery; its pictures are the queries, but for those whose
    artist has no other picture there. ks: each 1 or more; those that reach the gallery's size are cut to it. Raises
    PairsError where there is no query, ValueError for a nan.
    """
    gallery = np.asarray(rows, dtype=np.int64)
    names, code, count = np.unique(artist[gallery].astype(str), return_inverse=True, return_counts=True)
    places = np.flatnonzero(count[code] > 1)
    if not len(places):
        raise PairsError(f"no artist among {len(gallery)} paintings has two; there is nothing to find again")
    if not ks or min(ks) < 1:
        raise ValueError(f"ks {tuple(ks)}: give numbers of 1 or more")
    cut = tuple(min(k, len(gallery) - 1) for k in ks)
    by_artist = np.argsort(code, kind="stable")
    starts = np.cumsum(count) - count
    gained = np.zeros((len(names), len(cut)), dtype=np.int64)
    found, hits = [], []
    for start in range(0, len(places), chunk):
        part = places[start : start + chunk]
        similarity = np.array(block(gallery[part], gallery), dtype=np.float64)
        if np.isnan(similarity).any():
            raise ValueError(
                f"retrieval: {int(np.isnan(similarity).sum())} similarities are nan; find out why before judging"
            )
        similarity[np.arange(len(part)), part] = -np.inf  # the query itself
        near = _nearest(similarity, max(cut))
        found.append(gallery[near])
        mine = code[part][:, None] == code[None, :]
        mine[np.arange(len(part)), part] = False
        hits.append(np.stack([_chance(similarity, mine, near, k) for k in cut], axis=1))
        own = np.where(mine, similarity, -np.inf).max(axis=1, keepdims=True)
        ahead = np.add.reduceat((similarity > own)[:, by_artist].astype(np.int64), starts, axis=1)
        rank = 1 + ahead.sum(axis=1, keepdims=True)
        gained += np.stack([((rank - ahead <= k) & (rank > k)).sum(axis=0) for k in cut], axis=1)
    return Neighbours(gallery[places], np.concatenate(found), np.concatenate(hits), tuple(ks), names, gained)


def _nearest(similarity: npt.NDArray[np.float64], k: int) -> IntArray:
    """Return the places of the k largest of each row (q, k), largest first, equal ones by place."""
    some = np.sort(np.argpartition(-similarity, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(similarity, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def _chance(
    similarity: npt.NDArray[np.float64], mine: npt.NDArray[np.bool_], near: IntArray, k: int
) -> npt.NDArray[np.float64]:
    """Return the chance (q,) that the k nearest hold one of `mine` (q, m), ties in random order."""
    edge = np.take_along_axis(similarity, near[:, k - 1 : k], axis=1)
    above, level = similarity > edge, similarity == edge
    slots = k - above.sum(axis=1)
    tied, tied_other = level.sum(axis=1), (level & ~mine).sum(axis=1)
    miss = np.ones(len(similarity))
    for taken in range(int(slots.max())):
        step = np.maximum(tied_other - taken, 0) / np.maximum(tied - taken, 1)
        miss *= np.where(taken < slots, step, 1.0)
    return np.where((above & mine).any(axis=1), 1.0, 1 - miss)
