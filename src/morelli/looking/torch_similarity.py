"""A model's way of comparing embeddings, in torch, so that gradients flow through it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from morelli.errors import ModelError
from morelli.looking.onnx_network import OnnxNetwork, read_onnx
from morelli.model.comparison import CohortComparison, MetricComparison, PairNetComparison
from morelli.model.folder import HEAD
from morelli.model.model import Model
from morelli.model.similarity import operator_similarity

Similarity = Callable[[Tensor, Tensor], Tensor]
"""Embeddings (n, d) and (1, d) -> similarity (n,), larger is more alike."""


def torch_similarity(model: Model) -> Similarity:
    """Return the comparison that a model answers with. Raises ModelError for one that is not known here."""
    comparison = model.comparison
    if isinstance(comparison, MetricComparison):
        return partial(operator_similarity, kind=comparison.kind)
    if isinstance(comparison, CohortComparison):
        return partial(cohort_similarity, comparison=comparison)
    if isinstance(comparison, PairNetComparison):
        network = read_onnx(model.folder.read(HEAD), name=str(model.folder.path / HEAD))
        return partial(pair_net_similarity, network=network)
    raise ModelError(
        f"{model.folder.path}: compares by {type(comparison).__name__}, which cannot be differentiated here"
    )


def cohort_similarity(first: Tensor, second: Tensor, *, comparison: CohortComparison) -> Tensor:
    """Return a metric less what each of the two is like to its nearest of a cohort, as `CohortComparison` has it."""
    cohort = torch.from_numpy(comparison.cohort)

    def term(embeddings: Tensor) -> Tensor:
        near = [operator_similarity(one[None], cohort, kind=comparison.kind) for one in embeddings]
        return comparison.weight * torch.stack(near).topk(comparison.neighbours, dim=1).values.mean(dim=1)

    bare: Tensor = operator_similarity(first, second, kind=comparison.kind)
    return bare - term(first) - term(second)


def pair_net_similarity(first: Tensor, second: Tensor, *, network: OnnxNetwork) -> Tensor:
    """Return the output of a network over pairs, the mean over both orders, as `PairNetComparison` has it."""
    second = second.expand_as(first)
    (there,) = network.run({"first": first, "second": second}, ["similarity"])
    (back,) = network.run({"first": second, "second": first}, ["similarity"])
    return (there + back).flatten() / 2
