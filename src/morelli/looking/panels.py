"""Paintings and maps side by side: rows of panels with words below each, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from morelli.pictures.open import Pixels
from morelli.report.drawing import label_text
from morelli.report.palette import INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 300.0  # of a panel, in points
TALLEST = 1.25  # a panel's height is at most so many widths; what is taller is made narrower
_GAP, _MARGIN, _LINE, _TITLE = 18.0, 16.0, 12.5, 17.0
_LETTERS = 60  # that a line of the width of a panel holds
_MOST_LINES = 4  # of one remark
_BAR = 150.0  # the bar of colours


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """One picture of a page. pixels: uint8 (h, w, 3), coloured as shown. outline: (heat (h, w), level), drawn as a line, or none.

    square: (left, top, right, bottom) in shares of the picture, drawn as a thin frame, or none. words: lines below it.
    """

    pixels: Pixels
    title: str
    words: Sequence[str] = ()
    outline: tuple[npt.NDArray[np.floating], float] | None = None
    square: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Foot:
    """What stands below all panels. bar: uint8 (1, n, 3), colours, or none; low, high: words at its ends; lines: remarks."""

    bar: Pixels | None = None
    low: str = ""
    high: str = ""
    lines: Sequence[str] = ()


def draw_panels(rows: Sequence[Sequence[Panel]], *, foot: Foot) -> Figure:
    """Return a page of rows of panels. Call inside `drawing_style`."""
    from matplotlib.figure import Figure

    columns = max(len(row) for row in rows)
    pictures = [max(_height(panel) for panel in row) for row in rows]
    words = [max(len(_wrapped(panel.words)) for panel in row) for row in rows]
    heights = [_TITLE + picture + 5 + _LINE * lines for picture, lines in zip(pictures, words, strict=True)]
    width = 2 * _MARGIN + columns * WIDTH + (columns - 1) * _GAP
    room = width - 2 * _MARGIN - (_BAR + _GAP if foot.bar is not None else 0.0)
    lines = _wrapped(foot.lines, letters=int(room * _LETTERS / WIDTH))
    below = _GAP + max(_LINE * len(lines), 26.0 if foot.bar is not None else 0.0)
    height = 2 * _MARGIN + sum(heights) + _GAP * (len(rows) - 1) + below
    figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER.light)
    top = height - _MARGIN
    for row, picture, tall in zip(rows, pictures, heights, strict=True):
        for number, panel in enumerate(row):
            left = _MARGIN + number * (WIDTH + _GAP)
            _draw(figure, panel, left=left, top=top, room=picture, page=(width, height))
        top -= tall + _GAP
    _draw_foot(figure, foot, lines, top=below - _GAP + _MARGIN, page=(width, height))
    return figure


def _height(panel: Panel) -> float:
    height, width = panel.pixels.shape[:2]
    return float(min(WIDTH * height / width, WIDTH * TALLEST))


def _wrapped(words: Sequence[str], *, letters: int = _LETTERS) -> list[str]:
    from textwrap import wrap

    short = [label_text(text, longest=_MOST_LINES * letters) for text in words]
    return [line for text in short for line in wrap(text, letters, break_on_hyphens=False)]


def _draw(figure: Figure, panel: Panel, *, left: float, top: float, room: float, page: tuple[float, float]) -> None:
    width, height = page
    tall = _height(panel)
    wide = tall * panel.pixels.shape[1] / panel.pixels.shape[0]
    figure.text(
        left / width,
        (top - 2) / height,
        label_text(panel.title, longest=_LETTERS),
        va="top",
        fontsize=10.5,
        color=INK.light,
        weight="bold",
    )
    # The pictures of a row stand on one line, so that they are compared place by place.
    bottom = top - _TITLE - room
    axes: Axes = figure.add_axes((left / width, bottom / height, wide / width, tall / height))
    axes.imshow(panel.pixels, extent=(0, 1, 1, 0), aspect="auto", interpolation="antialiased")
    axes.set_axis_off()
    if panel.outline is not None:
        heat, level = panel.outline
        rows, columns = heat.shape
        x, y = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
        for colour, thick in (("#00000090", 2.2), ("#ffffff", 1.0)):
            axes.contour(x, y, heat, levels=[level], colors=[colour], linewidths=thick)
        axes.set_xlim(0, 1)
        axes.set_ylim(1, 0)
    if panel.square is not None:
        x0, y0, x1, y1 = panel.square
        for colour, thick in (("#00000090", 2.2), ("#ffffff", 1.0)):
            axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=colour, linewidth=thick, clip_on=False)
    first = len(_wrapped(panel.words[:1]))
    for number, line in enumerate(_wrapped(panel.words)):
        y = (bottom - 5 - _LINE * number) / height
        figure.text(left / width, y, line, va="top", fontsize=8.8, color=INK.light if number < first else MUTED.light)


def _draw_foot(figure: Figure, foot: Foot, lines: Sequence[str], *, top: float, page: tuple[float, float]) -> None:
    width, height = page
    left = _MARGIN
    if foot.bar is not None:
        axes = figure.add_axes((left / width, (top - 22) / height, _BAR / width, 9 / height))
        axes.imshow(foot.bar, aspect="auto")
        axes.set_axis_off()
        for words, x, side in ((foot.low, left, "left"), (foot.high, left + _BAR, "right")):
            figure.text(x / width, (top - 10) / height, words, ha=side, va="bottom", fontsize=8.8, color=MUTED.light)
        left += _BAR + _GAP
    for number, line in enumerate(lines):
        y = (top - _LINE * number) / height
        figure.text(left / width, y, line, va="top", fontsize=8.8, color=MUTED.light)
