"""`table.html`: one page that needs nothing but itself. Every word that comes from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from morelli.protocol.counted import counted_difference
from morelli.report.figures import Mark, estimates_panel
from morelli.report.names import NEGATIVES, named
from morelli.report.page import style_sheet
from morelli.report.palette import UNSEEN
from morelli.report.panels import Panel
from morelli.report.rendering import template_environment, unbroken
from morelli.report.tables import shown_estimate
from morelli.study.table.curves import Course, learning_svg
from morelli.study.table.grids import Grid, grids, system_remarks
from morelli.study.table.hypotheses import plain
from morelli.study.table.markdown import NOTE, are_figures
from morelli.study.table.table import Table

TEMPLATES = Path(__file__).parent / "templates"


def table_page(table: Table, courses: Sequence[Course]) -> str:
    """Return the page as HTML."""
    from markupsafe import Markup

    environment = template_environment(TEMPLATES)
    environment.filters["emphasised"] = lambda text: Markup(
        re.sub(r"\*([^*]+)\*", r"<em>\1</em>", str(Markup.escape(text)))
    )
    rules = (TEMPLATES / "table.css").read_text(encoding="utf-8")
    return environment.get_template("table.html.j2").render(
        table=table,
        lead=lead(table),
        note=NOTE,
        style=Markup(style_sheet() + rules),  # ours, from the package
        grids=[(grid, _figures(grid)) for grid in grids(table)],
        remarks=system_remarks(table),
        glance=[(panel.caption, Markup(panel.svg)) for panel in glance(table)],
        curves=Markup(learning_svg(courses, name="learning")),
        without_course=_without_course(table, courses),
    )


def lead(table: Table) -> str:
    """Return the page's first sentence: which system knows unseen artists best, as far as the intervals tell."""
    found = [
        (row.counted["unseen", "random"].estimates()["auc"], row.name)
        for row in table.judged.rows
        if ("unseen", "random") in row.counted
    ]
    if not found:
        return "No system was run yet."
    found.sort(key=lambda one: one[0].value, reverse=True)
    best, name = found[0]
    run, asked = len(table.judged.rows), len(table.rows)
    said = f"{run} of {asked} systems {'were' if run > 1 else 'was'} run. "
    said += f"{name} tells unseen artists apart best: AUC {shown_estimate(best)} against random negatives"
    if run > 1:
        first, second = (table.find(one[1]) for one in found[:2])
        assert first is not None
        assert second is not None
        more = counted_difference(first.counted["unseen", "random"], second.counted["unseen", "random"])["auc"]
        said += f", {plain(more)} more than {second.name}"
    return unbroken(said + ".")


def glance(table: Table) -> list[Panel]:
    """Return a dot plot of the AUC and one of the accuracy on unseen artists, every system in each."""
    panels = []
    for figure in ("auc", "accuracy"):
        marks = []
        for row in table.judged.rows:
            for kind in NEGATIVES:
                if ("unseen", kind) in row.counted:
                    estimate = row.counted["unseen", kind].estimates()[figure]
                    label = row.name if kind == "random" else ""
                    fill = "full" if kind == "random" else "hollow"
                    marks.append(Mark(label=label, estimate=estimate, colour=UNSEEN, fill=fill))  # type: ignore[arg-type]
        if marks:
            caption = f"{named(figure).label}, unseen artists"
            panels.append(
                Panel(
                    caption=caption,
                    svg=estimates_panel(marks, name=f"glance-{figure}", title=caption, chance=0.5),
                )
            )
    return panels


def _figures(grid: Grid) -> set[int]:
    """Return the columns that hold figures and not words."""
    return {column for column in range(1, len(grid.header)) if are_figures(grid, column)}


def _without_course(table: Table, courses: Sequence[Course]) -> str:
    drawn = {one.name for one in courses}
    names = [row.name for row in table.judged.rows if row.name not in drawn]
    return f"Without epochs, and so without a curve: {', '.join(names)}." if names else ""
