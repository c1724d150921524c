"""How alike two embeddings are. Larger is more alike, always: the only place in the package where a distance is turned round."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError, nearest

FloatArray = npt.NDArray[np.floating]
Kind = Literal["negative-mean-squared-difference", "cosine", "dot"]
_CHUNK = 1 << 18  # values gathered at a time for each side of the pairs: both blocks stay in the processor's cache


def check_kind(kind: str) -> Kind:
    """Return a kind of similarity that this version knows; ModelError names the nearest."""
    for known in get_args(Kind):
        if kind == known:
            return known  # type: ignore[no-any-return]
    raise ModelError(f"no similarity is called {kind!r}; {nearest(kind, get_args(Kind))}")


def pair_similarity(first: FloatArray, second: FloatArray, *, kind: Kind) -> npt.NDArray[np.float32]:
    """Return the similarity (n,) of embeddings (n, d) and (n, d), row by row. It does not depend on their order.

    It is not finite where the embeddings are not, or are too large to be compared.
    """
    if kind == "cosine":
        norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        return _cosine(np.einsum("nd,nd->n", first, second), norms)
    if kind == "dot":
        return np.asarray(np.einsum("nd,nd->n", first, second), dtype=np.float32)
    difference = first - second
    distance = np.einsum("nd,nd->n", difference, difference) / first.shape[1]
    return np.asarray(-distance, dtype=np.float32)


def operator_similarity(first: Any, second: Any, *, kind: Kind) -> Any:
    """Return the same (n,) for arrays or tensors of any library with numpy's operators: what torch can differentiate.

    The cosine with an embedding of nothing but zeros has no value here (nan); there it is 0.
    """
    if kind == "cosine":
        norms = (first * first).sum(1) ** 0.5 * (second * second).sum(1) ** 0.5
        return (first * second).sum(1) / norms
    if kind == "dot":
        return (first * second).sum(1)
    difference = first - second
    return -(difference * difference).mean(1)


def rows_similarity(
    embeddings: FloatArray,
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
    *,
    kind: Kind,
    norms: FloatArray | None = None,
) -> npt.NDArray[np.float32]:
    """Return the similarity (n,) of rows `first` and `second` (n,) of embeddings (m, d), in memory that does not grow with n.

    norms (m,): the lengths of the embeddings, where they are known; the cosine of many pairs is faster with them.
    """
    out = np.empty(len(first), dtype=np.float32)
    step = max(1, _CHUNK // max(1, embeddings.shape[1]))
    for start in range(0, len(first), step):
        part = slice(start, start + step)
        one, other = first[part], second[part]
        if kind == "cosine" and norms is not None:
            dots = np.einsum("nd,nd->n", embeddings[one], embeddings[other])
            out[part] = _cosine(dots, norms[one] * norms[other])
        else:
            out[part] = pair_similarity(embeddings[one], embeddings[other], kind=kind)
    return out


def lengths(embeddings: FloatArray) -> FloatArray:
    """Return the lengths (m,) of embeddings (m, d), without an array of their size beside them.

    >>> lengths(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [5.0, 0.0]
    """
    length: FloatArray = np.sqrt(np.einsum("nd,nd->n", embeddings, embeddings))
    return length


def _cosine(dots: FloatArray, norms: FloatArray) -> npt.NDArray[np.float32]:
    """Divide dot products (n,) by products of lengths (n,): 0 where one is nothing but zeros, nan where one is no number."""
    cosine: npt.NDArray[np.float32] = np.zeros(len(dots), np.float32)
    np.divide(dots, norms, out=cosine, where=norms != 0, casting="unsafe")
    cosine[~np.isfinite(norms)] = np.nan  # too large for a float: not the 0 that dividing gives
    return cosine


def block_similarity(queries: FloatArray, gallery: FloatArray, *, kind: Kind) -> npt.NDArray[np.float32]:
    """Return the similarity (q, m) of every query (q, d) with every picture of a gallery (m, d)."""
    if kind == "cosine":
        return np.asarray(_unit(queries) @ _unit(gallery).T, dtype=np.float32)
    if kind == "dot":
        return np.asarray(queries @ gallery.T, dtype=np.float32)
    square = np.einsum("nd,nd->n", queries, queries)[:, None] + np.einsum("nd,nd->n", gallery, gallery)[None, :]
    distance = np.maximum(square - 2 * queries @ gallery.T, 0) / queries.shape[1]
    return np.asarray(-distance, dtype=np.float32)


def _unit(x: FloatArray) -> FloatArray:
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    unit: FloatArray = np.zeros_like(x)
    np.divide(x, norm, out=unit, where=norm != 0)
    return unit
