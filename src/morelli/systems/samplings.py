"""Which pictures a training step sees."""

from __future__ import annotations

from typing import Annotated

import msgspec

from morelli.systems.table import Positive, Table

Batch = Annotated[int, msgspec.Meta(ge=1, le=4096)]


class PublishedSampling(Table, frozen=True, kw_only=True, tag_field="kind", tag="published"):
    """One draw at a time: two artists uniformly, two paintings of the first, one of the second; for pairs first a fair coin.

    batch: draws a step. An epoch is as many draws as there are training paintings. Each branch is a forward of its own.
    """

    batch: Batch = 4


class BatchSampling(Table, frozen=True, kw_only=True, tag_field="kind", tag="batch"):
    """So many artists x so many paintings of each a step, each encoded once; triplets and pairs are formed inside the batch.

    An epoch is as many paintings as there are training paintings.
    """

    artists: Annotated[int, msgspec.Meta(ge=2, le=1024)] = 16
    paintings: Annotated[int, msgspec.Meta(ge=2, le=1024)] = 4


class AllPairs(Table, frozen=True, kw_only=True, tag_field="kind", tag="all-pairs"):
    """The report's pairs for networks trained end to end: all pairs inside an artist, and for each one of its two pictures with a
    picture of a random other artist. batch: pairs a step, half of them of one artist. An epoch is all of them, once.
    """

    batch: Annotated[int, msgspec.Meta(ge=2, le=4096)] = 64


class Triples(Table, frozen=True, kw_only=True, tag_field="kind", tag="triples"):
    """The report's triples for frozen features: a reference, one by the same artist, one by another; one an artist a draw.

    draws: of every artist an epoch; batch: triples a step, each two pairs.
    """

    draws: Positive = 240
    batch: Batch = 256


class Pictures(Table, frozen=True, kw_only=True, tag_field="kind", tag="pictures"):
    """Single pictures with their artist, for classifiers. batch: pictures a step. An epoch is all of them, once."""

    batch: Batch = 96


Sampling = PublishedSampling | BatchSampling | AllPairs | Triples | Pictures
