"""Fixed examples of validation artists, whom a network does not train on, and what a network makes of their pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from morelli.protocol.pairs import Pairs, draw_pairs
from morelli.training.kept_rows import Rows
from morelli.training.pixels import Pixels
from morelli.training.precision import mixed


@dataclass(frozen=True, eq=False)
class Validation:
    """Fixed examples of validation artists.

    rows: (m,) catalogue rows whose pictures are looked at. pairs: balanced, of catalogue rows. triplets: (t, 3) catalogue rows.
    """

    rows: Rows
    pairs: Pairs
    triplets: Rows

    def places(self, rows: Rows) -> Rows:
        """Return where catalogue rows (n,) stand among the rows that are looked at; every one of them must."""
        place = np.full(int(self.rows.max()) + 1, -1)
        place[self.rows] = np.arange(len(self.rows))
        found: Rows = place[rows]
        assert (found >= 0).all()
        return found


def draw_validation(artist: npt.NDArray[np.object_], rows: Rows, *, seed: int) -> Validation:
    """Fix the pairs and triplets of validation artists: balanced random pairs, and each positive with the negative of its anchor."""
    pairs = draw_pairs(artist, rows, seed=seed, negatives="random", per_artist=60)
    half = len(pairs) // 2
    triplets = np.stack([pairs.first[:half], pairs.second[:half], pairs.second[half:]], axis=1)
    return Validation(rows, pairs, triplets)


def to_network(pictures: npt.NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    """Turn pictures (n, s, s, 3) uint8 into (n, 3, s, s) float in [0, 1], channels last, on a device."""
    moved = torch.from_numpy(pictures).to(device, non_blocking=True)
    return moved.permute(0, 3, 1, 2).float().div_(255)


@torch.inference_mode()
def embed_rows(
    network: nn.Module, pixels: Pixels, rows: Rows, *, device: torch.device, batch: int = 64
) -> torch.Tensor:
    """Embed catalogue rows (m,) -> (m, d) float32 on the CPU, in the network's evaluation mode."""
    was_training = network.training
    network.eval()
    parts = []
    for start in range(0, len(rows), batch):
        with mixed(device):
            embedding = network(to_network(pixels.take(rows[start : start + batch]), device))
        parts.append(embedding.float().cpu())
    network.train(was_training)
    return torch.cat(parts)
