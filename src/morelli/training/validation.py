"""How a network does on validation artists, whom it does not train on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from morelli.protocol.pairs import Pairs
from morelli.protocol.roc import auc
from morelli.training.objectives import contrastive_loss, mean_squared_distance, triplet_loss
from morelli.training.pixels import Pixels, Rows


@dataclass(frozen=True, eq=False)
class Validation:
    """Fixed examples of validation artists.

    rows: (m,) catalogue rows of their pictures. pairs: balanced, of catalogue rows. triplets: (t, 3) catalogue rows.
    """

    rows: Rows
    pairs: Pairs
    triplets: Rows


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
        with torch.autocast(device.type, torch.bfloat16):
            embedding = network(to_network(pixels.take(rows[start : start + batch]), device))
        parts.append(embedding.float().cpu())
    network.train(was_training)
    return torch.cat(parts)


def validate(
    network: nn.Module,
    pixels: Pixels,
    validation: Validation,
    *,
    pair_triplet: bool,
    margin: float,
    device: torch.device,
) -> dict[str, float]:
    """Return validation_auc (pairs), validation_triplet_accuracy and validation_loss, the objective without augmentation."""
    embeddings = embed_rows(network, pixels, validation.rows, device=device)
    place = np.full(int(validation.rows.max()) + 1, -1)
    place[validation.rows] = np.arange(len(validation.rows))
    pairs = validation.pairs
    distance = mean_squared_distance(embeddings[place[pairs.first]], embeddings[place[pairs.second]])
    anchor, positive, negative = (embeddings[place[column]] for column in validation.triplets.T)
    near, far = mean_squared_distance(anchor, positive), mean_squared_distance(anchor, negative)
    if pair_triplet:
        loss = triplet_loss(near, far, margin=margin)
    else:
        loss = contrastive_loss(distance, torch.from_numpy(~pairs.same), margin=margin)
    return {
        "validation_loss": float(loss.value),
        "validation_auc": auc(-distance.double().numpy(), pairs.same),
        "validation_triplet_accuracy": float((near <= far).float().mean()),
    }
