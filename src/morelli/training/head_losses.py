"""What heads are trained by: an additive margin softmax, or another objective of metric learning, and the batches that it is given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.systems.objectives import PAIR_LOSSES, HeadLoss, Heads
from morelli.training.back_end import Names, main_styles

Rows = npt.NDArray[np.int64]
_SUB_CENTRES = 3  # as their authors have it


def margin_softmax(embeddings: Tensor, centres: Tensor, artist: Tensor, *, margin: float, scale: float) -> Tensor:
    """Return the mean cross-entropy of `scale` times the cosines of embeddings (n, d) to centres (k, d), the own artist's less `margin`.

    artist (n,): whose each is, int64.
    """
    cosines = functional.normalize(embeddings, dim=1) @ functional.normalize(centres, dim=1).T
    return functional.cross_entropy(scale * (cosines - margin * functional.one_hot(artist, len(centres))), artist)


class MarginSoftmax(nn.Module):
    """The additive margin softmax over `classes`, whose centres are learnt."""

    def __init__(self, classes: int, dimensions: int, *, margin: float, scale: float) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(classes, dimensions))
        self.margin, self.scale = margin, scale

    def forward(self, embeddings: Tensor, label: Tensor) -> Tensor:
        """Return the loss of embeddings (n, d) with labels (n,)."""
        return margin_softmax(embeddings, self.centres, label, margin=self.margin, scale=self.scale)


def make_loss(name: HeadLoss, heads: Heads, artists: int) -> nn.Module:
    """Return an objective of heads by its name: embeddings (n, d), whose each is (n,) int64 -> loss. What it learns itself is in its
    parameters.
    """
    if name == "margin-softmax":
        return MarginSoftmax(artists, heads.dimensions, margin=heads.margin, scale=heads.scale)
    from pytorch_metric_learning import distances, losses, miners

    made: nn.Module
    miner: nn.Module | None = None
    if name == "sub-centre":
        made = losses.SubCenterArcFaceLoss(
            num_classes=artists,
            embedding_size=heads.dimensions,
            margin=math.degrees(heads.margin),
            scale=heads.scale,
            sub_centers=_SUB_CENTRES,
        )
    elif name == "proxy-anchor":
        made = losses.ProxyAnchorLoss(num_classes=artists, embedding_size=heads.dimensions)
    elif name == "soft-triple":
        made = losses.SoftTripleLoss(num_classes=artists, embedding_size=heads.dimensions)
    elif name == "multi-similarity":
        made, miner = losses.MultiSimilarityLoss(), miners.MultiSimilarityMiner()
    elif name == "supervised-contrastive":
        made = losses.SupConLoss()
    else:
        cosine = distances.CosineSimilarity()
        made = losses.TripletMarginLoss(margin=0.2, distance=cosine)
        miner = miners.TripletMarginMiner(margin=0.2, distance=cosine, type_of_triplets="semihard")
    return OfPairs(made, miner, heads) if name in PAIR_LOSSES else made


def rate_of_proxies(name: HeadLoss) -> float:
    """Return by what the learning rate of an objective's own parameters exceeds that of the head: by 100 for proxies, as their authors
    have it (Kim et al. 2020, "Proxy anchor loss for deep metric learning"), else by nothing.
    """
    return 100.0 if name == "proxy-anchor" else 1.0


class OfPairs(nn.Module):
    """A loss over pairs inside a batch, of those that a miner finds, where there is one, and with a memory of earlier batches."""

    def __init__(self, loss: nn.Module, miner: nn.Module | None, heads: Heads) -> None:
        super().__init__()
        self.loss, self.miner = loss, miner
        self.memory: nn.Module | None = None
        if heads.memory:
            from pytorch_metric_learning.losses import CrossBatchMemory

            self.memory = CrossBatchMemory(loss, heads.dimensions, memory_size=heads.memory, miner=miner)

    def forward(self, embeddings: Tensor, artist: Tensor) -> Tensor:
        """Return the loss of embeddings (n, d) by artists (n,)."""
        if self.memory is not None:
            of_memory: Tensor = self.memory(embeddings, artist)
            return of_memory
        found = None if self.miner is None else self.miner(embeddings, artist)
        value: Tensor = self.loss(embeddings, artist, found)
        return value


@dataclass(frozen=True, eq=False)
class Batches:
    """Draws the pictures of a step. code (n,): whose each picture is, 0 to k - 1; style (n,): of each picture."""

    heads: Heads
    code: npt.NDArray[np.integer]
    style: Names

    @cached_property
    def often(self) -> npt.NDArray[np.float64]:
        """How often each picture is drawn (n,), summing to 1: by one over a power of how many its artist has."""
        counts = np.bincount(self.code)[self.code].astype(np.float64)
        # The square root by its own function: `power` rounds otherwise on some machines.
        share = 1 / (np.sqrt(counts) if self.heads.balance == 0.5 else counts**self.heads.balance)
        total: npt.NDArray[np.float64] = share / share.sum()
        return total

    @cached_property
    def _pictures(self) -> list[Rows]:
        return [np.flatnonzero(self.code == artist) for artist in range(int(self.code.max()) + 1)]

    @cached_property
    def _main(self) -> npt.NDArray[np.str_]:
        return main_styles(self.code, self.style)

    def draw(self, rng: np.random.Generator) -> Rows:
        """Return the pictures (b,) of a step, about `batch` of them."""
        heads = self.heads
        if not heads.paintings:
            return rng.choice(len(self.code), heads.batch, p=self.often)
        artists = self._artists(rng, heads.batch // heads.paintings)
        return np.concatenate(
            [
                rng.choice(rows, min(heads.paintings, len(rows)), replace=False)
                for rows in (self._pictures[artist] for artist in artists)
            ]
        )

    def _artists(self, rng: np.random.Generator, count: int) -> Rows:
        """Return the artists of a batch: of one style first, where this is such a batch, others after them."""
        weights = np.bincount(self.code, weights=self.often)
        order = rng.choice(len(weights), len(weights), replace=False, p=weights / weights.sum())
        style = self._main[order[0]]
        if self.heads.same_style and rng.random() < self.heads.same_style and style:
            of_one = self._main[order] == style
            order = np.concatenate([order[of_one], order[~of_one]])
        return order[:count]
