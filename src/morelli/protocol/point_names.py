"""What operating points are called: `balanced`, `fpr=1%`, `precision=95%`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from morelli.errors import OperatingPointError, nearest

BALANCED = "balanced"
POINTS = (BALANCED, "fpr=1%", "fpr=0.1%", "precision=95%")  # what every model is fitted for
_LIMITS = {"fpr": (0.0, 50.0), "precision": (50.0, 100.0)}  # percent, both ends left out


@dataclass(frozen=True)
class Promise:
    """What an operating point promises.

    `fpr`: at most this share of different-artist pairs is called the same, and of same-artist pairs different.
    `precision`: of the pairs called the same at least this share is, were both kinds as many, and of those called
    different too. rate: a share, such as 0.01.
    """

    kind: Literal["fpr", "precision"]
    rate: float


def parse_point(name: str) -> tuple[str, Promise | None]:
    """Return an operating point's name as models store it, and what it promises; `balanced` promises no rate.

    Raises OperatingPointError for a name that is none.

    >>> parse_point(" FPR = 0.10 % ")
    ('fpr=0.1%', Promise(kind='fpr', rate=0.001))
    """
    if not isinstance(name, str):
        raise OperatingPointError(f"operating point {name!r}: give its name, such as {BALANCED!r}")
    plain = "".join(name.split()).casefold()
    if plain == BALANCED:
        return BALANCED, None
    found = re.fullmatch(r"(fpr|precision)=(\d{1,3}(?:\.\d{1,6})?)%", plain)
    if found is None:
        if bare := re.fullmatch(r"(fpr|precision)=(0?\.\d{1,6})", plain):
            meant = f"{bare[1]}={float(bare[2]) * 100:g}%"
            raise OperatingPointError(f"no operating point is called {name[:40]!r}; rates are in per cent: {meant!r}?")
        raise OperatingPointError(
            f"no operating point is called {name[:40]!r}; {nearest(name[:40], POINTS)} "
            "(write 'balanced', or a rate as 'fpr=1%' or 'precision=95%')"
        )
    kind: Literal["fpr", "precision"] = "fpr" if found[1] == "fpr" else "precision"
    percent = float(found[2])
    low, high = _LIMITS[kind]
    if not low < percent < high:
        raise OperatingPointError(f"operating point {name[:40]!r}: {kind} lies between {low:g} and {high:g} %")
    return f"{kind}={percent:g}%", Promise(kind, percent / 100)


def nearest_points(name: str, known: Iterable[str]) -> str:
    """Return the tail of a message for a rate that is not stored: those of its kind, nearest first.

    >>> nearest_points("fpr=0.5%", ["balanced", "fpr=0.1%", "fpr=1%", "precision=95%"])
    "the nearest are 'fpr=1%', 'fpr=0.1%'"
    """
    names = list(known)
    _, promise = parse_point(name)
    alike = [(one, parse_point(one)[1]) for one in names]
    near = sorted(
        (abs(math.log(_error(other) / _error(promise))), one)
        for one, other in alike
        if promise is not None and other is not None and other.kind == promise.kind
    )
    if not near:
        return "known: " + ", ".join(names)
    return ("the nearest is " if len(near) == 1 else "the nearest are ") + ", ".join(repr(one) for _, one in near[:3])


def _error(promise: Promise) -> float:
    """Return the rate that counts errors."""
    return promise.rate if promise.kind == "fpr" else 1 - promise.rate
