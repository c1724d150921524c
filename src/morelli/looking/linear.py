"""Classes under a linear layer on the mean of a map: what an artist probe and ImageNet's own classes have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LinearClasses:
    """Classes of pictures by features f (c,): logits weight f + bias. weight (k, c), bias (k,) float32; names: of the k classes."""

    weight: FloatArray
    bias: FloatArray
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.weight.ndim != 2 or not len(self.weight) == len(self.bias) == len(self.names):
            raise ValueError(f"weight {self.weight.shape}, bias {self.bias.shape}, {len(self.names)} names do not fit")

    def probabilities(self, features: FloatArray) -> npt.NDArray[np.float64]:
        """Return the probabilities (n, k) of features (n, c), by softmax."""
        logits = features.astype(np.float64) @ self.weight.T.astype(np.float64) + self.bias
        risen = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(risen / risen.sum(axis=1, keepdims=True))


class LinearHead(nn.Module):
    """Those classes as the head of a map: maps (n, c, h, w) -> logits (n, k) of its mean over places."""

    weight: Tensor
    bias: Tensor

    def __init__(self, classes: LinearClasses) -> None:
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(classes.weight))
        self.register_buffer("bias", torch.from_numpy(classes.bias))

    def forward(self, maps: Tensor) -> Tensor:
        """Return the logits."""
        return nn.functional.linear(maps.mean(dim=(2, 3)), self.weight, self.bias)
