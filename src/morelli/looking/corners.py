"""The corner views of a painting: the whole and its four corners, in their places, as a network reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from morelli.pictures.open import decode_file
from morelli.pictures.view import View, corner_boxes
from morelli.report.drawing import label_text
from morelli.report.palette import INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = (
    "whole, squashed to the square",
    "upper right",
    "lower right",
    "lower left",
    "upper left",
)  # as `corners` orders them
_SIDE, _GAP, _MARGIN, _LINE = 190.0, 14.0, 16.0, 17.0  # points
_PICTURE = 400.0  # the painting is at most so wide
_CORNER_COLOURS = ("#d05a00", "#0072b2", "#009e73", "#cc79a7")  # of Okabe and Ito: upper right, then clockwise


def corners_page(file: Path, *, size: int) -> Figure:
    """Return the page of one painting: where its corners lie, the whole as it is read, and the corners in their places.

    Call inside `drawing_style`. Raises PictureError, ViewError.
    """
    from matplotlib.figure import Figure

    seen = View("corners", size).open(file)
    width_px, height_px = seen.original_size
    painting = decode_file(file, at_least=2 * int(_PICTURE)).pixels
    high = 2 * (_SIDE + _LINE) + _GAP
    room = high - _LINE
    wide = min(_PICTURE, room * width_px / height_px)
    tall = wide * height_px / width_px
    width = 2 * _MARGIN + wide + 3 * (_SIDE + _GAP) + _GAP
    height = 2 * _MARGIN + high + 24
    figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER.light)

    def place(x: float, y: float, w: float, h: float) -> Axes:
        axes: Axes = figure.add_axes((x / width, 1 - (y + h) / height, w / width, h / height))
        axes.set_xticks([])
        axes.set_yticks([])
        return axes

    def write(x: float, y: float, words: str, *, size: float = 10.0, colour: str = INK.light) -> None:
        figure.text(x / width, 1 - y / height, words, fontsize=size, color=colour, va="top")

    top = _MARGIN + _LINE + (room - tall) / 2
    name = label_text(f"{file.parent.name}/{file.name}" if file.parent.name else file.name, longest=40)
    write(_MARGIN, top - _LINE, f"{name}, {width_px:,} × {height_px:,} px")
    axes = place(_MARGIN, top, wide, tall)
    axes.imshow(painting, extent=(0, width_px, height_px, 0), aspect="auto")
    _frame(axes, "none")
    for (x0, y0, x1, y1), colour in zip(corner_boxes(width_px, height_px, size=size), _CORNER_COLOURS, strict=True):
        for line, thick in ((PAPER.light, 4.4), (colour, 2.2)):
            look: Any = {"color": line, "linewidth": thick, "solid_joinstyle": "miter", "clip_on": False}
            axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], **look)
    axes.set_xlim(0, width_px)
    axes.set_ylim(height_px, 0)

    left = _MARGIN + wide + 2 * _GAP
    middle = _MARGIN + (high - _SIDE - _LINE) / 2
    columns, rows = (left + _SIDE + _GAP, left + 2 * (_SIDE + _GAP)), (_MARGIN, _MARGIN + _SIDE + _LINE + _GAP)
    spots = ((left, middle), (columns[1], rows[0]), (columns[1], rows[1]), (columns[0], rows[1]), (columns[0], rows[0]))
    colours = (MUTED.light, *_CORNER_COLOURS)
    for number, ((x, y), words, pixels, colour) in enumerate(zip(spots, NAMES, seen.pixels, colours, strict=True), 1):
        write(x, y, f"{number}  {words}")
        axes = place(x, y + _LINE, _SIDE, _SIDE)
        axes.imshow(pixels, aspect="auto")
        _frame(axes, colour)
    write(
        _MARGIN,
        _MARGIN + high + 12,
        how_shown(seen.original_size, size=size, quartered=seen.quartered),
        size=9.5,
        colour=MUTED.light,
    )
    return figure


def how_shown(original_size: tuple[int, int], *, size: int, quartered: bool) -> str:
    """Say in words what the corners are.

    >>> how_shown((200, 300), size=224, quartered=True)
    'Five views of 224 px. The picture, 200 × 300 px, is no larger than a crop: its quarters, brought to 224 px, take the crops’ place.'
    """
    if quartered:
        width, height = original_size
        return (
            f"Five views of {size} px. The picture, {width:,} × {height:,} px, is no larger than a crop: "
            f"its quarters, brought to {size} px, take the crops’ place."
        )
    return f"Five views of {size} px, read in the order of their numbers. The corners are cut from the file at full resolution."


def _frame(axes: Axes, colour: str) -> None:
    for spine in axes.spines.values():
        spine.set(visible=colour != "none", edgecolor=colour, linewidth=2.2)
