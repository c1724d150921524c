"""One picture against several of one artist: how many similarities become one.

The rule: the mean similarity to the references, less a share of the mean similarity among them. A picture must be more
alike to them than they are to each other by chance of their being alike: a set of near-identical works is no better
evidence than one of them. For squared distances this is the similarity to the mean of the references, exactly, but it
asks for nothing but similarities, so it serves every way of comparing. `docs/decisions.md` compares it with the mean, the
largest and others.

A calibration belongs to a number of references. With more of them than that, the similarity is its mean over all
choices of so many, which has a closed form: every reference counts, their order and names do not, and the figure varies
less than those that were calibrated, so its evidence is understated, if anything.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray

RULE = "centre"
_CHUNK = 4096


def centre(to: FloatArray, among: FloatArray, *, size: int) -> FloatArray:
    """Return the similarity (m,) to sets, as of sets of `size` references, from means.

    to (m,): the mean similarity to each set's references, of which there may be more. among (m,): the mean similarity
    of two of them; not read with a size of 1. Raises ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError(f"sets of {size} references; 1 or more")
    return to if size == 1 else to - (size - 1) / (2 * size) * among


def set_similarity(to: npt.NDArray[np.floating], among: npt.NDArray[np.floating], *, size: int) -> FloatArray:
    """Return the similarity (m,) of m pictures to their sets, as of sets of `size` references.

    to (m, n): of each picture to its n references. among (m, n, n): of those references to each other; the diagonal is
    not read. size: 1 to n. With a size of 1 it is the mean similarity to the references. Raises ValueError.

    >>> set_similarity(np.array([[0.8, 0.6]]), np.array([[[1.0, 0.4], [0.4, 1.0]]]), size=2).round(3).tolist()
    [0.6]
    """
    m, n = to.shape
    if among.shape != (m, n, n) or not 1 <= size <= n:
        raise ValueError(f"{to.shape} similarities to references and {among.shape} among them, for sets of {size}")
    others = among.sum(axis=(1, 2), dtype=np.float64) - np.trace(among, axis1=1, axis2=2, dtype=np.float64)
    return centre(to.astype(np.float64).mean(axis=1), others / max(n * (n - 1), 1), size=size)


def gather_set_similarity(
    square: npt.NDArray[np.floating], query: npt.NDArray[np.int64], references: npt.NDArray[np.int64]
) -> FloatArray:
    """Return the similarity (k,) of pictures to sets, all of them places in a square of similarities (m, m).

    query (k,), references (k, n). In memory that does not grow with k.
    """
    found = np.empty(len(query))
    for start in range(0, len(query), _CHUNK):
        q, r = query[start : start + _CHUNK], references[start : start + _CHUNK]
        to, among = square[q[:, None], r], square[r[:, :, None], r[:, None, :]]
        found[start : start + _CHUNK] = set_similarity(to, among, size=r.shape[1])
    return found


def to_square(condensed: FloatArray, n: int) -> npt.NDArray[np.float32]:
    """Return similarities of all pairs, as `every_similarity` gives them, as a symmetric square (n, n); 0 on its
    diagonal.
    """
    square = np.zeros((n, n), dtype=np.float32)
    square[np.triu_indices(n, 1)] = condensed
    return square + square.T
