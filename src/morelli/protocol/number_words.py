"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """Return a number and its thing, in the plural where there is not one.

    >>> counted(1, "painting"), counted(1200, "artist"), counted(0, "style")
    ('1 painting', '1,200 artists', '0 styles')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
