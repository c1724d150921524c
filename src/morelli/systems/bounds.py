"""What numbers a system may hold: each within its own bounds, and all of them together a network that can be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec.inspect as types

from morelli.errors import SystemFileError
from morelli.systems.networks import Tower
from morelli.systems.objectives import PAIR_LOSSES, Heads
from morelli.systems.parameters import count_parameters
from morelli.systems.system import System

MOST_PARAMETERS = 2_000_000_000


def check_numbers(table: Mapping[str, Any], *, place: str) -> None:
    """Raise SystemFileError for the first number of a parsed table that is out of its bounds, or none: nan, an infinity.

    What the bounds are is said by the annotations of `System`. Wrong types and unknown keys are left to the reader.
    """
    for key, value, kind in _numbers(table, _of(System), ""):
        whole = isinstance(kind, types.IntType)
        if whole and isinstance(value, float):
            continue
        if not math.isfinite(value) or not _inside(value, kind):
            raise SystemFileError(
                f"{place}: {key} = {value}: give {'a whole number' if whole else 'a number'}{_range(kind)}"
            )


def check_together(system: System, *, place: str) -> None:
    """Raise SystemFileError where numbers that are fine alone do not go together."""
    halvings = len(getattr(system.network, "blocks", ()))
    if system.view.size >> halvings < 1:
        most = system.view.size.bit_length() - 1
        raise SystemFileError(
            f"{place}: network.blocks: {halvings} blocks halve view.size = {system.view.size} px to nothing; give 1 to {most} blocks"
        )
    if isinstance(system.network, Tower):
        for key in ("mixed", "adversarial"):
            if getattr(system.objective, key, 0):
                raise SystemFileError(
                    f"{place}: objective.{key} is for features that are there before training; network.kind is 'tower'"
                )
    if (heads := getattr(system.objective, "heads", None)) is not None:
        _check_heads(heads, place=place)
    low, high = system.augmentation.rotation
    if low > high:
        raise SystemFileError(f"{place}: augmentation.rotation = [{low:g}, {high:g}]: give the smaller angle first")
    total = count_parameters(system)["total"]
    if total > MOST_PARAMETERS:
        raise SystemFileError(
            f"{place}: network: {total:,} parameters; at most {MOST_PARAMETERS:,}: give fewer channels, values of an "
            "embedding, or more blocks"
        )


def _check_heads(heads: Heads, *, place: str) -> None:
    """Raise SystemFileError where a loss of heads is not given the batches that it needs."""
    of_pairs = [loss for loss in heads.losses if loss in PAIR_LOSSES]
    others = [loss for loss in heads.losses if loss not in PAIR_LOSSES]
    if of_pairs and heads.paintings < 2:
        raise SystemFileError(
            f"{place}: objective.heads.losses: {of_pairs[0]!r} is over pairs inside a batch: give objective.heads.paintings, 2 or more"
        )
    if heads.same_style and not heads.paintings:
        raise SystemFileError(
            f"{place}: objective.heads.same_style is of batches by artists: give objective.heads.paintings"
        )
    if heads.paintings > heads.batch // 2:
        raise SystemFileError(
            f"{place}: objective.heads.paintings = {heads.paintings}: a batch of {heads.batch} holds no two artists"
        )
    if heads.memory and others:
        raise SystemFileError(
            f"{place}: objective.heads.memory is for losses over pairs ({', '.join(PAIR_LOSSES)}), not {others[0]!r}"
        )
    if len(heads.losses) > heads.count:
        raise SystemFileError(
            f"{place}: objective.heads: {len(heads.losses)} losses for {heads.count} heads; give count = {len(heads.losses)} or more"
        )


@cache
def _of(kind: type) -> types.Type:
    return types.type_info(kind)


def _numbers(value: Any, kind: types.Type, key: str) -> Iterator[tuple[str, float, types.IntType | types.FloatType]]:
    """Yield (key, number, its type) of all numbers that stand where a number belongs."""
    if isinstance(kind, types.UnionType):
        tag = value.get("kind") if isinstance(value, Mapping) else None
        for member in kind.types:
            if not isinstance(member, types.StructType) or member.tag == tag:
                yield from _numbers(value, member, key)
    elif isinstance(kind, types.StructType) and isinstance(value, Mapping):
        for field in kind.fields:
            if field.encode_name in value:
                yield from _numbers(value[field.encode_name], field.type, f"{key}.{field.encode_name}".lstrip("."))
    elif isinstance(kind, types.DictType) and isinstance(value, Mapping):
        for name, one in value.items():
            yield from _numbers(one, kind.value_type, f"{key}.{name}")
    elif isinstance(kind, types.VarTupleType | types.ListType) and isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from _numbers(one, kind.item_type, f"{key}[{place}]")
    elif isinstance(kind, types.TupleType) and isinstance(value, list | tuple):
        for place, (one, item) in enumerate(zip(value, kind.item_types, strict=False)):
            yield from _numbers(one, item, f"{key}[{place}]")
    elif isinstance(kind, types.IntType | types.FloatType) and type(value) in (int, float):  # a bool is no number
        yield key, value, kind


def _inside(value: float, kind: types.IntType | types.FloatType) -> bool:
    return (
        (kind.ge is None or value >= kind.ge)
        and (kind.gt is None or value > kind.gt)
        and (kind.le is None or value <= kind.le)
        and (kind.lt is None or value < kind.lt)
    )


def _range(kind: types.IntType | types.FloatType) -> str:
    """Return the bounds in words.

    >>> _range(types.IntType(ge=1, le=60)), _range(types.FloatType(gt=0, le=1)), _range(types.FloatType())
    (' from 1 to 60', ' above 0, up to 1', '')
    """
    low = f" from {kind.ge:,}" if kind.ge is not None else f" above {kind.gt:,}" if kind.gt is not None else ""
    high = f"to {kind.le:,}" if kind.le is not None else f"below {kind.lt:,}" if kind.lt is not None else ""
    if kind.ge is not None and kind.le is not None:
        return f"{low} {high}"
    return low + (f"{',' if low else ''} {'up ' if kind.le is not None else ''}{high}" if high else "")
