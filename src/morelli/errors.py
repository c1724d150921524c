"""The errors of the package. Every message names the file, the place and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MorelliError(Exception):
    """Base of everything this package raises on purpose. The command line prints it as one line and exits with 1."""


class PictureError(MorelliError):
    """A picture that cannot be used: missing, unreadable, not a picture, too large, truncated."""


class CatalogueError(MorelliError):
    """A catalogue that cannot be used: no `artist` column, empty, a path outside its root."""


class SplitError(MorelliError):
    """A split that cannot be made or does not fit its catalogue, such as too few artists."""


class PairsError(MorelliError):
    """Pairs that cannot be drawn, read or scored."""


class OperatingPointError(MorelliError):
    """An operating point that does not exist, or that a model does not offer."""


class SystemFileError(MorelliError):
    """A system file with an unknown key, a wrong type or a value out of range, or an unknown system's name."""


class ModelError(MorelliError):
    """A model folder that is missing, altered, unfinished or of another schema."""


class TrainingError(MorelliError):
    """A training that cannot start or go on: too few artists, a loss that is no number, a foreign checkpoint."""


class KaggleError(MorelliError):
    """Files of the competition that are missing or do not fit together, or a submission that cannot be written."""


class BackboneError(MorelliError):
    """A backbone that is not known, a layer that it does not have, or weights that are missing, partial, damaged or not its own."""


class UnknownBackboneError(BackboneError):
    """A backbone that there is not, as far as is known here: misspelt, most often."""


class MissingExtraError(MorelliError):
    """A function that needs an extra which is not installed; the message holds the install line."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the '{extra}' extra: pip install 'morelli[{extra}]'")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the tail of an error message for an unknown name: the nearest known names, or all of them.

    >>> nearest("xceptoin", ["xception", "lite0"])
    "did you mean 'xception'?"
    """
    names = list(known)
    close = get_close_matches(str(name), names, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(n) for n in close) + "?"
    return "known: " + ", ".join(sorted(names)) if names else "there is none that would fit"
