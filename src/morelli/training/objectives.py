"""The triplet and the contrastive loss over mean squared distances, on drawn examples and inside a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


def mean_squared_distance(a: Tensor, b: Tensor) -> Tensor:
    """Return D (n,) of embeddings a, b (n, d): the mean over components of the squared difference, a value a sample."""
    return (a - b).square().mean(dim=1)


def mean_squared_distances(embeddings: Tensor) -> Tensor:
    """Return D (n, n) between all embeddings (n, d) of a batch."""
    square = embeddings.square().sum(dim=1)
    return (square[:, None] + square[None, :] - 2 * embeddings @ embeddings.T).clamp_min(0) / embeddings.shape[1]


@dataclass(frozen=True)
class Loss:
    """A loss to go down, and of how many examples how many still have one: `active` of `examples`.

    total: the sum over all examples, so that losses of different samplings can be compared as means over examples.
    """

    value: Tensor
    active: Tensor
    examples: int
    total: Tensor


def triplet_loss(positive: Tensor, negative: Tensor, *, margin: float) -> Loss:
    """max(0, D(a, p) - D(a, n) + margin), the mean over triplets; positive, negative: (n,) distances."""
    each = (positive - negative + margin).clamp_min(0)
    return Loss(each.mean(), (each > 0).sum(), each.numel(), each.sum())


def contrastive_loss(distance: Tensor, different: Tensor, *, margin: float) -> Loss:
    """(1 - y) D^2 + y max(0, margin - D)^2, y = 1 for different artists, the mean over pairs; both (n,)."""
    y = different.to(distance.dtype)
    each = (1 - y) * distance.square() + y * (margin - distance).clamp_min(0).square()
    return Loss(each.mean(), (each > 0).sum(), each.numel(), each.sum())


def batch_triplet_loss(embeddings: Tensor, artist: Tensor, *, margin: float) -> Loss:
    """The triplet loss over every triplet that a batch holds, the mean over those that are not zero.

    embeddings (n, d), artist (n,) labels. Hermans, Beyer, Leibe 2017, "batch all". Zero where the batch holds no triplet.
    """
    distance = mean_squared_distances(embeddings)
    same = artist[:, None] == artist[None, :]
    anchor, positive = torch.where(same & ~torch.eye(len(artist), dtype=torch.bool, device=artist.device))
    each = (distance[anchor, positive][:, None] - distance[anchor] + margin).clamp_min(0)  # (positive pairs, n)
    valid = ~same[anchor]
    each = each * valid
    active = (each > 0).sum()
    return Loss(each.sum() / active.clamp_min(1), active, int(valid.sum()), each.sum())


def batch_contrastive_loss(embeddings: Tensor, artist: Tensor, *, margin: float) -> Loss:
    """The contrastive loss over every pair that a batch holds; same and different pairs weigh half each, as a fair coin does.

    embeddings (n, d), artist (n,) labels.
    """
    first, second = torch.triu_indices(len(artist), len(artist), offset=1, device=artist.device)
    distance = mean_squared_distances(embeddings)[first, second]
    different = artist[first] != artist[second]
    near, far = distance[~different], distance[different]
    pull = contrastive_loss(near, torch.zeros_like(near, dtype=torch.bool), margin=margin)
    push = contrastive_loss(far, torch.ones_like(far, dtype=torch.bool), margin=margin)
    parts = [part for part in (pull, push) if part.examples]
    value = torch.stack([part.value for part in parts]).mean() if parts else embeddings.sum() * 0
    return Loss(value, pull.active + push.active, len(distance), value * len(distance))
