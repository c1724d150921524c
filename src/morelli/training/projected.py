"""A linear back-end behind a network: pictures to embeddings."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.training.back_end import BackEnd


class Projected(nn.Module):
    """A network with a back-end behind it: pictures -> embeddings (n, d) of length one, as `BackEnd` computes them."""

    def __init__(self, network: nn.Module, back_end: BackEnd) -> None:
        super().__init__()
        self.network = network
        self.blocks = back_end.blocks
        self.lengths = [float(np.sqrt(weight)) for weight in back_end.weights]
        self.means, self.matrices = nn.ParameterList(), nn.ParameterList()
        for projection in back_end.projections:
            self.means.append(torch.from_numpy(projection.mean.astype(np.float32)))
            self.matrices.append(torch.from_numpy(projection.matrix.astype(np.float32)))

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        return self.of_features(self.network(pictures))

    def of_features(self, features: Tensor) -> Tensor:
        """Return the embeddings (n, d) of features (n, f)."""
        parts = []
        for (start, stop), mean, matrix, length in zip(
            self.blocks, self.means, self.matrices, self.lengths, strict=True
        ):
            parts.append(functional.normalize((features[:, start:stop] - mean) @ matrix, dim=1) * length)
        return torch.cat(parts, dim=1)
