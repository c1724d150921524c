"""What a system is: every choice that one TOML file may make, checked."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Positive = Annotated[int, msgspec.Meta(ge=1)]
Rate = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a system file; a key it does not know is an error."""


class ViewTable(_Table, frozen=True, kw_only=True):
    """How a picture becomes network input; the kinds are those of `morelli.pictures.view`. size: pixels a side."""

    kind: Literal["whole", "centre", "corners", "tiles"] = "centre"
    size: Annotated[int, msgspec.Meta(ge=16, le=2048)] = 256


class Block(_Table, frozen=True, kw_only=True):
    """So many 3 x 3 convolutions of so many channels, then a 2 x 2 max-pool."""

    convolutions: Positive
    channels: Positive


class Tower(_Table, frozen=True, kw_only=True, tag_field="kind", tag="tower"):
    """A convolutional tower trained from nothing: blocks, then flatten, a linear layer, a normalisation, an activation.

    mean, deviation: each channel, scaled to [0, 1], is normalised to (x - mean) / deviation.
    """

    blocks: Annotated[tuple[Block, ...], msgspec.Meta(min_length=1)]
    embedding: Positive = 2048
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    deviation: tuple[float, float, float] = (0.5, 0.5, 0.5)


class Siamese(_Table, frozen=True, kw_only=True, tag_field="kind", tag="siamese"):
    """The objective of source document 1, one switch: true, a triplet loss on three branches; false, a contrastive loss on two.

    The distance is the mean squared difference of two embeddings. Triplet: max(0, D(a, p) - D(a, n) + margin). Contrastive, y = 1
    for different artists: (1 - y) D^2 + y max(0, margin - D)^2.
    """

    pair_triplet: bool
    margin: Rate


class PublishedSampling(_Table, frozen=True, kw_only=True, tag_field="kind", tag="published"):
    """One draw at a time: two artists uniformly, two paintings of the first, one of the second; for pairs first a fair coin.

    batch: draws a step. An epoch is as many draws as there are training paintings. Each branch is a forward of its own.
    """

    batch: Positive = 4


class BatchSampling(_Table, frozen=True, kw_only=True, tag_field="kind", tag="batch"):
    """So many artists x so many paintings of each a step, each encoded once; triplets and pairs are formed inside the batch.

    An epoch is as many paintings as there are training paintings.
    """

    artists: Annotated[int, msgspec.Meta(ge=2)] = 16
    paintings: Annotated[int, msgspec.Meta(ge=2)] = 4


class Augmentation(_Table, frozen=True, kw_only=True):
    """Random changes of a training picture: shares of the side (shift), a factor (zoom), degrees (rotation), probabilities (flips).

    shift: up to this share of the side each way. zoom: a factor from 1 / zoom to zoom. rotation: an angle from `rotation`.
    shear: degrees each way. border: what is seen beyond the picture's edge.
    """

    shift: Share = 0.0
    zoom: Annotated[float, msgspec.Meta(ge=1)] = 1.0
    rotation: tuple[float, float] = (0.0, 0.0)
    shear: Rate = 0.0
    flip_horizontal: Share = 0.0
    flip_vertical: Share = 0.0
    border: Literal["zeros", "edge", "reflection"] = "reflection"


class Schedule(_Table, frozen=True, kw_only=True):
    """How long and how fast. steps: epochs after which the learning rate is multiplied by `factor`; patience: epochs without a
    better validation AUC after which training stops (none: never); warm_up: epochs over which the rate rises from a tenth.
    """

    optimiser: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: Annotated[float, msgspec.Meta(gt=0)] = 0.001
    weight_decay: Rate = 0.0
    epochs: Positive = 60
    steps: tuple[float, ...] = ()
    factor: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1
    warm_up: Rate = 0.0
    patience: Positive | None = None


class System(_Table, frozen=True, kw_only=True):
    """A system: one file. name: how it is called; source: where it was published; published: its figures there, by name."""

    name: str
    title: str
    source: str
    view: ViewTable
    network: Tower
    objective: Siamese
    sampling: PublishedSampling | BatchSampling
    augmentation: Augmentation = Augmentation()
    schedule: Schedule = Schedule()
    similarity: Literal["negative-mean-squared-difference", "cosine"] = "negative-mean-squared-difference"
    published: dict[str, float] = {}
    remarks: str = ""
