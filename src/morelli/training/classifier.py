"""Artist classifiers: a network with one output for each training artist, and what is made of several of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from morelli.systems.objectives import Softmax
from morelli.training.sampling import Rows


class Classifier(nn.Module):
    """A network of pictures under one output for each artist: pictures -> logits (n, artists)."""

    def __init__(self, network: nn.Module, objective: Softmax, *, width: int, artists: int) -> None:
        super().__init__()
        self.network = network
        self.outputs = nn.Linear(width, artists)
        self.norm = nn.BatchNorm1d(artists) if objective.batch_norm else nn.Identity()

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the logits of pictures."""
        logits: Tensor = self.norm(self.outputs(self.network(pictures)))
        return logits


class MeanSoftmax(nn.Module):
    """Classifiers as one encoder: pictures -> the mean of their softmax vectors (n, artists)."""

    def __init__(self, classifiers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.classifiers = nn.ModuleList(classifiers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return how likely each artist is."""
        return torch.stack([one(pictures).softmax(dim=1) for one in self.classifiers]).mean(dim=0)


def hold_out(paintings: Sequence[Rows], share: float, *, seed: int) -> tuple[list[Rows], Rows, Rows]:
    """Hold a share of each artist's rows out -> the rows of each that stay, the rows held out (h,), and whose they are (h,).

    One row of every artist stays at least. Where a share of few rows is no whole number, chance rounds it, so that the share holds
    over all artists.
    """
    rng = np.random.default_rng([seed, 101])
    stay, out, whose = [], [], []
    for number, rows in enumerate(paintings):
        count = min(int(len(rows) * share + rng.random()), len(rows) - 1)
        mixed = rng.permutation(rows)
        stay.append(np.sort(mixed[count:]))
        out.append(np.sort(mixed[:count]))
        whose.append(np.full(count, number, dtype=np.int64))
    return stay, np.concatenate(out), np.concatenate(whose)
