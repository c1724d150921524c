"""One map on one painting, as a panel of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import MorelliError
from morelli.looking.colouring import lay_over, lay_over_signed, tint, tint_signed
from morelli.looking.mass import half_area, half_level
from morelli.looking.overlay import enlarge
from morelli.looking.panels import WIDTH, Foot, Panel
from morelli.pictures.cells import Cells
from morelli.pictures.open import Pixels, decode_file
from morelli.pictures.view import View

Square = tuple[float, float, float, float]  # left, top, right, bottom, in shares of the picture


class HeatmapError(MorelliError):
    """A heatmap that cannot be drawn: a view of several pictures, words that do not go together."""


@dataclass(frozen=True, eq=False)
class Painting:
    """A painting to be shown: pixels uint8 (h, w, 3) in its proportions; original_size: (width, height) px; seen: what is read of it."""

    file: Path
    pixels: Pixels
    original_size: tuple[int, int]
    seen: Square

    @property
    def name(self) -> str:
        """How it is called on a page: folder and file."""
        return f"{self.file.parent.name}/{self.file.name}" if self.file.parent.name else self.file.name


def open_painting(file: Path, *, view: View) -> Painting:
    """Open a painting to be shown under a view. Raises PictureError; HeatmapError for a view of several pictures."""
    if view.kind not in ("whole", "centre"):
        raise HeatmapError(
            f"view {view.kind!r} shows a picture in {view.n} parts; heatmaps are drawn for 'whole' and 'centre'"
        )
    decoded = decode_file(file, at_least=int(2 * WIDTH))
    pixels = decoded.pixels
    seen: Square = (0.0, 0.0, 1.0, 1.0)
    if view.kind == "centre":
        height, width = pixels.shape[:2]
        side = min(height, width)
        left, top = (width - side) // 2, (height - side) // 2
        seen = (left / width, top / height, (left + side) / width, (top + side) / height)
    return Painting(file, pixels, decoded.original_size, seen)


def painting_panel(painting: Painting, *, title: str, words: Sequence[str] = ()) -> Panel:
    """Return the panel of a painting as it is, with a frame round what the network reads where that is not all."""
    return Panel(pixels=painting.pixels, title=title, words=words, square=_frame(painting))


def heat_panel(
    painting: Painting, values: npt.NDArray[np.floating], cells: Cells, *, title: str, words: Sequence[str]
) -> Panel:
    """Return the panel of a map (h, w) on a painting: what is above zero, from none to the map's highest; a line round half of its mass."""
    heat, part = _spread(painting, np.maximum(values, 0), cells)
    highest = heat.max()
    if not highest > 0:
        words = (*words, "the map is nowhere above zero")
        return Panel(pixels=lay_over(painting.pixels, heat), title=title, words=words, square=_frame(painting))
    heat /= highest
    return Panel(
        pixels=lay_over(painting.pixels, heat),
        title=title,
        words=(*words, f"half of the map's mass on {half_area(heat[part]):.2f} of what is read"),
        outline=(heat, half_level(heat)),
        square=_frame(painting),
    )


def signed_panel(
    painting: Painting,
    maps: Sequence[tuple[npt.NDArray[np.floating], Cells]],
    *,
    title: str,
    words: Sequence[str],
) -> Panel:
    """Return the panel of maps (h, w) on a painting, added up, above and below zero, in shares of the largest absolute value."""
    heat = np.zeros(painting.pixels.shape[:2])
    for values, cells in maps:
        # A value is of a whole cell: what a pixel has of it is more where cells are smaller.
        heat += _spread(painting, values, cells)[0] * values.size
    heat /= np.abs(heat).max() or 1.0
    return Panel(pixels=lay_over_signed(painting.pixels, heat), title=title, words=words, square=_frame(painting))


def heat_foot(lines: Sequence[str]) -> Foot:
    """Return the foot of a page of heatmaps: the colours, over a middle grey, and remarks."""
    bar = tint(np.full((1, 256), 0.5), np.linspace(0, 1, 256)[None])
    line = "Each map in shares of its own highest value; the line holds half of its mass."
    return Foot(bar=bar, low="0", high="highest", lines=(line, *lines))


def signed_foot(lines: Sequence[str], *, low: str, high: str) -> Foot:
    """Return the foot of a page of signed heatmaps; low, high: what the two colours mean."""
    bar = tint_signed(np.full((1, 256), 0.5), np.linspace(-1, 1, 256)[None])
    return Foot(bar=bar, low=low, high=high, lines=lines)


def _spread(
    painting: Painting, values: npt.NDArray[np.floating], cells: Cells
) -> tuple[npt.NDArray[np.float64], tuple[slice, slice]]:
    """Enlarge a map to the painting's pixels (h, w), zero outside the part that the network reads; and return where that part is."""
    height, width = painting.pixels.shape[:2]
    left, top, right, bottom = (
        round(share * side) for share, side in zip(painting.seen, (width, height, width, height), strict=True)
    )
    part = (slice(top, bottom), slice(left, right))
    heat = np.zeros((height, width))
    heat[part] = enlarge(values, cells, height=bottom - top, width=right - left)
    return heat, part


def _frame(painting: Painting) -> Square | None:
    return None if painting.seen == (0.0, 0.0, 1.0, 1.0) else painting.seen
