"""From a system to the boxes of its diagram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from morelli.looking.boxes import Diagram, DiagramError
from morelli.looking.ends import ENDS
from morelli.looking.trunks import TRUNKS
from morelli.systems.parameters import what_is_not_counted
from morelli.systems.system import System

Found = TypeVar("Found")


def describe_system(system: System, *, artists: int | None = None) -> Diagram:
    """Return the boxes of a system. artists: training artists, which a classifier has outputs for; without them these are not counted.

    Raises DiagramError for a kind of network or objective that has no function here.
    """
    trunk = _of_kind(system.network, TRUNKS, system)(system.network, system, artists)
    width = trunk[-1].gives[0] if len(trunk[-1].gives) == 1 else None
    end = _of_kind(system.objective, ENDS, system)(system.objective, system, width, artists)
    missing = what_is_not_counted(system, artists=artists)
    return Diagram(
        title=f"{system.name}: {system.title}",
        branches=end.branches,
        trunk=(*trunk, *end.more),
        joins=end.joins,
        tail=end.tail,
        notes=(*end.notes, *((f"Counted {missing}.",) if missing else ())),
        networks=end.networks,
    )


def _of_kind(part: object, known: Mapping[type, Found], system: System) -> Found:
    if type(part) not in known:
        names = ", ".join(sorted(one.__name__ for one in known))
        raise DiagramError(f"{system.name}: a diagram of {type(part).__name__} is not known (known: {names})")
    return known[type(part)]
