"""What a system is trained for, and so how it compares two pictures."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from morelli.systems.table import LearningRate, Positive, Rate, Share, Table

Merge = Literal["concatenate", "product", "absolute-difference", "squared-difference"]
HeadLoss = Literal[
    "margin-softmax",
    "sub-centre",
    "proxy-anchor",
    "soft-triple",
    "multi-similarity",
    "supervised-contrastive",
    "triplet",
]
PAIR_LOSSES: tuple[HeadLoss, ...] = ("multi-similarity", "supervised-contrastive", "triplet")  # of pairs inside a batch


class Siamese(Table, frozen=True, kw_only=True, tag_field="kind", tag="siamese"):
    """The objective of source document 1, one switch: true, a triplet loss on three branches; false, a contrastive loss on two.

    The distance is the mean squared difference of two embeddings. Triplet: max(0, D(a, p) - D(a, n) + margin). Contrastive, y = 1
    for different artists: (1 - y) D^2 + y max(0, margin - D)^2.
    """

    pair_triplet: bool
    margin: Rate


class PairNet(Table, frozen=True, kw_only=True, tag_field="kind", tag="pair-net"):
    """A fully connected siamese net under binary cross-entropy.

    branch: widths of the layers that each picture's features go through, the same weights for both; merge: how the two results are
    brought together, several one after another; hidden: widths of the layers after that, before the one output. bias: of the layers
    after the merge. standardise: features by the mean and deviation of the training pictures' first. mixed: share of the triples that
    become mixtures of two artists each; adversarial: size of a step, in deviations of a feature, by which every feature is moved to make
    the loss larger: both are augmentation for artists who are not in training, over features alone.
    """

    branch: tuple[Positive, ...] = ()
    merge: Annotated[tuple[Merge, ...], msgspec.Meta(min_length=1)] = ("absolute-difference",)
    hidden: tuple[Positive, ...] = ()
    activation: Literal["relu", "none"] = "relu"
    bias: bool = True
    dropout: Share = 0.0
    standardise: bool = True
    mixed: Share = 0.0
    adversarial: Share = 0.0


class Softmax(Table, frozen=True, kw_only=True, tag_field="kind", tag="softmax"):
    """An artist classifier; two pictures are compared by the dot product of their softmax vectors.

    networks: trained from different seeds; their softmax vectors are averaged first. batch_norm: before the softmax. hold_out: share of
    each artist's training pictures by which the best epoch is chosen.
    """

    networks: Positive = 1
    batch_norm: bool = True
    hold_out: Share = 0.1


class Copies(Table, frozen=True, kw_only=True):
    """Altered copies of each training picture: what a hand keeps stays, what a subject, a scan or a file adds is changed.

    count: copies a picture; the numbers below are the largest changes. crop: least share of the area that is kept, before `stretch`, the
    factor by which the proportions of what is cut out change, cuts it to the picture; shrink: least share of the side that the crop is
    reduced to before it is enlarged again, in one copy of three; noise: largest deviation, as a share of the range, in one of five;
    quality: least of a JPEG file, in one of two: all these are drawn evenly. colour: deviation, of a normal distribution, of the
    logarithm of exposure, gamma and saturation, half of it of each channel's own gain. Half of the copies are mirrored.
    """

    count: Annotated[int, msgspec.Meta(ge=1, le=64)]
    crop: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.25
    stretch: Annotated[float, msgspec.Meta(ge=1, le=4)] = 1.35
    shrink: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.4
    colour: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.12
    noise: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.03
    quality: Annotated[int, msgspec.Meta(ge=1, le=100)] = 30


class Heads(Table, frozen=True, kw_only=True):
    """Networks of one wide hidden layer over the features' principal components, trained to tell artists apart; what they embed is
    fused with the discriminants: they tell more apart, and learn more of their own artists.

    count: heads, each from a seed of its own; share: of all heads in the similarity. components: of each block of features. hidden,
    dimensions: of a head.

    losses: that heads are trained by, in turn. margin-softmax: the cross-entropy of `scale` times the cosines to one centre an artist, the
    own one less `margin` (Wang et al. 2018); sub-centre: three centres an artist, `margin` an angle in radians (Deng et al. 2020); the
    others have the margins of their authors. An artist's pictures are drawn the more often the fewer there are: each by 1 / n to the
    power of `balance`. paintings: of each artist that a batch has, 0 where pictures are drawn one by one; losses of pairs need two.
    same_style: share of the batches whose artists are of one style, as far as it has enough of them. memory: embeddings of earlier
    batches that pairs are formed with too (Wang et al. 2020). style_task: weight of a second softmax, over styles.
    """

    count: Annotated[int, msgspec.Meta(ge=1, le=64)]
    share: Share
    components: Positive = 256
    hidden: Positive = 2048
    dimensions: Positive = 128
    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.6
    margin: Share = 0.3
    scale: Rate = 16.0
    learning_rate: LearningRate = 0.002
    weight_decay: Rate = 0.2
    epochs: Positive = 40
    batch: Positive = 512
    losses: Annotated[tuple[HeadLoss, ...], msgspec.Meta(min_length=1)] = ("margin-softmax",)
    balance: Share = 0.5
    paintings: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0
    same_style: Share = 0.0
    memory: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    style_task: Rate = 0.0


class Discriminant(Table, frozen=True, kw_only=True, tag_field="kind", tag="discriminant"):
    """A linear back-end, as in speaker verification: standardise, principal components, linear discriminants.

    components: of the first; dimensions: of the second. shrinkage: how far the within-artist covariance is drawn to its mean
    variance. styles: share of the between-artist scatter that is measured inside styles, not over all artists. Each discriminant
    weighs sqrt(b / (b + 1)), b its between-artist variance in units of the within-artist one. blocks: what has a back-end of its own:
    all features together, or every layer; the blocks' similarities are added up, weighted by cross-validation. copies: that the
    training pictures are joined by. heads: that stand beside the discriminants.
    """

    components: Positive
    dimensions: Positive
    shrinkage: Share = 0.5
    styles: Share = 0.0
    blocks: Literal["all", "layers"] = "all"
    copies: Copies | None = None
    heads: Heads | None = None


Objective = Siamese | PairNet | Softmax | Discriminant
