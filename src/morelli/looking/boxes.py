"""A network as boxes: what a diagram shows, said without a drawing. One function a kind of network turns a system into them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from morelli.errors import MorelliError
from morelli.systems.system import BatchSampling, Siamese, System, Tower

Found = TypeVar("Found")
Look = Literal["picture", "maps", "values", "join", "loss"]


class DiagramError(MorelliError):
    """A system that cannot be drawn, or a diagram whose boxes do not fit together."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """One step. title; does: what it does, a line each; gives: sizes of what comes out (channels, rows, columns), or (values,).

    parameters: that are trained in it; none where none are. look: how it is drawn.
    """

    title: str
    does: tuple[str, ...] = ()
    gives: tuple[int, ...] = ()
    parameters: int | None = None
    look: Look = "values"


@dataclass(frozen=True, kw_only=True)
class Join:
    """A box that puts branches together. branches: which, by number."""

    box: Box
    branches: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A network of branches that share their weights. branches: what enters each; trunk: what each goes through, drawn once a branch.

    joins: where branches meet, from top to bottom; tail: what comes after all joins, in order. notes: lines below.
    """

    title: str
    branches: tuple[str, ...]
    trunk: tuple[Box, ...]
    joins: tuple[Join, ...] = ()
    tail: tuple[Box, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.branches or not self.trunk:
            raise DiagramError(f"{self.title}: a diagram needs a branch and a box")
        for join in self.joins:
            if not join.branches or not set(join.branches) <= set(range(len(self.branches))):
                raise DiagramError(
                    f"{self.title}: {join.box.title!r} joins branches that are not there: {join.branches}"
                )

    @property
    def parameters(self) -> int:
        """Trained parameters of all boxes; those of the trunk count once, for its branches share them."""
        boxes = [*self.trunk, *(join.box for join in self.joins), *self.tail]
        return sum(box.parameters or 0 for box in boxes)


def describe_system(system: System) -> Diagram:
    """Return the boxes of a system. Raises DiagramError for a kind of network or objective that has no function here."""
    trunk = _of_kind(system.network, _TRUNKS, system)(system)
    branches, joins, tail, notes = _of_kind(system.objective, _ENDS, system)(system)
    return Diagram(
        title=f"{system.name}: {system.title}", branches=branches, trunk=trunk, joins=joins, tail=tail, notes=notes
    )


def tower_boxes(system: System) -> tuple[Box, ...]:
    """Return the boxes of a convolutional tower: the picture, a box a block, the dense layer."""
    tower, size = system.network, system.view.size
    boxes = [Box(title="picture", does=(f"{system.view.kind} view",), gives=(3, size, size), look="picture")]
    channels = 3
    for number, block in enumerate(tower.blocks, 1):
        weights = 0
        for _ in range(block.convolutions):
            weights += channels * block.channels * 9 + block.channels + 2 * block.channels
            channels = block.channels
        size //= 2
        boxes.append(
            Box(
                title=f"block {number}",
                does=(f"{block.convolutions} × conv 3×3", "BatchNorm, ReLU", "max-pool 2×2"),
                gives=(channels, size, size),
                parameters=weights,
                look="maps",
            )
        )
    flat, values = channels * size * size, tower.embedding
    boxes.append(
        Box(
            title="embedding",
            does=(f"flatten {flat:,}", "linear", "LayerNorm, ReLU"),
            gives=(values,),
            parameters=flat * values + values + 2 * values,
        )
    )
    return tuple(boxes)


End = tuple[tuple[str, ...], tuple[Join, ...], tuple[Box, ...], tuple[str, ...]]
_DISTANCE = ("mean squared", "difference")


def siamese_end(system: System) -> End:
    """Return branches, joins, tail and notes of the triplet or contrastive loss."""
    objective = system.objective
    notes: tuple[str, ...] = ("The branches share all their weights.",)
    if isinstance(system.sampling, BatchSampling):
        drawn = "triplets" if objective.pair_triplet else "pairs"
        batch = f"{system.sampling.artists} artists × {system.sampling.paintings} paintings"
        notes = (*notes, f"The {drawn} are formed inside a batch of {batch}, each painting encoded once.")
    if objective.pair_triplet:
        joins = (
            Join(box=Box(title="D(a, p)", does=_DISTANCE, look="join"), branches=(0, 1)),
            Join(box=Box(title="D(a, n)", does=_DISTANCE, look="join"), branches=(0, 2)),
        )
        loss = Box(title="triplet loss", does=("max(0, D(a, p)", f"− D(a, n) + {objective.margin:g})"), look="loss")
        return ("a: a painting", "p: same artist", "n: another artist"), joins, (loss,), notes
    join = Join(box=Box(title="D", does=_DISTANCE, look="join"), branches=(0, 1))
    loss = Box(
        title="contrastive loss", does=("same artist: D²", f"others: max(0, {objective.margin:g} − D)²"), look="loss"
    )
    return ("a painting", "another painting"), (join,), (loss,), notes


# One entry a kind of network, one a kind of objective: a new kind needs its function and its line here.
_TRUNKS: dict[type, Callable[[System], tuple[Box, ...]]] = {Tower: tower_boxes}
_ENDS: dict[type, Callable[[System], End]] = {Siamese: siamese_end}


def _of_kind(part: object, known: dict[type, Found], system: System) -> Found:
    if type(part) not in known:
        names = ", ".join(sorted(one.__name__ for one in known))
        raise DiagramError(f"{system.name}: a diagram of {type(part).__name__} is not known (known: {names})")
    return known[type(part)]
