"""Reading plain values from a file's JSON: each is checked before it is used, and a message names file and key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from morelli.errors import nearest


def table(found: object, *, source: str) -> Mapping[str, object]:
    """Return a JSON object. Raises ValueError for anything else."""
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise ValueError(f"{source}: should be a JSON object, not {_shown(found)}")
    return found


def check_keys(
    found: Mapping[str, object], *, needed: Sequence[str], optional: Sequence[str] = (), source: str
) -> None:
    """Raise ValueError for a key that is not known, naming the nearest, and for one that is missing."""
    known = (*needed, *optional)
    for key in found:
        if key not in known:
            raise ValueError(f"{source}: unknown key {key[:40]!r}; {nearest(key[:40], known)}")
    for key in needed:
        if key not in found:
            raise ValueError(f"{source}: no {key!r}")


def number(found: object, *, source: str) -> float:
    """Return a finite number as a float; never a truth value. Raises ValueError.

    >>> number(3, source="x.json, bound")
    3.0
    """
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise ValueError(f"{source}: {_shown(found)} should be a number")
    try:
        value = float(found)
    except OverflowError as err:
        raise ValueError(f"{source}: a number that is too large") from err
    if not math.isfinite(value):
        raise ValueError(f"{source}: {value} is not finite")
    return value


def number_or_nan(found: object, *, source: str) -> float:
    """Return a finite number, and nan for null: a limit that was not measured. Raises ValueError."""
    return math.nan if found is None else number(found, source=source)


def number_or_none(found: object, *, source: str) -> float | None:
    """Return a finite number, or None for null. Raises ValueError."""
    return None if found is None else number(found, source=source)


def whole(found: object, *, source: str, least: int = 0) -> int:
    """Return a whole number of at least `least`. Raises ValueError."""
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found < 1 << 53:
        raise ValueError(f"{source}: {_shown(found)} should be a whole number, {least} or more")
    return found


def text(found: object, *, source: str) -> str:
    """Return a text. Raises ValueError."""
    if not isinstance(found, str):
        raise ValueError(f"{source}: {_shown(found)} should be a text")
    return found


def numbers(found: object, *, source: str) -> tuple[float, ...]:
    """Return a list of finite numbers. Raises ValueError."""
    if not isinstance(found, list):
        raise ValueError(f"{source}: {_shown(found)} should be a list of numbers")
    return tuple(number(one, source=source) for one in found)


def _shown(found: object) -> str:
    """Say what was found, in a few words: a file may hold anything, of any size."""
    if found is None:
        return "null"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, int):
        return str(found) if abs(found) < 1 << 63 else "a very large number"
    if isinstance(found, (float, str)):
        return repr(found)[:42]
    if isinstance(found, list):
        return "a list"
    return "an object" if isinstance(found, dict) else type(found).__name__
