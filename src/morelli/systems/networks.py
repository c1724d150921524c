"""What turns a picture into numbers: towers trained from nothing, frozen backbones, backbones whose last layers are trained."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from morelli.systems.table import LearningRate, Level, Positive, Rate, Share, Spread, Table

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
    """Backbones that are used as they are, or tuned with care; their features stand one after another.

    of_views: what becomes of the features of a picture's views. components: principal components of the training pictures that the
    features are reduced to; none: all of them stay. tuning: of the backbone before its features are used; none: it stays as it is.
    """

    features: Annotated[tuple[Features, ...], msgspec.Meta(min_length=1)]
    of_views: Literal["concatenate", "mean"] = "concatenate"
    components: Positive | None = None
    tuning: Tuning | None = None


class Tuning(Table, frozen=True, kw_only=True):
    """A careful fine-tuning of a whole backbone under the discriminants of its features (`objective.copies` says what pictures it sees).

    size: px a side that it is trained at. artists, paintings: of each, a step. learning_rate: of the last layer, after `warm_up` epochs;
    it falls along a half cosine. early: the share of it at the first layer, rising geometrically; linear, centres: of the discriminants
    and of the artists' centres. margin, scale: of the softmax. pull: weight of the distance to the embeddings of the start; relations:
    of the mean squared difference of the cosines inside a batch.
    """

    epochs: Positive = 6
    size: Annotated[int, msgspec.Meta(ge=32, le=2048)] = 192
    artists: Annotated[int, msgspec.Meta(ge=2, le=1024)] = 16
    paintings: Annotated[int, msgspec.Meta(ge=2, le=1024)] = 4
    learning_rate: LearningRate = 0.0003
    warm_up: Rate = 1.0
    early: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1
    linear: Rate = 0.3
    centres: Rate = 30.0
    margin: Share = 0.2
    scale: Rate = 20.0
    pull: Rate = 0.3
    relations: Rate = 100.0
    weight_decay: Rate = 0.0001


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
