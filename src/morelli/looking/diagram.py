"""Drawing a network's boxes: a row a branch, what all branches share written once below them, joins and loss at the right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from morelli.looking.boxes import Box, Diagram, Join
from morelli.report.palette import INK, MUTED, PAPER, RULE, SEEN, SERIES, UNSEEN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMN, _ROW, _MARGIN = 87.0, 80.0, 14.0  # points
_NAME = 92.0  # room for a branch's name
_JOIN, _TAIL, _TALL, _GAP = 90.0, 124.0, 54.0, 26.0
_LINE = 12.5
_COLOURS = {"picture": MUTED, "maps": SEEN, "values": SERIES[1], "join": SERIES[2], "loss": UNSEEN}


def draw_diagram(diagram: Diagram) -> Figure:
    """Return the figure of a diagram. Call inside `drawing_style`."""
    from matplotlib.figure import Figure

    branches, lines = len(diagram.branches), max(len(box.does) for box in diagram.trunk)
    below = 24 + _LINE * (lines + 2) + 10 + _LINE * (len(diagram.notes) + 1)
    width = 2 * _MARGIN + _NAME + _COLUMN * len(diagram.trunk)
    width += (_GAP + _JOIN) * bool(diagram.joins) + (_GAP + _TAIL) * len(diagram.tail)
    height = 2 * _MARGIN + 26 + _ROW * branches + below
    figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER.light)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)  # y grows downwards, as on a page
    _text(axes, _MARGIN, _MARGIN + 6, diagram.title, size=12.5, weight="bold")
    first = _MARGIN + 26 + _ROW / 2
    rows = [first + _ROW * number for number in range(branches)]
    columns = [_MARGIN + _NAME + _COLUMN * (number + 0.5) for number in range(len(diagram.trunk))]
    scale = _Glyphs(diagram.trunk)
    for name, y in zip(diagram.branches, rows, strict=True):
        _text(axes, _MARGIN, y, name, size=10.0)
        _branch(axes, diagram.trunk, scale, columns, y)
    _shared(axes, diagram.trunk, columns, rows)
    _joined(axes, diagram, rows, columns[-1] + scale.width(diagram.trunk[-1]) / 2)
    foot = rows[-1] + _ROW / 2 + 22 + _LINE * (lines + 2) + 14
    trained = f"{diagram.parameters:,} trained parameters"
    for number, line in enumerate((trained, *diagram.notes)):
        _text(axes, _MARGIN, foot + _LINE * number, line, size=9.5, colour=INK.light if number == 0 else MUTED.light)
    return figure


class _Glyphs:
    """How large a box is drawn: its height grows with the logarithm of a map's side, its width with that of the channels."""

    def __init__(self, boxes: tuple[Box, ...]) -> None:
        self._side = max([math.log2(box.gives[-1] + 1) for box in boxes if len(box.gives) == 3], default=1.0)

    def height(self, box: Box) -> float:
        if len(box.gives) == 3:
            return 12 + 48 * (math.log2(box.gives[-1] + 1) / self._side) ** 2
        return 56.0

    def width(self, box: Box) -> float:
        if box.look == "picture":
            return self.height(box)
        return 10 + 4.0 * math.log2(box.gives[0]) if len(box.gives) == 3 else 10.0


def _branch(axes: Axes, trunk: tuple[Box, ...], scale: _Glyphs, columns: list[float], y: float) -> None:
    for number, (box, x) in enumerate(zip(trunk, columns, strict=True)):
        wide, tall = scale.width(box), scale.height(box)
        _rectangle(axes, x - wide / 2, y - tall / 2, wide, tall, _COLOURS[box.look].light, pale=box.look == "picture")
        if number:
            before = columns[number - 1] + scale.width(trunk[number - 1]) / 2
            _arrow(axes, (before + 3, y), (x - wide / 2 - 2, y))


def _shared(axes: Axes, trunk: tuple[Box, ...], columns: list[float], rows: list[float]) -> None:
    """Write below the branches what each column is, once: the weights are the same."""
    top = rows[-1] + _ROW / 2
    last = top + 8 + _LINE * (2 + max(len(box.does) for box in trunk))
    _text(axes, _MARGIN, top + 6 + _LINE, "size", size=9.0, colour=MUTED.light)
    if any(box.parameters is not None for box in trunk):
        _text(axes, _MARGIN, last, "parameters", size=9.0, colour=MUTED.light)
    for box, x in zip(trunk, columns, strict=True):
        if len(rows) > 1 and box.look != "picture":
            line: dict[str, Any] = {"color": RULE.light, "linewidth": 1.2, "linestyle": (0, (2, 2)), "zorder": 0}
            axes.plot([x, x], [rows[0], top], **line)
        sizes = " × ".join(f"{size:,}" for size in box.gives)
        _text(axes, x, top + 6, box.title, size=10.0, weight="bold", side="center")
        _text(axes, x, top + 6 + _LINE, sizes, size=9.0, side="center")
        for number, line_of in enumerate(box.does, 2):
            _text(axes, x, top + 6 + _LINE * number, line_of, size=8.8, colour=MUTED.light, side="center")
        if box.parameters is not None:
            _text(axes, x, last, f"{box.parameters:,}", size=9.0, side="center")


def _joined(axes: Axes, diagram: Diagram, rows: list[float], start: float) -> None:
    left = _MARGIN + _NAME + _COLUMN * len(diagram.trunk) + _GAP
    ends = [(start, y) for y in rows]
    if diagram.joins:
        ends = _joins(axes, diagram.joins, rows, start, left)
        left += _JOIN + _GAP
    middle = (rows[0] + rows[-1]) / 2
    for box in diagram.tail:
        _box(axes, box, left, middle, _TAIL)
        spread = [0.0] if len(ends) == 1 else [-10.0 + 20.0 * number / (len(ends) - 1) for number in range(len(ends))]
        for (x, y), shift in zip(ends, spread, strict=True):
            _arrow(axes, (x + 3, y), (left - 3, middle + shift))
        ends = [(left + _TAIL, middle)]
        left += _TAIL + _GAP


def _joins(
    axes: Axes, joins: tuple[Join, ...], rows: list[float], start: float, left: float
) -> list[tuple[float, float]]:
    ends = []
    for number, join in enumerate(joins):
        y = sum(rows[branch] for branch in join.branches) / len(join.branches)
        if len(joins) > 1:  # apart from each other, in their order
            y = rows[0] + (rows[-1] - rows[0]) * (0.12 + 0.76 * number / (len(joins) - 1))
        _box(axes, join.box, left, y, _JOIN)
        for place, branch in enumerate(join.branches):
            shift = 0.0 if len(join.branches) == 1 else -12 + 24 * place / (len(join.branches) - 1)
            _arrow(axes, (start + 3, rows[branch]), (left - 3, y + shift))
        ends.append((left + _JOIN, y))
    return ends


def _box(axes: Axes, box: Box, left: float, y: float, wide: float) -> None:
    lines = [*box.does, *([f"{box.parameters:,}"] if box.parameters is not None else [])]
    tall = max(_TALL, 22 + _LINE * (len(lines) + 1))
    _rectangle(axes, left, y - tall / 2, wide, tall, _COLOURS[box.look].light, pale=True)
    top = y - _LINE * len(lines) / 2
    _text(axes, left + wide / 2, top, box.title, size=10.0, weight="bold", side="center")
    for number, line in enumerate(lines, 1):
        _text(axes, left + wide / 2, top + _LINE * number, line, size=8.8, side="center")


def _rectangle(axes: Axes, x: float, y: float, wide: float, tall: float, colour: str, *, pale: bool = False) -> None:
    from matplotlib.patches import FancyBboxPatch, Rectangle

    if pale:
        style = "round,pad=0,rounding_size=5"
        shape: Any = FancyBboxPatch(
            (x, y), wide, tall, boxstyle=style, facecolor=PAPER.light, edgecolor=colour, linewidth=1.4
        )
    else:
        shape = Rectangle((x, y), wide, tall, facecolor=colour, edgecolor=PAPER.light, linewidth=0.8, zorder=2)
    axes.add_patch(shape)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look: Any = {
        "arrowstyle": "-|>",
        "color": MUTED.light,
        "linewidth": 0.9,
        "mutation_scale": 8,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axes.annotate("", xy=end, xytext=start, arrowprops=look)


def _text(
    axes: Axes,
    x: float,
    y: float,
    words: str,
    *,
    size: float,
    colour: str = INK.light,
    weight: str = "normal",
    side: str = "left",
) -> None:
    axes.text(x, y, words, fontsize=size, color=colour, fontweight=weight, ha=side, va="center")
