"""What a reader of a verdict must know of the two pictures, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.model.known_range import OUTSIDE, KnownRange
from morelli.model.seen import Role, TrainedOn, digest_file
from morelli.pictures.observe import Observation
from morelli.pictures.same import shows_the_same
from morelli.pictures.view import View
from morelli.protocol.decision import Decision

Kind = Literal["small", "flat", "wall", "border", "cut", "compressed", "quartered"]
GREY_BESIDE_COLOUR = "a model may take that for two hands"
_ROLES: dict[Role, str] = {
    "train": "among the pictures that the model was trained on",
    "validation": "among the pictures by which the model was chosen",
    "calibration": "among the pictures that the probabilities were fitted to",
}
# Of the pixels a side that a model looks at; with fewer, one hand is taken for two (docs/warnings.md).
_LEAST_SHARE = 1 / 6
_NARROW = 0.96  # share of the picture that the painting fills above which a border is too narrow to speak of


def warnings_of(first: str, one: Observation, second: str, other: Observation, *, view: View) -> tuple[str, ...]:
    """Return all that is to be said of two pictures, each and together. first, second: the names of their files; view: how the
    model looks at them.
    """
    each = [*picture_warnings(first, one, view=view), *picture_warnings(second, other, view=view)]
    return tuple(dict.fromkeys([*each, *pair_warnings(first, one, second, other)]))


def picture_warnings(name: str, seen: Observation, *, view: View) -> list[str]:
    """Return what is to be said of one picture. name: of its file; view: how the model looks at it."""
    return [f"{name} {words}" for words in findings(seen, view=view).values()]


def findings(seen: Observation, *, view: View) -> dict[Kind, str]:
    """Return what there is to say of one picture: kind -> the words that follow the picture's name."""
    found: dict[Kind, str] = {}
    (width, height), size = seen.size, view.size
    if min(width, height) < size:
        found["small"] = f"has {width} x {height} px; the model looks at {size} px a side, so detail is missing"
    if view.quarters(seen.size):
        found["quartered"] = (
            f"is no larger than the {size} px crops that the model takes from corners; it saw enlarged quarters instead"
        )
    if seen.flat:
        found["flat"] = "is of one flat colour; there is nothing in it that a painter could be known by"
        return found
    if any(seen.cut):
        found["cut"] = f"was cropped to what is inside its frame or border ({_widths(seen.cut)}), as asked"
    border = seen.border
    how = "it is left after cropping; crop it by hand" if any(seen.cut) else "crop it to the painting (--crop tries to)"
    if border is not None and border.is_wall:
        found["wall"] = (
            f"has a wall or a wide margin around the painting, which fills about {border.filled:.2f} of it; {how}"
        )
    elif border is not None and border.filled < _NARROW:
        found["border"] = f"has a frame or border ({_widths(border.widths)}); {how}"
    if seen.heavily_compressed:
        why = f"JPEG, quality {seen.quality}" if seen.quality is not None and seen.quality < 40 else "its blocks show"
        found["compressed"] = f"was heavily compressed ({why}); brushwork is lost, so take a better file"
    return found


def too_little(name: str, seen: Observation, *, view: View) -> str:
    """Say why nothing can be decided of a picture, whatever it is like; nothing where it can. name: of its file."""
    if seen.flat:
        return f"{name} shows nothing that a painter could be known by"
    if min(seen.size) < _LEAST_SHARE * view.size:
        width, height = seen.size
        return f"{name} has {width} x {height} px, too few where the model looks at {view.size} px a side"
    return ""


def pair_warnings(first: str, one: Observation, second: str, other: Observation) -> list[str]:
    """Return what is to be said of two pictures together. first, second: the names of their files."""
    found = []
    if shows_the_same(one.sketch, other.sketch):
        found.append("the two are the same picture, or nearly, or one is a part of the other")
    if differ_in_colour(one, other):
        grey, coloured = (first, second) if one.colourless else (second, first)
        found.append(f"{grey} is greyscale or of one tint and {coloured} is in colour; {GREY_BESIDE_COLOUR}")
    return found


def differ_in_colour(one: Observation, other: Observation) -> bool:
    """Tell whether one of two pictures has colours and the other has none."""
    return one.colourless != other.colourless and not (one.flat or other.flat)


def range_warnings(names: Sequence[str], outside: npt.NDArray[np.bool_], known: KnownRange | None) -> list[str]:
    """Return what is to be said of pictures outside of what the model knows. names: of their files; outside (n,): which are."""
    if known is None:
        return []
    return list(
        dict.fromkeys(f"{name} is {beyond(known)}" for name, out in zip(names, outside.tolist(), strict=True) if out)
    )


def seen_warnings(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return what is to be said of pictures that the model has seen before. names: of the files; known: as `known_as` says of each."""
    return list(dict.fromkeys(f"{name} is {words}" for name, words in zip(names, known, strict=True) if words))


def known_as(file: Path, seen: TrainedOn) -> str:
    """Say how the model has seen a picture before, by its file; nothing where it has not. seen: what it was made from.

    Raises PictureError for a file that cannot be read any more.
    """
    role = seen.role_of_picture(digest_file(file))
    return "" if role is None else f"{_ROLES[role]}; error rates are of pictures that it never saw"


def style_warnings(decision: Decision, *, asked: str | None) -> list[str]:
    """Return what is to be said where the harder question cannot be answered. asked: the negatives that were asked for, if any."""
    if asked is not None or "style-matched" in decision.calibrations:
        return []
    return [
        "the model is not calibrated against painters of one style: the evidence is against any other painter, the easier question"
    ]


def beyond(known: KnownRange) -> str:
    """Say what it is to be outside of what a model knows."""
    return (
        f"outside the range of the training data: less like it than all but 1 in {round(1 / OUTSIDE)} of {known.pictures:,} pictures "
        "by other artists"
    )


def _widths(widths: tuple[float, float, float, float]) -> str:
    """Name the sides and their widths.

    >>> _widths((0.1, 0, 0.052, 0))
    'top 0.10, bottom 0.05 of its height'
    """
    top, right, bottom, left = widths
    named = (((("top", top), ("bottom", bottom)), "height"), ((("left", left), ("right", right)), "width"))
    found = [(", ".join(f"{side} {share:.2f}" for side, share in sides if share > 0), of) for sides, of in named]
    return "; ".join(f"{text} of its {of}" for text, of in found if text)
