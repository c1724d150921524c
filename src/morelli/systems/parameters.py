"""How many parameters a system trains, from its file alone: no network is built."""

from __future__ import annotations

import msgspec

from morelli.systems.backbones import feature_width, trained_values
from morelli.systems.networks import Features, FineTuned, Frozen, Tower
from morelli.systems.objectives import Discriminant, Merge, PairNet, Softmax
from morelli.systems.system import System, ViewTable


def count_parameters(system: System, *, artists: int | None = None) -> dict[str, int]:
    """Return trainable parameters by kind of layer, and `total`.

    artists: training artists, which a classifier has outputs for; without them its outputs are not counted. What cannot be known from
    the file (the width of a backbone of timm) is not counted either; `what_is_not_counted` says so.
    """
    network, objective = system.network, system.objective
    counts: dict[str, int] = {}
    width: int | None = None
    if isinstance(network, Tower):
        counts, width = count_tower(network, size=system.view.size), network.embedding
        del counts["total"]
    elif isinstance(network, FineTuned):
        counts, width = count_stages(network, artists=artists)[-1], artists
    else:
        width = frozen_width(network, system.view)
    if isinstance(objective, PairNet) and width is not None:
        counts["pair_net"] = count_pair_net(objective, width=width)
    if isinstance(objective, Softmax) and width is not None:
        counts["outputs"] = 0 if artists is None else width * artists + artists * (3 if objective.batch_norm else 1)
        counts = {name: count * objective.networks for name, count in counts.items()}
    if isinstance(objective, Discriminant) and width is not None:
        counts["projection"] = width * objective.dimensions + width
        if objective.heads is not None and isinstance(network, Frozen):
            counts["heads"] = count_heads(objective, network)
    return counts | {"total": sum(counts.values())}


def what_is_not_counted(system: System, *, artists: int | None = None) -> str:
    """Return in words what `count_parameters` leaves out; empty where that is nothing."""
    if artists is None and (isinstance(system.objective, Softmax) or isinstance(system.network, FineTuned)):
        return "without the outputs, one for each training artist: say how many with --artists"
    if isinstance(system.network, Frozen) and frozen_width(system.network, system.view) is None:
        return "without what depends on the width of a backbone of timm, which must be built to know it"
    if isinstance(system.network, Frozen) and system.network.tuning is not None:
        return "without the backbone, all of which is tuned"
    return ""


def count_heads(objective: Discriminant, network: Frozen) -> int:
    """Return the trainable parameters of wide heads over every layer; layers that turn out to count for nothing are left out later."""
    heads = objective.heads
    if heads is None:
        return 0
    most = min(heads.components, objective.components)
    layers = [
        feature_width(msgspec.structs.replace(one, layers=(layer,) if layer else ()))
        for one in network.features
        for layer in one.layers or ("",)
    ]
    widths = [width for width in layers if width is not None]
    read = min(most, sum(widths)) if objective.blocks == "all" else sum(min(most, width) for width in widths)
    return heads.count * (read * heads.hidden + heads.hidden + heads.hidden * heads.dimensions + heads.dimensions)


def count_tower(tower: Tower, *, size: int) -> dict[str, int]:
    """Return the trainable parameters of a tower that reads pictures of `size` pixels a side.

    Convolutions and the linear layer have a bias; BatchNorm and LayerNorm a scale and a shift; PReLU a slope a channel.
    """
    convolutions = batch_norm = slopes = 0
    channels = 3
    for block in tower.blocks:
        for _ in range(block.convolutions):
            convolutions += channels * block.channels * 9 + block.channels
            batch_norm += 2 * block.channels
            slopes += block.channels
            channels = block.channels
        size //= 2
    counts = {
        "convolutions": convolutions,
        "batch_norm": batch_norm,
        "linear": channels * size * size * tower.embedding + tower.embedding,
    }
    if tower.head_norm == "layer":
        counts["layer_norm"] = 2 * tower.embedding
    elif tower.head_norm == "batch":
        counts["batch_norm"] += 2 * tower.embedding
    if tower.activation == "prelu":
        counts["slopes"] = slopes + tower.embedding
    return counts | {"total": sum(counts.values())}


def frozen_width(network: Frozen, view: ViewTable) -> int | None:
    """Return how many features a picture has; None where a backbone of timm must be built to know."""
    views = {"whole": 1, "centre": 1, "corners": 5, "tiles": view.grid**2}[view.kind]
    widths = [feature_width(features) for features in network.features]
    if network.components is not None:
        return network.components
    if None in widths:
        return None
    return sum(width for width in widths if width is not None) * (views if network.of_views == "concatenate" else 1)


def count_stages(network: FineTuned, *, artists: int | None) -> list[dict[str, int]]:
    """Return the trainable parameters of each stage of a fine-tuning: the top layer, one output an artist, and the layers it names."""
    width = feature_width(Features(backbone=network.backbone)) or 0
    stages = []
    for stage in network.stages:
        counts = {"outputs": 0 if artists is None else width * artists + artists}
        for layer in stage.layers:
            counts[layer] = trained_values(network.backbone, layer)
        stages.append(counts)
    return stages


def count_pair_net(objective: PairNet, *, width: int) -> int:
    """Return the trainable parameters of a fully connected siamese net over features of a width; the branch counts once."""
    total = 0
    for out in objective.branch:
        total += width * out + out
        width = out
    width = merged_width(objective.merge, width)
    for out in (*objective.hidden, 1):
        total += width * out + (out if objective.bias else 0)
        width = out
    return total


def merged_width(merges: tuple[Merge, ...], width: int) -> int:
    """Return how many values two vectors of a width become when they are brought together.

    >>> merged_width(("concatenate", "product"), 512)
    1536
    """
    return sum(2 * width if merge == "concatenate" else width for merge in merges)
