"""Two paintings and why a verdict was reached: on one page, for someone who looks at paintings and not at networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from morelli.looking.colouring import lay_over_signed, tint_signed
from morelli.looking.explanation_words import balance, foot_lines, head_lines, warning_lines
from morelli.looking.picture_file import PHOTOS, check_picture_name, write_picture
from morelli.looking.tiles import WASH, shared_heat
from morelli.looking.verdict_scale import draw_scale
from morelli.pictures.open import Pixels, decode_file
from morelli.pictures.view import Box
from morelli.printable import printable
from morelli.report.drawing import drawing_style, label_text
from morelli.report.palette import INK, MUTED, PAPER
from morelli.verdict.explanation import Explanation, Match

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, TALLEST = 400.0, 440.0  # of a painting, in points
_MARGIN, _GAP, _LINE, _NAME, _HEAD, _SCALE = 22.0, 64.0, 13.0, 16.0, 66.0, 66.0
_LETTERS = 64  # of a file's name
_LABELLED = 34.0  # points of height from which on a region has its number inside
_SWATCH = 46.0  # of a colour beside its words
_WHITE, _DARK = "#ffffff", "#000000b0"


def explanation_page(found: Explanation) -> Figure:
    """Return the page: the paintings with the regions that belong together, then with what speaks for and against one hand; above them
    the verdict and its warnings, below it on its scale, and what the colours and numbers mean.

    Call inside `drawing_style`. Raises PictureError.
    """
    from matplotlib.figure import Figure

    sides = (found.first, found.second)
    paintings = [decode_file(Path(side.path), at_least=int(2 * WIDTH)).pixels for side in sides]
    heats = shared_heat(sides, [one.shape[:2] for one in paintings])
    tall = max(_size(one)[1] for one in paintings)
    lines = foot_lines(found)
    head = _HEAD + _LINE * len(warning_lines(found.verdict))
    width = 2 * _MARGIN + 2 * WIDTH + _GAP
    rows = 2 * (tall + _LINE) + _NAME + 20
    height = 2 * _MARGIN + head + rows + _SCALE + 16 + _LINE * len(lines)
    page = (width, height)
    figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER.light)
    _draw_head(figure, found, page)
    top = height - _MARGIN - head - _NAME
    above, below = [], []
    for number, (side, painting, heat) in enumerate(zip(sides, paintings, heats, strict=True)):
        # Both stand against the gap between them, where the lines run.
        wide = _size(painting)[0]
        left = _MARGIN + WIDTH - wide if number == 0 else _MARGIN + WIDTH + _GAP
        _words(figure, left, top + 4, label_text(_name(side.path), longest=_LETTERS), page, weight="bold", up=True)
        above.append(_draw(figure, painting, left=left, top=top, page=page))
        lower = top - tall - 20
        below.append(_draw(figure, lay_over_signed(painting, heat), left=left, top=lower, page=page))
        if found.method == "exact":
            _words(figure, left, lower - _size(painting)[1] - 5, balance(side), page, colour=MUTED.light)
    for number, match in enumerate(found.matches, 1):
        _draw_match(figure, above, match, number, at=number / (1 + len(found.matches)))
    for axes, side in zip(below, sides, strict=True):
        _draw_frame(axes, side.seen)
    foot = _MARGIN + 16 + _LINE * len(lines)
    draw_scale(figure, found.verdict, left=_MARGIN, bottom=foot, width=width - 2 * _MARGIN, page=page)
    _draw_foot(figure, lines, page)
    return figure


def write_explanation(found: Explanation, file: Path) -> None:
    """Draw the page and write it: PNG or JPEG, by the file's name. Raises PictureFileError, PictureError."""
    check_picture_name(file, PHOTOS)
    with drawing_style():
        write_picture(explanation_page(found), file)


def _size(painting: Pixels) -> tuple[float, float]:
    height, width = painting.shape[:2]
    scale = min(WIDTH / width, TALLEST / height)
    return width * scale, height * scale


def _name(path: str) -> str:
    file = Path(path)
    return printable(f"{file.parent.name}/{file.name}" if file.parent.name else file.name)


def _words(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    page: tuple[float, float],
    *,
    colour: str = INK.light,
    size: float = 9.2,
    weight: str = "normal",
    up: bool = False,
) -> None:
    figure.text(
        x / page[0], y / page[1], text, va="bottom" if up else "top", fontsize=size, color=colour, weight=weight
    )


def _draw_head(figure: Figure, found: Explanation, page: tuple[float, float]) -> None:
    answer, evidence, point = head_lines(found.verdict)
    top = page[1] - _MARGIN
    _words(figure, _MARGIN, top, answer, page, size=17, weight="bold")
    _words(figure, _MARGIN, top - 24, evidence, page, size=10.0, colour=MUTED.light)
    _words(figure, _MARGIN, top - 38, point, page, size=10.0, colour=MUTED.light)
    for number, line in enumerate(warning_lines(found.verdict)):
        _words(figure, _MARGIN, top - 54 - _LINE * number, line, page, size=9.6)


def _draw(figure: Figure, pixels: Pixels, *, left: float, top: float, page: tuple[float, float]) -> Axes:
    wide, tall = _size(pixels)
    axes: Axes = figure.add_axes((left / page[0], (top - tall) / page[1], wide / page[0], tall / page[1]))
    axes.imshow(pixels, extent=(0, 1, 1, 0), aspect="auto", interpolation="antialiased")
    axes.set_axis_off()
    return axes


def _draw_frame(axes: Axes, seen: Box) -> None:
    """Draw a thin line round what is read of a painting, where that is not all."""
    if seen != (0.0, 0.0, 1.0, 1.0):
        _draw_box(axes, seen, 0.9)


def _draw_box(axes: Axes, box: Box, thick: float) -> None:
    left, top, right, bottom = box
    for colour, line in ((_DARK, thick + 1.6), (_WHITE, thick)):
        axes.plot(
            [left, right, right, left, left],
            [top, top, bottom, bottom, top],
            color=colour,
            linewidth=line,
            clip_on=False,
            solid_joinstyle="miter",
        )


def _draw_match(figure: Figure, axes: Sequence[Axes], match: Match, number: int, *, at: float) -> None:
    """Draw both regions of a match, their number, and a line between them. at: the share of a region's height where its line ends, for
    regions may lie in one row, and lines then upon each other.
    """
    from matplotlib.lines import Line2D

    ends = []
    for place, box in ((0, match.first), (1, match.second)):
        _draw_box(axes[place], box, 1.6)
        edge = box[2] if place == 0 else box[0]
        point = axes[place].transData.transform((edge, box[1] + at * (box[3] - box[1])))
        ends.append(figure.transFigure.inverted().transform(point))
        points = axes[place].transData.transform([(0, box[1]), (0, box[3])])[:, 1]
        flat = (
            abs(points[1] - points[0]) * 72 / figure.dpi < _LABELLED
        )  # of a long strip: the number would hide the region
        axes[place].text(
            box[0] + 0.004,
            box[1] - 0.01 if flat else box[1] + 0.004,
            str(number),
            ha="left",
            va="bottom" if flat else "top",
            fontsize=10,
            weight="bold",
            color=INK.light,
            bbox={"boxstyle": "square,pad=0.18", "facecolor": _WHITE, "edgecolor": "none"},
        )
    (x0, y0), (x1, y1) = ends
    for colour, line in ((_DARK, 2.6), (_WHITE, 1.2)):
        figure.add_artist(Line2D([x0, x1], [y0, y1], color=colour, linewidth=line, zorder=5))


def _draw_foot(figure: Figure, lines: Sequence[str], page: tuple[float, float]) -> None:
    top = _MARGIN + _LINE * len(lines)
    for number, line in enumerate(lines):
        _words(
            figure,
            _MARGIN + (_SWATCH if number < 2 else 0),
            top - _LINE * number,
            line,
            page,
            size=8.8,
            colour=MUTED.light,
        )
    for number, sign in enumerate((1.0, -1.0)):
        bar = tint_signed(np.full((1, 32), 0.6), sign * np.linspace(0.15, WASH, 32)[None])
        bottom = top - _LINE * number - 9.5
        axes = figure.add_axes((_MARGIN / page[0], bottom / page[1], (_SWATCH - 8) / page[0], 8 / page[1]))
        axes.imshow(bar, aspect="auto")
        axes.set_axis_off()
