"""What a system is: every choice that one TOML file may make, checked."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from morelli.systems.networks import FineTuned, Frozen, Network, Tower
from morelli.systems.objectives import Discriminant, Objective, PairNet, Siamese, Softmax
from morelli.systems.samplings import AllPairs, BatchSampling, Pictures, PublishedSampling, Sampling, Triples
from morelli.systems.table import Angle, LearningRate, Positive, Rate, Share, Table


class ViewTable(Table, frozen=True, kw_only=True):
    """How a picture becomes network input; the kinds are those of `morelli.pictures.view`. size: pixels a side; grid: of `tiles`."""

    kind: Literal["whole", "centre", "corners", "tiles"] = "centre"
    size: Annotated[int, msgspec.Meta(ge=16, le=2048)] = 256
    grid: Annotated[int, msgspec.Meta(ge=1, le=16)] = 2


class Cohort(Table, frozen=True, kw_only=True):
    """Pictures of training artists that a similarity is normalised against: minus `weight` times the mean of each picture's
    `neighbours` nearest similarities to them (CSLS, Lample et al. 2018, has weight 1/2 for each of the two pictures, of twice the cosine).
    per_artist: pictures an artist at most.
    """

    neighbours: Positive = 100
    weight: Rate = 0.5
    per_artist: Positive = 32


class Augmentation(Table, frozen=True, kw_only=True):
    """Random changes of a training picture: shares of the side (shift), a factor (zoom), degrees (rotation), probabilities (flips).

    shift: up to this share of the side each way. zoom: a factor from 1 / zoom to zoom. rotation: an angle from `rotation`.
    shear: degrees each way. border: what is seen beyond the picture's edge.
    """

    shift: Share = 0.0
    zoom: Annotated[float, msgspec.Meta(ge=1, le=100)] = 1.0
    rotation: tuple[Angle, Angle] = (0.0, 0.0)
    shear: Annotated[float, msgspec.Meta(ge=0, le=85)] = 0.0
    flip_horizontal: Share = 0.0
    flip_vertical: Share = 0.0
    border: Literal["zeros", "edge", "reflection"] = "reflection"


class Schedule(Table, frozen=True, kw_only=True):
    """How long and how fast. steps: epochs after which the learning rate is multiplied by `factor`; fall: at these steps, or along a half
    cosine to nothing; patience: epochs without a better one after which training stops (none: never); warm_up: epochs over which the rate
    rises from a tenth. weight_decay: times a kernel is added to its gradient (an L2 penalty of half of it in the loss); biases, scales,
    shifts and slopes do not decay.
    """

    optimiser: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: LearningRate = 0.001
    weight_decay: Rate = 0.0
    epochs: Positive = 60
    steps: tuple[Rate, ...] = ()
    factor: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1
    fall: Literal["steps", "cosine"] = "steps"
    warm_up: Rate = 0.0
    patience: Positive | None = None


Similarity = Literal["negative-mean-squared-difference", "cosine", "dot", "pair-net"]


class System(Table, frozen=True, kw_only=True):
    """A system: one file. name: how it is called; source: where it was published; published: its figures there, by name.

    precision: that the encoder runs in where it is only used; trained networks are trained in mixed precision whatever it is.
    stored: how the encoder's weights, and with `int8` the cohort, are kept in their files: half or a quarter of the size, for a
    difference that training measures and bounds.
    """

    name: str
    title: str
    source: str
    view: ViewTable
    network: Network
    objective: Objective
    sampling: Sampling | None = None
    augmentation: Augmentation = Augmentation()
    schedule: Schedule = Schedule()
    cohort: Cohort | None = None
    similarity: Similarity
    precision: Literal["float32", "bfloat16"] = "float32"
    stored: Literal["float32", "float16", "int8"] = "float32"
    published: dict[str, float] = msgspec.field(default_factory=dict)
    remarks: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.network, Tower) and self.view.kind not in ("whole", "centre"):
            raise ValueError(
                f"a tower looks at one view of a picture: view.kind whole or centre, not {self.view.kind!r}"
            )
        network, objective, sampling = (type(part) for part in (self.network, self.objective, self.sampling))
        fits = [kinds for kinds in _FITTING if kinds[0] is network and kinds[1] is objective]
        if not fits:
            can = sorted({_tag(kinds[1]) for kinds in _FITTING if kinds[0] is network})
            raise ValueError(
                f"network {_tag(network)!r} takes an objective of {', '.join(can)}, not {_tag(objective)!r}"
            )
        _, _, samplings, similarities = fits[0]
        if sampling not in samplings:
            can = [_tag(kind) for kind in samplings]
            raise ValueError(
                f"objective {_tag(objective)!r} takes a sampling of {', '.join(can)}, not {_tag(sampling)!r}"
            )
        if self.similarity not in similarities:
            raise ValueError(
                f"objective {_tag(objective)!r} takes a similarity of {', '.join(similarities)}, not {self.similarity!r}"
            )

        copies = getattr(self.objective, "copies", None)
        if copies is not None and self.view.kind not in ("whole", "centre"):
            raise ValueError(
                f"objective.copies are of one view of a picture: view.kind whole or centre, not {self.view.kind!r}"
            )
        heads = getattr(self.objective, "heads", None)
        if (
            heads is not None
            and isinstance(self.objective, Discriminant)
            and heads.components > self.objective.components
        ):
            raise ValueError(
                f"objective.heads.components = {heads.components}: there are objective.components = {self.objective.components}; "
                "give as many at most"
            )
        if isinstance(self.network, Frozen) and isinstance(self.objective, Discriminant) and self.network.components:
            raise ValueError("network.components is of pair nets; discriminants have objective.components")
        if isinstance(self.network, Frozen) and self.network.tuning is not None:
            if not isinstance(self.objective, Discriminant):
                raise ValueError(f"network.tuning is under an objective of discriminant, not {_tag(objective)!r}")
            if copies is None:
                raise ValueError("network.tuning needs objective.copies: what it sees are altered copies")
            if len(self.network.features) > 1:
                raise ValueError("network.tuning is of one backbone; network.features names several")


def _tag(kind: type) -> str:
    return "none" if kind is type(None) else str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


# network, objective, samplings, similarities: what can stand together.
_FITTING: tuple[tuple[type, type, tuple[type, ...], tuple[str, ...]], ...] = (
    (Tower, Siamese, (PublishedSampling, BatchSampling), ("negative-mean-squared-difference", "cosine")),
    (Tower, PairNet, (AllPairs,), ("pair-net",)),
    (Tower, Softmax, (Pictures,), ("dot",)),
    (Frozen, PairNet, (Triples,), ("pair-net",)),
    (Frozen, Discriminant, (type(None),), ("cosine",)),
    (FineTuned, PairNet, (Triples,), ("pair-net",)),
)
