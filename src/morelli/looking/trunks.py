"""What each picture goes through, as boxes: one function a kind of network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from morelli.looking.boxes import Box
from morelli.systems.backbones import feature_width
from morelli.systems.networks import Features, FineTuned, Frozen, Tower
from morelli.systems.parameters import count_stages, frozen_width
from morelli.systems.system import System

_ACTIVATIONS = {"relu": "ReLU", "prelu": "PReLU"}


def picture_box(system: System) -> Box:
    """Return the box of a picture as the system's view shows it."""
    views = {"whole": 1, "centre": 1, "corners": 5, "tiles": system.view.grid**2}[system.view.kind]
    does = (f"{system.view.kind} view",) if views == 1 else (f"{system.view.kind}:", f"{views} views")
    return Box(title="picture", does=does, gives=(3, system.view.size, system.view.size), look="picture")


def tower_boxes(tower: Tower, system: System, artists: int | None) -> tuple[Box, ...]:
    """Return the boxes of a convolutional tower: a box a block, the dense layer."""
    size, channels, activation = system.view.size, 3, _ACTIVATIONS[tower.activation]
    drop = (f"dropout {tower.dropout:g}",) if tower.dropout else ()
    boxes = []
    for number, block in enumerate(tower.blocks, 1):
        weights = 0
        for _ in range(block.convolutions):
            # A kernel, a bias, a scale and a shift; PReLU's slope.
            weights += channels * block.channels * 9 + block.channels * (3 + (tower.activation == "prelu"))
            channels = block.channels
        size //= 2
        last = drop if number == len(tower.blocks) else ()
        does = (f"{block.convolutions} × conv 3×3", f"BatchNorm, {activation}", "max-pool 2×2", *last)
        boxes.append(
            Box(title=f"block {number}", does=does, gives=(channels, size, size), parameters=weights, look="maps")
        )
    flat, values = channels * size * size, tower.embedding
    norm = {"layer": "LayerNorm, ", "batch": "BatchNorm, ", "none": ""}[tower.head_norm]
    more = values * (2 * (tower.head_norm != "none") + (tower.activation == "prelu"))
    boxes.append(
        Box(
            title="embedding",
            does=(f"flatten {flat:,}", "linear", f"{norm}{activation}", *drop),
            gives=(values,),
            parameters=flat * values + values + more,
        )
    )
    return (picture_box(system), *boxes)


def frozen_boxes(network: Frozen, system: System, artists: int | None) -> tuple[Box, ...]:
    """Return the boxes of frozen backbones, and of the principal components that their features are reduced to."""
    boxes = [picture_box(system)]
    for one in network.features:
        width = feature_width(one)
        layers = one.layers or ("last layer",)
        which = layers[0] if len(layers) == 1 else f"{len(layers)} layers"
        title = one.backbone.removeprefix("timm/")
        tuned = network.tuning is not None
        does = ("tuned with care" if tuned else "frozen", which, " and ".join(one.statistics))
        gives = () if width is None else (width,)
        boxes.append(Box(title=title, does=does, gives=gives, look="maps" if tuned else "frozen"))
    wide = frozen_width(Frozen(features=network.features, of_views=network.of_views), system.view)
    if len(network.features) > 1 or system.view.kind in ("corners", "tiles"):
        together = "views side by side" if network.of_views == "concatenate" else "mean of views"
        how = together if system.view.kind in ("corners", "tiles") else "side by side"
        boxes.append(Box(title="features", does=(how,), gives=() if wide is None else (wide,)))
    if network.components is not None:
        boxes.append(Box(title="reduced", does=("principal", "components"), gives=(network.components,)))
    return tuple(boxes)


def fine_tuned_boxes(network: FineTuned, system: System, artists: int | None) -> tuple[Box, ...]:
    """Return the boxes of a backbone under one output for each training artist."""
    trained = dict(count_stages(network, artists=artists)[-1])
    outputs = trained.pop("outputs")
    stages = []
    for number, stage in enumerate(network.stages, 1):
        stages.append(f"stage {number}: " + (", ".join(stage.layers) if stage.layers else "outputs"))
    return (
        picture_box(system),
        Box(
            title=network.backbone,
            does=tuple(stages),
            gives=(feature_width(Features(backbone=network.backbone)) or 0,),
            parameters=sum(trained.values()),
            look="maps" if trained else "frozen",
        ),
        Box(
            title="artists",
            does=("linear, softmax",),
            gives=() if artists is None else (artists,),
            parameters=None if artists is None else outputs,
        ),
    )


# One entry a kind of network: a new kind needs its function and its line here.
TRUNKS: dict[type, Callable[[Any, System, int | None], tuple[Box, ...]]] = {
    Tower: tower_boxes,
    Frozen: frozen_boxes,
    FineTuned: fine_tuned_boxes,
}
