"""How pictures are compared and what for, as boxes: one function a kind of objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from morelli.looking.boxes import Box, Join
from morelli.systems.networks import Frozen, Tower
from morelli.systems.objectives import Discriminant, Merge, PairNet, Siamese, Softmax
from morelli.systems.parameters import count_heads, merged_width
from morelli.systems.samplings import BatchSampling
from morelli.systems.system import System

TWO = ("a: a painting", "b: another")
SHARED = "The branches share all their weights."
_DISTANCE = ("mean squared", "difference")
_MERGES = {
    "concatenate": "a, b",
    "product": "a × b",
    "absolute-difference": "|a − b|",
    "squared-difference": "(a − b)²",
}


@dataclass(frozen=True, kw_only=True)
class End:
    """The rest of a diagram. more: boxes that each branch goes through after the network's own; the others as in `Diagram`."""

    branches: tuple[str, ...]
    more: tuple[Box, ...] = ()
    joins: tuple[Join, ...] = ()
    tail: tuple[Box, ...] = ()
    notes: tuple[str, ...] = (SHARED,)
    networks: int = 1


def siamese_end(objective: Siamese, system: System, width: int | None, artists: int | None) -> End:
    """Return the triplet or the contrastive loss."""
    notes: tuple[str, ...] = (SHARED,)
    if isinstance(system.sampling, BatchSampling):
        drawn = "triplets" if objective.pair_triplet else "pairs"
        batch = f"{system.sampling.artists} artists × {system.sampling.paintings} paintings"
        notes = (*notes, f"The {drawn} are formed inside a batch of {batch}, each painting encoded once.")
    if objective.pair_triplet:
        joins = (
            Join(box=Box(title="D(a, p)", does=_DISTANCE, look="join"), branches=(0, 1)),
            Join(box=Box(title="D(a, n)", does=_DISTANCE, look="join"), branches=(0, 2)),
        )
        does = ("max(0, D(a, p)", f"− D(a, n) + {objective.margin:g})")
        loss = Box(title="triplet loss", does=does, look="loss")
        return End(
            branches=("a: a painting", "p: same artist", "n: another artist"), joins=joins, tail=(loss,), notes=notes
        )
    join = Join(box=Box(title="D", does=_DISTANCE, look="join"), branches=(0, 1))
    does = ("same artist: D²", f"others: max(0, {objective.margin:g} − D)²")
    return End(branches=TWO, joins=(join,), tail=(Box(title="contrastive loss", does=does, look="loss"),), notes=notes)


def pair_net_end(objective: PairNet, system: System, width: int | None, artists: int | None) -> End:
    """Return the fully connected siamese net: the branches' layers, the merges, the layers after them."""
    activation = "" if objective.activation == "none" else ", ReLU"
    more = []
    for out in objective.branch:
        count = None if width is None else width * out + out
        more.append(Box(title="dense", does=(f"linear{activation}",), gives=(out,), parameters=count))
        width = out if width is not None else None  # of what is not known, nothing is counted
    joins = tuple(_merge(merge) for merge in objective.merge)
    wide = None if width is None else merged_width(objective.merge, width)
    tail = []
    for out in objective.hidden:
        tail.append(_dense(wide, out, bias=objective.bias, activation=activation))
        wide = None if wide is None else out
    last = _dense(wide, 1, bias=objective.bias, activation=", sigmoid")
    does = (*last.does, "cross-entropy")
    tail.append(Box(title="same artist?", does=does, parameters=last.parameters, look="loss"))
    notes: tuple[str, ...] = (SHARED, "A pair's similarity is the mean over both orders.")
    if objective.dropout:
        notes = (*notes, f"In training, dropout {objective.dropout:g} behind every layer but the last.")
    if objective.standardise and not isinstance(system.network, Tower):
        notes = (*notes, "Features are standardised by the training pictures' mean and deviation first.")
    return End(branches=TWO, more=tuple(more), joins=joins, tail=tuple(tail), notes=notes)


def softmax_end(objective: Softmax, system: System, width: int | None, artists: int | None) -> End:
    """Return the artist classifier whose softmax vectors are compared."""
    known = artists is not None and width is not None
    norm = ("BatchNorm, softmax",) if objective.batch_norm else ("softmax",)
    outputs = Box(
        title="artists",
        does=("linear", *norm),
        gives=(artists,) if artists is not None else (),
        parameters=width * artists + artists * (3 if objective.batch_norm else 1) if known else None,  # type: ignore[operator]
    )
    dot = Join(box=Box(title="a · b", does=("of the two", "softmax vectors"), look="join"), branches=(0, 1))
    notes: tuple[str, ...] = (SHARED, "Trained to name the artist of each picture (cross-entropy).")
    if objective.networks > 1:
        notes = (*notes, f"{objective.networks} networks of other seeds: their softmax vectors are averaged first.")
    return End(branches=TWO, more=(outputs,), joins=(dot,), notes=notes, networks=objective.networks)


def discriminant_end(objective: Discriminant, system: System, width: int | None, artists: int | None) -> End:
    """Return the linear back-end, its cosine, and the cohort that it is normalised against."""
    does = ("standardise", f"{objective.components} components", f"{objective.dimensions} directions")
    projection = Box(
        title="discriminants",
        does=(*does, "of each layer") if objective.blocks == "layers" else does,
        parameters=None if width is None else width * objective.dimensions + width,
    )
    more: tuple[Box, ...] = (projection,)
    if (heads := objective.heads) is not None:
        beside = Box(
            title=f"{heads.count} heads beside them",
            does=(f"{heads.components} components", f"{heads.hidden} hidden, {heads.dimensions}"),
            parameters=None if not isinstance(system.network, Frozen) else count_heads(objective, system.network),
        )
        more = (projection, beside)
    cosine = Join(box=Box(title="cosine", does=("of a and b",), look="join"), branches=(0, 1))
    tail: tuple[Box, ...] = ()
    if system.cohort is not None:
        less = (f"less {system.cohort.weight:g} × the mean of each", f"to its {system.cohort.neighbours} nearest")
        tail = (Box(title="against a cohort", does=less, look="join"),)
    return End(branches=TWO, more=more, joins=(cosine,), tail=tail)


def _merge(merge: Merge) -> Join:
    does = ("side by side",) if merge == "concatenate" else ()
    return Join(box=Box(title=_MERGES[merge], does=does, look="join"), branches=(0, 1))


def _dense(width: int | None, out: int, *, bias: bool, activation: str) -> Box:
    count = None if width is None else width * out + (out if bias else 0)
    sizes = f"{out:,}" if width is None else f"{width:,} → {out:,}"
    return Box(title="dense", does=(f"{sizes}{activation}",), parameters=count)


# One entry a kind of objective: a new kind needs its function and its line here.
ENDS: dict[type, Callable[[Any, System, int | None, int | None], End]] = {
    Siamese: siamese_end,
    PairNet: pair_net_end,
    Softmax: softmax_end,
    Discriminant: discriminant_end,
}
