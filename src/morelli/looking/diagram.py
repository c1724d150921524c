"""Drawing a network's boxes: a row a branch, what all branches share written once below them, joins and loss at the right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from morelli.looking.boxes import Box, Diagram
from morelli.report.palette import DIFFERENT, INK, MUTED, PAPER, RULE, SEEN, SERIES, UNSEEN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARGIN, _NAME, _GAP, _LINE, _TITLE = 14.0, 92.0, 26.0, 12.5, 26.0  # points; _NAME: room for a branch's name
_ROW, _LEAST_COLUMN, _LEAST_BOX, _APART = 80.0, 76.0, 84.0, 10.0
_LETTER = 5.4  # how wide a letter of the small words is, at most on average
_COLOURS = {
    "picture": MUTED,
    "maps": SEEN,
    "frozen": DIFFERENT,
    "values": SERIES[1],
    "join": SERIES[2],
    "loss": UNSEEN,
}


def draw_diagram(diagram: Diagram) -> Figure:
    """Return the figure of a diagram. Call inside `drawing_style`."""
    from matplotlib.figure import Figure

    plan = _plan(diagram)
    figure = Figure(figsize=(plan.width / 72, plan.height / 72), facecolor=PAPER.light)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, plan.width)
    axes.set_ylim(plan.height, 0)  # y grows downwards, as on a page
    _text(axes, _MARGIN, _MARGIN + 6, diagram.title, size=12.5, weight="bold")
    for name, y in zip(diagram.branches, plan.rows, strict=True):
        _text(axes, _MARGIN, y, name, size=10.0)
        _branch(axes, diagram.trunk, plan, y)
    _shared(axes, diagram.trunk, plan)
    _meeting(axes, diagram, plan)
    count = f"{diagram.parameters:,} trained parameters"
    count += f" in {diagram.networks} networks" if diagram.networks > 1 else ""
    for number, line in enumerate((count, *diagram.notes)):
        colour = INK.light if number == 0 else MUTED.light
        _text(axes, _MARGIN, plan.foot + _LINE * number, line, size=9.5, colour=colour)
    return figure


@dataclass(frozen=True)
class _Plan:
    """Where everything goes. rows: middles of the branches; columns: of the trunk's boxes; joins, tail: left ends of the boxes at the right
    and how wide they are; lines: of what each column does; words: the top of what is written below the branches.
    """

    width: float
    height: float
    rows: tuple[float, ...]
    columns: tuple[float, ...]
    joins: tuple[float, float]
    tail: tuple[tuple[float, float], ...]
    lines: int
    words: float
    foot: float
    largest: float  # the logarithm of the largest map's side

    def glyph(self, box: Box) -> tuple[float, float]:
        """Return how wide and how tall a box is drawn: with the logarithms of its channels and of its map's side."""
        if len(box.gives) != 3:
            return (34.0, 40.0) if box.look in ("frozen", "maps") else (10.0, 56.0)
        tall = 12 + 48 * (math.log2(box.gives[-1] + 1) / self.largest) ** 2
        return (tall if box.look == "picture" else 10 + 4.0 * math.log2(box.gives[0])), tall


def _plan(diagram: Diagram) -> _Plan:
    column = max(_wide(box, _LEAST_COLUMN) for box in diagram.trunk)
    join = max((_wide(join.box, _LEAST_BOX) for join in diagram.joins), default=0.0)
    stack = sum(_tall(one.box) + _APART for one in diagram.joins)
    pitch = max(_ROW, stack / len(diagram.branches), max((_tall(box) for box in diagram.tail), default=0.0) / 2)
    rows = tuple(_MARGIN + _TITLE + pitch * (number + 0.5) for number in range(len(diagram.branches)))
    columns = tuple(_MARGIN + _NAME + column * (number + 0.5) for number in range(len(diagram.trunk)))
    left = columns[-1] + column / 2 + _GAP
    at_joins = left
    left += (join + _GAP) if diagram.joins else 0.0
    tail = []
    for box in diagram.tail:
        tail.append((left, _wide(box, _LEAST_BOX)))
        left += tail[-1][1] + _GAP
    longest = max(len(line) for line in (*diagram.notes, diagram.title))
    lines = max(len(box.does) for box in diagram.trunk)
    words = rows[-1] + pitch / 2 + 6
    foot = words + _LINE * (lines + 3) + 12
    sides = [math.log2(box.gives[-1] + 1) for box in diagram.trunk if len(box.gives) == 3]
    return _Plan(
        width=max(left - _GAP, longest * 6.4) + _MARGIN,
        height=foot + _LINE * len(diagram.notes) + _MARGIN,
        rows=rows,
        columns=columns,
        joins=(at_joins, join),
        tail=tuple(tail),
        lines=lines,
        words=words,
        foot=foot,
        largest=max(sides, default=1.0),
    )


def _wide(box: Box, least: float) -> float:
    words = [*box.does, _sizes(box), box.title + "  "]  # a title is bold
    return max(least, max(len(word) for word in words) * _LETTER + 8)


def _tall(box: Box) -> float:
    return 24 + _LINE * (len(box.does) + (box.parameters is not None) + 1)


def _sizes(box: Box) -> str:
    return " × ".join(f"{size:,}" for size in box.gives)


def _branch(axes: Axes, trunk: tuple[Box, ...], plan: _Plan, y: float) -> None:
    end = 0.0
    for number, (box, x) in enumerate(zip(trunk, plan.columns, strict=True)):
        wide, tall = plan.glyph(box)
        pale = box.look == "picture"
        _rectangle(axes, x - wide / 2, y - tall / 2, wide, tall, _COLOURS[box.look].light, pale=pale)
        if number:
            _arrow(axes, (end + 3, y), (x - wide / 2 - 2, y))
        end = x + wide / 2


def _shared(axes: Axes, trunk: tuple[Box, ...], plan: _Plan) -> None:
    """Write below the branches what each column is, once: the weights are the same."""
    last = plan.words + 2 + _LINE * (2 + plan.lines)
    if any(box.gives for box in trunk):
        _text(axes, _MARGIN, plan.words + _LINE, "size", size=9.0, colour=MUTED.light)
    if any(box.parameters is not None for box in trunk):
        _text(axes, _MARGIN, last, "parameters", size=9.0, colour=MUTED.light)
    for box, x in zip(trunk, plan.columns, strict=True):
        if len(plan.rows) > 1 and box.look != "picture":
            line: dict[str, Any] = {"color": RULE.light, "linewidth": 1.2, "linestyle": (0, (2, 2)), "zorder": 0}
            axes.plot([x, x], [plan.rows[0], plan.words - 6], **line)
        _text(axes, x, plan.words, box.title, size=10.0, weight="bold", side="center")
        _text(axes, x, plan.words + _LINE, _sizes(box), size=9.0, side="center")
        for number, does in enumerate(box.does, 2):
            _text(axes, x, plan.words + _LINE * number, does, size=8.8, colour=MUTED.light, side="center")
        if box.parameters is not None:
            _text(axes, x, last, f"{box.parameters:,}", size=9.0, side="center")


def _meeting(axes: Axes, diagram: Diagram, plan: _Plan) -> None:
    """Draw the joins one below the other and the tail after them, with arrows from what comes before."""
    start = plan.columns[-1] + plan.glyph(diagram.trunk[-1])[0] / 2
    middle = (plan.rows[0] + plan.rows[-1]) / 2
    ends = [(start, y) for y in plan.rows]
    if diagram.joins:
        left, wide = plan.joins
        stack = sum(_tall(join.box) + _APART for join in diagram.joins) - _APART
        spread = max(_APART, (plan.rows[-1] - plan.rows[0]) * 0.76 - stack + _tall(diagram.joins[0].box))
        gap = spread if len(diagram.joins) == 2 else _APART
        y = middle - (stack + (gap - _APART) * (len(diagram.joins) - 1)) / 2
        ends = []
        for join in diagram.joins:
            tall = _tall(join.box)
            _box(axes, join.box, left, y + tall / 2, wide)
            for place, branch in enumerate(join.branches):
                shift = 0.0 if len(join.branches) == 1 else tall * (-0.22 + 0.44 * place / (len(join.branches) - 1))
                _arrow(axes, (start + 3, plan.rows[branch]), (left - 3, y + tall / 2 + shift))
            ends.append((left + wide, y + tall / 2))
            y += tall + gap
    for box, (left, wide) in zip(diagram.tail, plan.tail, strict=True):
        _box(axes, box, left, middle, wide)
        for number, (x, y) in enumerate(ends):
            shift = 0.0 if len(ends) == 1 else -10 + 20 * number / (len(ends) - 1)
            _arrow(axes, (x + 3, y), (left - 3, middle + shift))
        ends = [(left + wide, middle)]


def _box(axes: Axes, box: Box, left: float, y: float, wide: float) -> None:
    lines = [*box.does, *([f"{box.parameters:,}"] if box.parameters is not None else [])]
    tall = _tall(box)
    _rectangle(axes, left, y - tall / 2, wide, tall, _COLOURS[box.look].light, pale=True)
    top = y - _LINE * len(lines) / 2
    _text(axes, left + wide / 2, top, box.title, size=10.0, weight="bold", side="center")
    for number, line in enumerate(lines, 1):
        _text(axes, left + wide / 2, top + _LINE * number, line, size=8.8, side="center")


def _rectangle(axes: Axes, x: float, y: float, wide: float, tall: float, colour: str, *, pale: bool) -> None:
    from matplotlib.patches import FancyBboxPatch, Rectangle

    if pale:
        look: Any = {"boxstyle": "round,pad=0,rounding_size=5", "facecolor": PAPER.light, "edgecolor": colour}
        shape: Any = FancyBboxPatch((x, y), wide, tall, linewidth=1.4, **look)
    else:
        shape = Rectangle((x, y), wide, tall, facecolor=colour, edgecolor=PAPER.light, linewidth=0.8, zorder=2)
    axes.add_patch(shape)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look: Any = {"arrowstyle": "-|>", "color": MUTED.light, "linewidth": 0.9, "mutation_scale": 8}
    axes.annotate("", xy=end, xytext=start, arrowprops={**look, "shrinkA": 0, "shrinkB": 0})


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
