"""`table.md`: the table as plain text that also reads well unrendered."""

from __future__ import annotations

import re

from morelli.report.tables import Align, markdown_table, markdown_text
from morelli.study.table.grids import Cell, Grid, grids, system_remarks
from morelli.study.table.table import Table

NOTE = (
    "In brackets: 95 % intervals over artists. One threshold a system, from calibration artists, never from the pairs that are judged. "
    "Every system is judged on the same pairs. Published figures are of other pictures and another split: compare the order, not the "
    "decimals."
)


def table_markdown(table: Table, *, curves: str | None) -> str:
    """Return the table as Markdown. curves: the file of the learning curves beside it, where there is one."""
    parts = ["# Systems side by side", NOTE, *(f"- {markdown_text(remark)}" for remark in table.remarks)]
    parts.append("## The three hypotheses")
    for answer in table.answers:
        parts.append(f"**({answer.number}) {answer.question}**")
        parts.append("\n".join(f"- {markdown_text(words)}" for words in answer.words))
    for grid in grids(table):
        parts += [f"## {grid.heading}", *([grid.explanation] if grid.explanation else []), grid_markdown(grid)]
    if remarks := system_remarks(table):
        parts += ["## What the systems are", "\n".join(f"- `{name}`: {markdown_text(text)}" for name, text in remarks)]
    if curves is not None:
        parts += ["## Learning curves", f"![Learning curves of all systems]({curves})"]
    parts += ["## What was judged", "\n".join(f"- {name}: {markdown_text(text)}" for name, text in table.facts.items())]
    return "\n\n".join(parts) + "\n"


def grid_markdown(grid: Grid) -> str:
    """Return one table."""
    header = list(grid.header)
    place = 1
    for heading, columns in grid.groups:  # Markdown has no heading over several columns
        for column in range(place, place + columns):
            header[column] = f"{heading}: {header[column]}"
        place += columns
    align: list[Align] = ["left"]
    align += ["right" if are_figures(grid, column) else "left" for column in range(1, len(header))]
    return markdown_table(header, [[_text(cell) for cell in row] for row in grid.rows], align=align)


def are_figures(grid: Grid, column: int) -> bool:
    """Tell whether a column holds figures, which stand to the right, or words."""
    return all(re.fullmatch(r"[−+]?[\d.,]+|–", row[column].text) for row in grid.rows)


def _text(cell: Cell) -> str:
    return f"{cell.text} {cell.interval}".strip()
