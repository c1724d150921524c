"""What turns a picture into numbers: towers trained from nothing, frozen backbones, backbones whose last layers are trained."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from morelli.systems.table import LearningRate, Level, Positive, Share, Spread, Table

Statistic = Literal["mean", "deviation"]


class Block(Table, frozen=True, kw_only=True):
    """So many 3 x 3 convolutions of so many channels, each with BatchNorm and activation, then a 2 x 2 max-pool."""

    convolutions: Positive
    channels: Positive


class Tower(Table, frozen=True, kw_only=True, tag_field="kind", tag="tower"):
    """A convolutional tower trained from nothing: blocks, then flatten, a linear layer, a normalisation, an activation.

    mean, deviation: each channel, scaled to [0, 1], is normalised to (x - mean) / deviation. standardise: by mean and deviation of the
    training pictures instead. activation: `prelu` has one slope a
    channel. head_norm: what stands between the linear layer and its activation. dropout: after the last block and after the head.
    """

    blocks: Annotated[tuple[Block, ...], msgspec.Meta(min_length=1, max_length=11)]
    embedding: Positive = 2048
    mean: tuple[Level, Level, Level] = (0.5, 0.5, 0.5)
    deviation: tuple[Spread, Spread, Spread] = (0.5, 0.5, 0.5)
    standardise: bool = False
    activation: Literal["relu", "prelu"] = "relu"
    head_norm: Literal["layer", "batch", "none"] = "layer"
    dropout: Share = 0.0


class Features(Table, frozen=True, kw_only=True):
    """Pooled maps of one backbone. layers: by name, none for the last one alone; statistics: of each channel over the map's places."""

    backbone: str
    layers: tuple[str, ...] = ()
    statistics: Annotated[tuple[Statistic, ...], msgspec.Meta(min_length=1)] = ("mean",)


class Frozen(Table, frozen=True, kw_only=True, tag_field="kind", tag="frozen"):
    """Backbones that are not trained; their features stand one after another.

    of_views: what becomes of the features of a picture's views. components: principal components of the training pictures that the
    features are reduced to; none: all of them stay.
    """

    features: Annotated[tuple[Features, ...], msgspec.Meta(min_length=1)]
    of_views: Literal["concatenate", "mean"] = "concatenate"
    components: Positive | None = None


class Stage(Table, frozen=True, kw_only=True):
    """One stage of a fine-tuning, by stochastic gradient descent with momentum: the layers that are trained, beside the top one."""

    layers: tuple[str, ...] = ()
    epochs: Positive
    learning_rate: LearningRate = 0.001
    batch: Positive = 128


class FineTuned(Table, frozen=True, kw_only=True, tag_field="kind", tag="fine-tuned"):
    """A backbone under one softmax output for each training artist, trained in stages; the outputs are its features.

    hold_out: share of each artist's training pictures by which the best epoch is chosen.
    """

    backbone: str
    stages: Annotated[tuple[Stage, ...], msgspec.Meta(min_length=1)]
    hold_out: Share = 0.1


Network = Tower | Frozen | FineTuned


def backbones_of(network: Network) -> list[str]:
    """Return the names of the pretrained backbones of a network, in the order of its file."""
    if isinstance(network, Frozen):
        return list(dict.fromkeys(one.backbone for one in network.features))
    return [network.backbone] if isinstance(network, FineTuned) else []
