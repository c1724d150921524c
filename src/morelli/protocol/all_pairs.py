"""Every pair of some pictures, each weighing as much as it is expected to be drawn: what rare errors are counted on.

A balanced draw of a few thousand pairs shows no rate of 0.1 %. All pairs of a thousand pictures are half a million.
They weigh what `draw_pairs` gives them: artists alike in the positives (up to `per_artist` pairs), and each negative
by the chance that its two pictures meet, so a rate counted here is what the drawn pairs would show, were they endless.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.arrays import FloatArray, checked
from morelli.protocol.pairs import PER_ARTIST, Labels, Negatives, style_numbers
from morelli.protocol.retrieval import Block

IntArray = npt.NDArray[np.int64]
MOST_PAIRS = 2_500_000  # about 2,200 pictures: a few seconds, some hundred megabytes
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class AllPairs:
    """Positives and negatives, each by rising similarity.

    positive (p,), negative (m,): similarities. positive_weight, negative_weight: their shares, each summing to 1.
    artist (p,): number of each positive's artist; first, second (m,): of each negative's two. n_artists: of all.
    """

    positive: FloatArray
    positive_weight: FloatArray
    artist: IntArray
    negative: FloatArray
    negative_weight: FloatArray
    first: IntArray
    second: IntArray
    n_artists: int


def choose_rows(
    artist: Labels, rows: npt.NDArray[np.integer], *, seed: int, most_pairs: int = MOST_PAIRS
) -> npt.NDArray[np.int64]:
    """Return the rows (sorted) whose pairs number at most `most_pairs`: where all are too many, each artist keeps at
    most so many pictures as fit, drawn at random; more artists are worth more than more pictures of one.
    """
    chosen = np.sort(np.asarray(rows, dtype=np.int64))
    most = int((1 + np.sqrt(1 + 8 * max(most_pairs, 1))) / 2)
    if len(chosen) <= most:
        return chosen
    mixed = np.random.default_rng([seed, len(chosen), 11]).permutation(chosen)
    _, code = np.unique(artist[mixed].astype(str), return_inverse=True)
    order = np.argsort(code, kind="stable")
    count = np.bincount(code)
    rank = np.empty(len(mixed), dtype=np.int64)
    rank[order] = np.arange(len(mixed)) - np.repeat(np.cumsum(count) - count, count)
    # The first picture of every artist, then the second of each, and so on, as far as there is room.
    return np.sort(mixed[np.argsort(rank, kind="stable")][:most])


def every_similarity(block: Block, rows: IntArray) -> FloatArray:
    """Return the similarity of every pair of rows (n,) -> (n (n - 1) / 2,): (0,1), (0,2), ..., (1,2), ... Raises
    ValueError for a nan.
    """
    found = []
    for start in range(0, len(rows), _CHUNK):
        part = np.asarray(block(rows[start : start + _CHUNK], rows[start:]), dtype=np.float64)
        found.append(part[np.triu_indices(len(part), 1, part.shape[1])])
    return checked(np.concatenate(found) if found else np.empty(0), what="all pairs")


def weigh_pairs(
    similarity: FloatArray,
    artist: Labels,
    rows: IntArray,
    *,
    negatives: Negatives,
    style: Labels | None = None,
    per_artist: int = PER_ARTIST,
    duplicates: npt.NDArray[np.integer] | None = None,
) -> AllPairs:
    """Weigh the pairs of rows (n,) for one kind of negatives. similarity: as `every_similarity` returns it.

    artist, style, duplicates: of the whole catalogue, as `draw_pairs` has them. Pairs that are never drawn are left
    out. Raises PairsError where there is no positive or no negative.
    """
    _, code = np.unique(artist[rows].astype(str), return_inverse=True)
    n_artists = int(code.max()) + 1
    styles = np.zeros(len(rows), dtype=np.int64)
    if negatives == "style-matched":
        _, styles = np.unique(style_numbers(style, rows)[rows], return_inverse=True)
        styles = np.where(style[rows] == "", -1, styles)  # type: ignore[index]
    first, second = np.triu_indices(len(rows), 1)
    same = code[first] == code[second]
    if duplicates is not None:
        label = duplicates[rows]
        other = (label[first] < 0) | (label[first] != label[second])
        first, second, same, similarity = first[other], second[other], same[other], similarity[other]
    opponents, pictures = _opponents(code, styles)

    one, two = first[same], second[same]
    pairs = np.bincount(code[one], minlength=n_artists)
    share = np.minimum(pairs, per_artist)[code[one]] / pairs[code[one]]
    there_one, there_two = opponents[one] > 0, opponents[two] > 0
    share = np.where(there_one | there_two, share, 0.0)
    # A positive begins with either picture; with the one that has opponents where only one has.
    begins = np.bincount(one, weights=share * np.where(there_two, there_one / 2, there_one), minlength=len(rows))
    begins += np.bincount(two, weights=share * np.where(there_one, there_two / 2, there_two), minlength=len(rows))

    left, right = first[~same], second[~same]
    meets = np.zeros(len(left))
    fit = (styles[left] == styles[right]) & (styles[left] >= 0)
    a, b = left[fit], right[fit]
    meets[fit] = begins[a] / (opponents[a] * pictures[b]) + begins[b] / (opponents[b] * pictures[a])
    if not share.sum() > 0 or not meets.sum() > 0:
        kind = f"{negatives} pair of different artists" if len(one) else "pair of one artist"
        raise PairsError(f"no {kind} among {len(rows)} paintings")
    positive, negative = similarity[same], similarity[~same]
    up, down = _rising(positive, share), _rising(negative, meets)
    return AllPairs(
        positive=positive[up],
        positive_weight=share[up] / share.sum(),
        artist=code[one][up],
        negative=negative[down],
        negative_weight=meets[down] / meets.sum(),
        first=code[left][down],
        second=code[right][down],
        n_artists=n_artists,
    )


def _opponents(code: IntArray, styles: IntArray) -> tuple[IntArray, IntArray]:
    """Return for each picture how many other artists its style has (0 where the style is unknown), and how many
    pictures of that style its own artist has.
    """
    cells, cell, count = np.unique((styles + 1) * (code.max() + 1) + code, return_inverse=True, return_counts=True)
    artists = np.bincount(cells // (code.max() + 1), minlength=int(styles.max()) + 2)
    return np.where(styles >= 0, artists[styles + 1] - 1, 0), count[cell]


def _rising(similarity: FloatArray, weight: FloatArray) -> IntArray:
    """Return the places of the pairs that have any weight, by rising similarity."""
    there = np.flatnonzero(weight > 0)
    return there[np.argsort(similarity[there], kind="stable")]
