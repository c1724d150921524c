"""A network run by torch behind the face that every encoder has: what exports are held against, and the way to other devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from morelli.errors import ModelError
from morelli.model.encoder import Embeddings, Pixels, check_readable
from morelli.model.network import Precision


class FromPictures(nn.Module):
    """A network that reads pictures as they are: uint8 (n, s, s, 3), or (n, views, s, s, 3), in; the embedding out."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Any:
        """Return the network's answer, all its outputs, to pictures with their channels first, float in [0, 1]."""
        return self.network(pictures.movedim(-1, -3).float() / 255)


@dataclass(frozen=True, eq=False)
class TorchEncoder:
    """A network in torch. It is put into evaluation mode, and must be left there while it encodes.

    network: pictures (n, 3, s, s), or (n, views, 3, s, s), float in [0, 1] -> (n, embedding). size: pixels a side. precision: `bfloat16`
    computes products in it where torch thinks it safe. batch: pictures it is given at once.
    """

    network: nn.Module
    size: int
    embedding: int
    views: int = 1
    precision: Precision = "float32"
    batch: int = 32
    device: str = "cpu"

    def __post_init__(self) -> None:
        self.network.to(self.device).eval()

    def encode(self, pictures: Pixels) -> Embeddings:
        """Embed pictures (n, s, s, 3) uint8, or (n, views, s, s, 3), -> (n, d) float32, in their order. n may be 0.

        Safe to call from several threads. Raises ModelError for a wrong shape or an output that is not finite.
        """
        check_readable(pictures, size=self.size, views=self.views)
        out = np.empty((len(pictures), self.embedding), dtype=np.float32)
        network = FromPictures(self.network)
        lower = torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=self.precision == "bfloat16")
        with torch.inference_mode(), lower:
            for start in range(0, len(pictures), self.batch):
                part = torch.from_numpy(np.array(pictures[start : start + self.batch])).to(self.device)
                out[start : start + self.batch] = network(part).float().cpu().numpy()
        if not np.isfinite(out).all():
            raise ModelError("the network's output is not finite; its weights are damaged")
        return out
