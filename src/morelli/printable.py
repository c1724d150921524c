"""Names that others chose, as they may stand on a line of a terminal or a page."""

from __future__ import annotations

from pathlib import PurePath


def printable(text: str) -> str:
    r"""Return a text with everything escaped that is no visible character or space: line ends, terminal codes, marks of direction.

    >>> printable("a\nb\x1b[2J.png")
    'a\\nb\\x1b[2J.png'
    """
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def names_apart(first: PurePath, second: PurePath) -> tuple[str, str]:
    """Return what two files are called, printable: their names, with as many folders as it takes to tell them apart.

    >>> names_apart(PurePath("a/1.jpg"), PurePath("a/2.jpg")), names_apart(PurePath("x/a/1.jpg"), PurePath("y/a/1.jpg"))
    (('1.jpg', '2.jpg'), ('x/a/1.jpg', 'y/a/1.jpg'))
    """
    count = 1
    if first != second:
        while first.parts[-count:] == second.parts[-count:]:
            count += 1
    one, other = (printable(PurePath(*path.parts[-count:]).as_posix()) for path in (first, second))
    return one, other
