"""How many parameters a system trains, from its file alone: no network is built."""

from __future__ import annotations

from morelli.systems.system import System, Tower


def count_parameters(system: System) -> dict[str, int]:
    """Return trainable parameters by kind of layer, and `total`."""
    return count_tower(system.network, size=system.view.size)


def count_tower(tower: Tower, *, size: int) -> dict[str, int]:
    """Return the trainable parameters of a tower that reads pictures of `size` pixels a side.

    Convolutions and the linear layer have a bias; BatchNorm and LayerNorm a scale and a shift.
    """
    convolutions = batch_norm = 0
    channels = 3
    for block in tower.blocks:
        for _ in range(block.convolutions):
            convolutions += channels * block.channels * 9 + block.channels
            batch_norm += 2 * block.channels
            channels = block.channels
        size //= 2
    linear = channels * size * size * tower.embedding + tower.embedding
    counts = {
        "convolutions": convolutions,
        "batch_norm": batch_norm,
        "linear": linear,
        "layer_norm": 2 * tower.embedding,
    }
    return counts | {"total": sum(counts.values())}
