"""Find pictures of the same work among many, in time that grows with their number, not with its square.

Candidates share a band of signs of random projections (locality-sensitive hashing; Charikar, 2002); each is then
verified on its own. The thresholds were set by looking at every pair near them among 10,888 paintings: above them all
were the same work (or one print in two states), below them geometric pictures, tondi and mounts begin to look alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from morelli.pictures.alignment import aligned_correlation, detail, unit_vectors
from morelli.pictures.fingerprint import Fingerprint

Pairs = npt.NDArray[np.int64]
_BANDS = 128
_NEIGHBOURS = 32  # compared within a bucket: a bucket of very many alike pictures must not cost its square
_CHUNK = 2048


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """When two pictures count as near duplicates.

    candidate:   coarse correlation below which nothing is fitted.
    correlation: of the fitted detail, for pictures with structure.
    structure:   share of structure from which `correlation` decides alone.
    plain:       correlation asked for where there is less structure ...
    colour:      ... and the mean difference of their colours, levels of 255, that is allowed there.
    """

    candidate: float = 0.6
    correlation: float = 0.88
    structure: float = 0.58
    plain: float = 0.985
    colour: float = 6.0


_TURNS = 8  # of a fingerprint, see `_turned`
_TURNED = Likeness(plain=2.0)  # no correlation is: pictures of plain shapes are not looked for


def near_duplicates(fingerprints: Sequence[Fingerprint], *, likeness: Likeness | None = None) -> Pairs:
    """Return (m, 2) int64: pairs i < j, sorted, of pictures that show the same work (or are the same to the pixel).

    Robust to rescaling, JPEG, squashing, colour and light, crops of a few per cent. Flat pictures are paired only where
    their pixels are identical. Of many copies of one picture not all pairs are given, but they hang together: group
    them with `group_duplicates`.
    """
    likeness = Likeness() if likeness is None else likeness
    identical = _identical(fingerprints)
    rows = np.array([i for i, print_ in enumerate(fingerprints) if not print_.flat], dtype=np.int64)
    if len(rows) < 2:
        return identical
    solid = [fingerprints[i] for i in rows]
    pairs = _candidates(np.stack([print_.grey for print_ in solid]), likeness.candidate)
    kept = [
        pairs[s : s + _CHUNK][_verified(solid, pairs[s : s + _CHUNK], likeness)] for s in range(0, len(pairs), _CHUNK)
    ]
    found = rows[np.concatenate(kept)] if kept else np.empty((0, 2), dtype=np.int64)
    return np.unique(np.concatenate([identical, found]), axis=0)


def are_near_duplicates(one: Fingerprint, other: Fingerprint, *, likeness: Likeness | None = None) -> bool:
    """Tell whether two pictures are near duplicates, as `near_duplicates` does."""
    if one.sha256 == other.sha256:
        return True
    if one.flat or other.flat:
        return False
    return bool(_verified([one, other], np.array([[0, 1]]), Likeness() if likeness is None else likeness)[0])


def are_turned_duplicates(one: Fingerprint, other: Fingerprint) -> bool:
    """Tell whether the one picture is near the other mirrored, turned by quarters, both, or as a negative.

    Only of pictures with structure: plain shapes are like their mirror images.
    """
    if one.flat or other.flat or min(one.structure, other.structure) < _TURNED.structure:
        return False
    solid = [one, *_turned(other)]
    pairs = np.array([[0, place] for place in range(1, len(solid))])
    vectors = unit_vectors(detail(np.stack([print_.grey for print_ in solid]), side=16))
    pairs = pairs[_alike(vectors, pairs) >= _TURNED.candidate]  # most are done with here
    return len(pairs) > 0 and bool(_verified(solid, pairs, _TURNED).any())


def turned_duplicates(fingerprints: Sequence[Fingerprint]) -> Pairs:
    """Return (m, 2) int64: pairs i < j of which the one is near the other mirrored, turned by quarters, both, or as a negative."""
    n = len(fingerprints)
    turned = [
        replace(one, sha256=f"{number} of {print_.sha256}")
        for print_ in fingerprints
        for number, one in enumerate(_turned(print_))
    ]
    pairs = near_duplicates([*fingerprints, *turned], likeness=_TURNED)
    pairs = pairs[(pairs[:, 0] < n) & (pairs[:, 1] >= n)]
    crossing = np.sort(np.stack([pairs[:, 0], (pairs[:, 1] - n) // _TURNS], axis=1), axis=1)
    return np.unique(crossing[crossing[:, 0] != crossing[:, 1]], axis=0)


def _turned(print_: Fingerprint) -> list[Fingerprint]:
    """Return a picture's fingerprint mirrored and turned in the seven ways that a square has, and as a negative."""
    found = [
        replace(
            print_,
            grey=np.ascontiguousarray(np.rot90(print_.grey[:, ::step], quarters)),
            colour=np.ascontiguousarray(np.rot90(print_.colour[:, ::step], quarters)),
        )
        for step in (1, -1)
        for quarters in range(4)
    ][1:]
    return [*found, replace(print_, grey=255 - print_.grey, colour=255 - print_.colour)]


def group_duplicates(pairs: Pairs, n: int) -> npt.NDArray[np.int64]:
    """Return labels (n,) int64: pictures that hang together by pairs (m, 2) share one, the lowest row among them.

    >>> group_duplicates(np.array([[0, 2], [2, 3]]), 5)
    array([0, 1, 0, 0, 4])
    """
    leader = list(range(n))

    def find(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    for left, right in pairs.tolist():
        a, b = find(left), find(right)
        leader[max(a, b)] = min(a, b)
    return np.array([find(row) for row in range(n)], dtype=np.int64)


def _identical(fingerprints: Sequence[Fingerprint]) -> Pairs:
    """Pair each picture with the one before it that has the same pixels."""
    last: dict[str, int] = {}
    pairs = []
    for row, print_ in enumerate(fingerprints):
        if print_.sha256 in last:
            pairs.append((last[print_.sha256], row))
        last[print_.sha256] = row
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _candidates(grey: npt.NDArray[np.uint8], least: float) -> Pairs:
    """Return the pairs (m, 2) that share a band and whose coarse detail correlates."""
    n = len(grey)
    vectors = np.concatenate([unit_vectors(detail(grey[s : s + _CHUNK], side=16)) for s in range(0, n, _CHUNK)])
    # As many buckets as pictures, twice over: a bucket then holds a few, however many pictures there are.
    bits = min(62, max(8, int(np.ceil(np.log2(n))) + 1))
    rng = np.random.default_rng(1874)  # fixed: the same pictures give the same pairs
    powers = 1 << np.arange(bits, dtype=np.int64)
    found = np.empty(0, dtype=np.int64)
    for _ in range(_BANDS):
        signs = vectors @ rng.standard_normal((vectors.shape[1], bits)).astype(np.float32) > 0
        bucket = signs @ powers
        order = np.argsort(bucket, kind="stable")
        pairs = []
        for step in range(1, min(_NEIGHBOURS, n - 1) + 1):
            together = bucket[order[step:]] == bucket[order[:-step]]
            if not together.any():
                break
            pairs.append(np.stack([order[:-step][together], order[step:][together]], axis=1))
        if pairs:
            near = np.sort(np.concatenate(pairs), axis=1)
            near = near[_alike(vectors, near) >= least]
            found = np.union1d(found, near[:, 0] * n + near[:, 1])
    return np.stack([found // n, found % n], axis=1)


def _alike(vectors: npt.NDArray[np.float32], pairs: Pairs) -> npt.NDArray[np.float32]:
    parts = [
        np.einsum("ij,ij->i", vectors[pairs[s : s + 65536, 0]], vectors[pairs[s : s + 65536, 1]])
        for s in range(0, len(pairs), 65536)
    ]
    return np.concatenate(parts)


def _verified(solid: Sequence[Fingerprint], pairs: Pairs, likeness: Likeness) -> npt.NDArray[np.bool_]:
    left, right = ([solid[row] for row in column] for column in pairs.T)
    correlation = aligned_correlation(np.stack([p.grey for p in left]), np.stack([p.grey for p in right]))
    structure = np.array([min(a.structure, b.structure) for a, b in zip(left, right, strict=True)])
    colours = np.stack([p.colour for p in left]).astype(np.float32) - np.stack([p.colour for p in right])
    plain = (correlation >= likeness.plain) & (np.abs(colours).mean(axis=(1, 2, 3)) <= likeness.colour)
    verified: npt.NDArray[np.bool_] = (
        (structure >= likeness.structure) & (correlation >= likeness.correlation)
    ) | plain
    return verified
