"""What a reader of a verdict must know of the two pictures, in sentences."""

from __future__ import annotations

from morelli.pictures.observe import Observation
from morelli.pictures.same import shows_the_same
from morelli.pictures.view import ViewedPicture
from morelli.verdict.known_range import OUTSIDE, KnownRange

_NARROW = 0.96  # share of the picture that the painting fills above which a border is too narrow to speak of


def warnings_of(first: str, one: Observation, second: str, other: Observation, *, size: int) -> tuple[str, ...]:
    """Return all that is to be said of two pictures, each and together. first, second: the names of their files; size: px a
    side that the model looks at.
    """
    each = [*picture_warnings(first, one, size=size), *picture_warnings(second, other, size=size)]
    return tuple(dict.fromkeys([*each, *pair_warnings(first, one, second, other)]))


def picture_warnings(name: str, seen: Observation, *, size: int) -> list[str]:
    """Return what is to be said of one picture. name: of its file; size: px a side that the model looks at."""
    found = []
    width, height = seen.size
    if min(width, height) < size:
        found.append(f"{name} has {width} x {height} px; the model looks at {size} px a side, so detail is missing")
    if seen.flat:
        found.append(f"{name} is of one flat colour; there is nothing in it that a painter could be known by")
        return found
    border = seen.border
    if border is not None and border.is_wall:
        found.append(
            f"{name} has a wall or a wide margin around the painting, which fills about {_percent(border.filled)} of it; crop it"
        )
    elif border is not None and border.filled < _NARROW:
        found.append(f"{name} has a frame or border ({_widths(border.widths)}); crop it to the painting")
    if seen.heavily_compressed:
        why = f"JPEG, quality {seen.quality}" if seen.quality is not None and seen.quality < 40 else "its blocks show"
        found.append(f"{name} was heavily compressed ({why}); brushwork is lost, so take a better file")
    return found


def quarters_warning(name: str, picture: ViewedPicture, *, size: int) -> list[str]:
    """Return what is to be said of a picture that is no larger than the crops of its corners. size: px a side of a crop."""
    if not picture.quartered:
        return []
    return [
        f"{name} is no larger than the {size} px crops that the model takes from corners; it saw enlarged quarters instead"
    ]


def pair_warnings(first: str, one: Observation, second: str, other: Observation) -> list[str]:
    """Return what is to be said of two pictures together. first, second: the names of their files."""
    found = []
    if shows_the_same(one.sketch, other.sketch):
        found.append("the two are the same picture, or nearly, or one is a part of the other")
    if one.colourless != other.colourless and not (one.flat or other.flat):
        grey, coloured = (first, second) if one.colourless else (second, first)
        found.append(
            f"{grey} is greyscale or of one tint and {coloured} is in colour; a model may take that for two hands"
        )
    return found


def range_warning(name: str, likeness: float, known: KnownRange) -> list[str]:
    """Return what is to be said where a picture is beyond what the model knows. likeness: by `nearest_likeness`."""
    if likeness >= known.limit:
        return []
    share = f"{1 - OUTSIDE:.1%}".replace("%", " %")
    return [
        f"{name} is outside the range of the training data: less like it than {share} of {known.pictures:,} pictures"
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _widths(widths: tuple[float, float, float, float]) -> str:
    """Name the sides and their widths.

    >>> _widths((0.1, 0, 0.052, 0))
    'top 10 %, bottom 5 % of its height'
    """
    top, right, bottom, left = widths
    named = (((("top", top), ("bottom", bottom)), "height"), ((("left", left), ("right", right)), "width"))
    found = [(", ".join(f"{side} {_percent(share)}" for side, share in sides if share > 0), of) for sides, of in named]
    return "; ".join(f"{text} of its {of}" for text, of in found if text)
