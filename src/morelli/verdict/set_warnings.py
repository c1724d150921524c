"""What a reader of a verdict must know of a picture and its references: each reference's warnings, counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.model.known_range import KnownRange
from morelli.model.seen import TrainedOn
from morelli.pictures.observe import Observation
from morelli.pictures.same import shows_the_same
from morelli.pictures.view import View
from morelli.printable import printable
from morelli.protocol.calibration import Calibration
from morelli.verdict.warnings import (
    GREY_BESIDE_COLOUR,
    Kind,
    beyond,
    differ_in_colour,
    findings,
    known_as,
    picture_warnings,
    range_warnings,
    seen_warnings,
)

_LEAST_REFERENCES = 4  # fewer of one artist are often no more alike than two artists' (docs/warnings.md)
_MANY: dict[Kind, str] = {
    "small": "smaller than the {size} px a side that the model looks at, so that detail is missing",
    "flat": "of one flat colour, with nothing in them that a painter could be known by",
    "wall": "with a wall or a wide margin around the painting; crop them",
    "border": "with a frame or border; crop them to the painting",
    "cut": "cropped to what is inside a frame or border, as asked",
    "compressed": "heavily compressed; brushwork is lost, so take better files",
    "quartered": "no larger than the {size} px crops that the model takes from corners; it saw enlarged quarters instead",
}


def set_warnings(
    name: str, asked: Observation, references: Sequence[tuple[str, Observation]], *, view: View
) -> list[str]:
    """Return all that is to be said of a picture and of the references that it is compared with.

    name: of the picture's file; references: the names of theirs, and what was seen of them; view: how the model looks at all.
    """
    kinds = [(file, findings(seen, view=view)) for file, seen in references]
    those = {
        words.format(size=view.size): [file for file, found in kinds if kind in found] for kind, words in _MANY.items()
    }
    those[f"that show the same painting as {name}, whole or in part"] = [
        file for file, seen in references if shows_the_same(asked.sketch, seen.sketch)
    ]
    one, other = ("in colour", "greyscale or of one tint")[:: 1 if asked.colourless else -1]
    those[f"{one}, where {name} is {other}; {GREY_BESIDE_COLOUR}"] = [
        file for file, seen in references if differ_in_colour(asked, seen)
    ]
    counted = [_counted(words, files, of=len(references)) for words, files in those.items() if files]
    return [*picture_warnings(name, asked, view=view), *counted]


def set_hands_warnings(among: float, *, calibration: Calibration, references: int) -> list[str]:
    """Return what is to be said of references that look like several hands.

    among: the mean similarity of two of them; calibration: of a pair of pictures, against a painter drawn at random. It is said where that
    mean, as the similarity of a pair, would be evidence against one hand.
    """
    if references < _LEAST_REFERENCES or float(calibration.llr(np.array([among]))[0]) >= 0:
        return []
    return [
        f"the {references} references are no more alike than two painters' works are, on the average; are they all by one artist?"
    ]


def set_range_warnings(
    name: str, references: Sequence[str], outside: npt.NDArray[np.bool_], known: KnownRange | None
) -> list[str]:
    """Return what is to be said of pictures outside of what the model knows.

    name: of the picture's file; references: the n names of theirs; outside (1 + n,): which of them all are, the picture first.
    """
    if known is None:
        return []
    files = [file for file, out in zip(references, outside[1:].tolist(), strict=True) if out]
    counted = [_counted(beyond(known), files, of=len(references))] if files else []
    return [*range_warnings([name], outside[:1], known), *counted]


def set_seen_warnings(name: str, file: Path, references: Sequence[Path], seen: TrainedOn) -> list[str]:
    """Return what is to be said of pictures that the model has seen before. name: of the picture's file; seen: what it was made from.

    Raises PictureError for a file that cannot be read any more.
    """
    those: dict[str, list[str]] = {}
    for one in references:
        those.setdefault(known_as(one, seen), []).append(printable(one.name))
    return [
        *seen_warnings([name], [known_as(file, seen)]),
        *(_counted(words, files, of=len(references)) for words, files in those.items() if words),
    ]


def _counted(words: str, files: Sequence[str], *, of: int) -> str:
    """Say of how many references something is true, and of one of them by name.

    >>> _counted("with a frame or border; crop them", ["a.jpg", "b.jpg"], of=7)
    'references with a frame or border; crop them: 2 of 7, such as a.jpg'
    """
    return f"references {words}: {len(files)} of {of}, {'such as ' if len(files) > 1 else ''}{files[0]}"
