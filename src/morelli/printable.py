"""Names that others chose, as they may stand on a line of a terminal or a page."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return a text with everything escaped that is no visible character or space: line ends, terminal codes, marks of direction.

    >>> printable("a\nb\x1b[2J.png")
    'a\\nb\\x1b[2J.png'
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
