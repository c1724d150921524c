"""How alike two embeddings are. Larger is more alike, always: the only place in the package where a distance is turned round."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError, nearest

FloatArray = npt.NDArray[np.floating]
Kind = Literal["negative-mean-squared-difference", "cosine", "dot"]
_CHUNK = 1 << 14  # pairs at a time: two gathered blocks stay in the processor's cache


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
        dots = np.einsum("nd,nd->n", first, second)
        cosine: npt.NDArray[np.float32] = np.zeros(len(dots), np.float32)
        np.divide(dots, norms, out=cosine, where=norms != 0, casting="unsafe")
        cosine[~np.isfinite(norms)] = np.nan  # too large for a float: not the 0 that dividing gives
        return cosine
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
    embeddings: FloatArray, first: npt.NDArray[np.integer], second: npt.NDArray[np.integer], *, kind: Kind
) -> npt.NDArray[np.float32]:
    """Return the similarity (n,) of rows `first` and `second` (n,) of embeddings (m, d), in memory that does not grow with n."""
    out = np.empty(len(first), dtype=np.float32)
    for start in range(0, len(first), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = pair_similarity(embeddings[first[part]], embeddings[second[part]], kind=kind)
    return out


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
