"""How a model compares two embeddings: by a metric, by a network over pairs, or by a metric normalised against a cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.model.compiled_cache import CompiledCache
from morelli.model.similarity import Kind, block_similarity, lengths, rows_similarity

Embeddings = npt.NDArray[np.float32]
Rows = npt.NDArray[np.integer]
Similarities = npt.NDArray[np.float32]
_PAIRS = 1 << 14  # pairs a network is given at once
_QUERIES = 256  # pictures whose similarities to a cohort are held at once


class Comparison(Protocol):
    """A way of comparing. Larger is more alike; the order of two pictures never matters."""

    def over(self, embeddings: Embeddings) -> Compared:
        """Return the similarities of embeddings (m, d); what each of them needs for itself is worked out once, here."""
        ...


class Compared(Protocol):
    """The similarities of some embeddings, by their rows."""

    def rows(self, first: Rows, second: Rows) -> Similarities:
        """Return the similarity (n,) of rows `first` and `second` (n,)."""
        ...

    def block(self, queries: Rows, gallery: Rows) -> Similarities:
        """Return the similarity (q, m) of every row of `queries` (q,) with every one of `gallery` (m,)."""
        ...


@dataclass(frozen=True)
class MetricComparison:
    """A metric between two embeddings."""

    kind: Kind

    def over(self, embeddings: Embeddings) -> Compared:
        """Return the similarities of embeddings (m, d)."""
        return _ByMetric(embeddings, self.kind, _lengths(embeddings, self.kind))


@dataclass(frozen=True, eq=False)
class _ByMetric:
    embeddings: Embeddings
    kind: Kind
    norms: Similarities | None

    def rows(self, first: Rows, second: Rows) -> Similarities:
        return rows_similarity(self.embeddings, first, second, kind=self.kind, norms=self.norms)

    def block(self, queries: Rows, gallery: Rows) -> Similarities:
        return block_similarity(self.embeddings[queries], self.embeddings[gallery], kind=self.kind)


@dataclass(frozen=True, eq=False)
class CohortComparison:
    """A metric minus `weight` times each picture's mean similarity with its `neighbours` nearest of a cohort.

    Cross-domain similarity local scaling (Lample et al. 2018, "Word translation without parallel data") with a cohort of other
    artists in place of the other language. cohort (c, d): embeddings of training artists' pictures; fixed, whatever the pair.
    """

    kind: Kind
    cohort: Embeddings
    neighbours: int
    weight: float

    def __post_init__(self) -> None:
        if not 1 <= self.neighbours <= len(self.cohort):
            raise ModelError(f"{self.neighbours} neighbours of a cohort of {len(self.cohort)} pictures")

    def over(self, embeddings: Embeddings) -> Compared:
        """Return the similarities of embeddings (m, d). Raises ValueError for a width that is not the cohort's."""
        if embeddings.shape[1] != self.cohort.shape[1]:
            raise ValueError(f"embeddings are {embeddings.shape[1]} wide, the cohort's {self.cohort.shape[1]}")
        return _AgainstCohort(embeddings, self.kind, _lengths(embeddings, self.kind), self.term(embeddings))

    def term(self, embeddings: Embeddings) -> Similarities:
        """Return what is taken off each picture's similarities (m,): weight times the mean over its nearest of the cohort."""
        out = np.empty(len(embeddings), dtype=np.float32)
        for start in range(0, len(embeddings), _QUERIES):
            near = block_similarity(embeddings[start : start + _QUERIES], self.cohort, kind=self.kind)
            last = near.shape[1] - self.neighbours
            nearest = np.partition(near, last, axis=1)[:, last:]
            out[start : start + _QUERIES] = self.weight * nearest.mean(axis=1)
        return out


@dataclass(frozen=True, eq=False)
class _AgainstCohort:
    embeddings: Embeddings
    kind: Kind
    norms: Similarities | None
    term: Similarities

    def rows(self, first: Rows, second: Rows) -> Similarities:
        bare = rows_similarity(self.embeddings, first, second, kind=self.kind, norms=self.norms)
        similarity: Similarities = bare - self.term[first] - self.term[second]
        return similarity

    def block(self, queries: Rows, gallery: Rows) -> Similarities:
        bare = block_similarity(self.embeddings[queries], self.embeddings[gallery], kind=self.kind)
        similarity: Similarities = bare - self.term[queries][:, None] - self.term[gallery][None, :]
        return similarity


def _lengths(embeddings: Embeddings, kind: Kind) -> Similarities | None:
    return lengths(embeddings).astype(np.float32) if kind == "cosine" else None


@dataclass(frozen=True, eq=False)
class PairNetComparison:
    """A network over two embeddings; a pair's similarity is the mean of its output in both orders."""

    network: Any

    def over(self, embeddings: Embeddings) -> Compared:
        """Return the similarities of embeddings (m, d)."""
        return _ByPairNet(embeddings, self.network)


@dataclass(frozen=True, eq=False)
class _ByPairNet:
    embeddings: Embeddings
    network: Any

    def rows(self, first: Rows, second: Rows) -> Similarities:
        out = np.empty(len(first), dtype=np.float32)
        request = self.network.create_infer_request()
        for start in range(0, len(first), _PAIRS):
            part = slice(start, start + _PAIRS)
            out[part] = self._both_orders(request, self.embeddings[first[part]], self.embeddings[second[part]])
        return out

    def block(self, queries: Rows, gallery: Rows) -> Similarities:
        first, second = np.repeat(queries, len(gallery)), np.tile(gallery, len(queries))
        return self.rows(first, second).reshape(len(queries), len(gallery))

    def _both_orders(self, request: Any, one: Embeddings, other: Embeddings) -> Similarities:
        there = request.infer({"first": one, "second": other})["similarity"].copy()
        back = request.infer({"first": other, "second": one})["similarity"]
        similarity: Similarities = (there + back) / 2
        # A row of nan is a picture that could not be used: it has no similarity, whatever a network makes of it.
        similarity[~(np.isfinite(one[:, 0]) & np.isfinite(other[:, 0]))] = np.nan
        return similarity


def load_pair_net(
    model: bytes, *, name: str, width: int, threads: int = 0, cache: CompiledCache | None = None
) -> PairNetComparison:
    """Compile `head.onnx`: `first`, `second` (n, width) float32 -> `similarity` (n,). name: for errors. Raises ModelError."""
    from morelli.model.network import compile_onnx

    compiled = compile_onnx(model, name=name, threads=threads, cache=cache)
    inputs = {names: port for port in compiled.inputs for names in port.get_names()}
    outputs = {names for port in compiled.outputs for names in port.get_names()}
    if not {"first", "second"} <= set(inputs) or "similarity" not in outputs:
        raise ModelError(f"{name}: not a network over pairs: it must turn `first` and `second` into `similarity`")
    for side in ("first", "second"):
        shape = inputs[side].get_partial_shape()
        if len(shape) != 2 or not shape[1].is_static or shape[1].get_length() != width:
            raise ModelError(f"{name}: its input {side!r} is {shape}, the encoder gives {width} values")
    return PairNetComparison(compiled)
