"""`report.html`: one page that needs nothing but itself. Every word that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.number_words import counted
from morelli.protocol.operating_point import RATES
from morelli.report.answer import answer
from morelli.report.evidence import evidence, evidence_rows
from morelli.report.few_shot import few_shot_groups, few_shot_rows, interval_or_count
from morelli.report.figures import FEW_PAIRS
from morelli.report.markdown import artists
from morelli.report.names import EVIDENCE_NOTE, FEW_SHOT_NOTE, POINTS_NOTE, SETS_NOTE, TERMS, Term, in_order, named
from morelli.report.neighbours import NeighbourRow
from morelli.report.palette import COLOURS, SERIES
from morelli.report.panels import (
    Panel,
    glance_panels,
    histogram_panels,
    is_chosen,
    learning_panels,
    reliability_panels,
    roc_panels,
    tippett_panels,
)
from morelli.report.points import point_groups, point_remarks, point_rows, shown_rate
from morelli.report.published import beside_published, notes
from morelli.report.rendering import template_environment
from morelli.report.sets import FIGURES, set_rows
from morelli.report.tables import as_published, sets_in_order, shown, shown_interval, shown_score

RING = "A ring marks the epoch whose weights were kept."
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A figure in the table: its value and its interval, as text."""

    value: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """One figure over all sets of pairs."""

    label: str
    better: str
    meaning: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class TableSection:
    """Rows of one kind, under their heading."""

    heading: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """The neighbour rows of one group, with its recall@k."""

    group: str
    recall: tuple[tuple[int, Cell], ...]
    n_queries: int
    rows: tuple[NeighbourRow, ...]


@dataclass(frozen=True, kw_only=True)
class FigureSection:
    """A figure of the page: its heading, what it shows, its panels."""

    anchor: str
    heading: str
    explanation: str
    panels: tuple[Panel, ...]


def page(evaluation: Evaluation, galleries: Sequence[Gallery]) -> str:
    """Return the page as HTML."""
    from markupsafe import Markup

    environment = template_environment(TEMPLATES)
    environment.filters["score"] = shown_score
    sets = sets_in_order(evaluation)
    compared = beside_published(evaluation)
    return environment.get_template("page.html.j2").render(
        evaluation=evaluation,
        answer=answer(evaluation),
        style=Markup(style_sheet()),  # ours, from the package
        sets=sets,
        column_groups=[(group, len(list(columns))) for group, columns in groupby(sets, key=lambda one: one[0])],
        sections=table_sections(evaluation),
        n_pairs=[f"{len(evaluation.of(*one).pairs):,}" for one in sets],
        n_artists=[f"{artists(evaluation, one):,}" for one in sets],
        published=[
            (one, as_published(one.published), None if one.ours is None else cell(one.ours)) for one in compared
        ],
        notes=notes(compared),
        glance=[(panel.caption, Markup(panel.svg)) for panel in glance_panels(evaluation)],
        figures=[
            (one, [(panel.caption, Markup(panel.svg)) for panel in one.panels])
            for one in figure_sections(evaluation)
            if one.panels
        ],
        galleries=galleries,
        point_groups=point_groups(evaluation),
        points_note=POINTS_NOTE,
        point_remarks=point_remarks(evaluation),
        points=[
            (row, RATES[row.rate], shown_rate(row.promised), [shown_rate(one) for one in row.measured])
            for row in point_rows(evaluation)
        ],
        hollow="style-matched" in {negatives for _, negatives in sets_in_order(evaluation)},
        counted=counted,
        evidence=evidence(evaluation),
        evidence_rows=evidence_rows(evidence(evaluation)),
        evidence_note=EVIDENCE_NOTE,
        sets_note=SETS_NOTE,
        set_figures=[named(name).label for name in FIGURES],
        set_rows=[(row, [None if one is None else cell(one) for one in row.figures]) for row in set_rows(evaluation)],
        few_shot_groups=few_shot_groups(evaluation),
        few_shot_note=FEW_SHOT_NOTE,
        few_shot=[
            (row.label, [None if one is None else few_shot_cell(one) for one in row.accuracy], shown(row.guessing))
            for row in few_shot_rows(evaluation)
        ],
        terms=[*TERMS, *figure_terms(evaluation)],
    )


def style_sheet() -> str:
    """Return the page's style sheet: the colours of the palette as variables, light and dark, then the rules."""
    light = " ".join(f"--{one.name}: {one.light};" for one in (*COLOURS, *SERIES))
    dark = " ".join(f"--{one.name}: {one.dark};" for one in (*COLOURS, *SERIES))
    rules = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{rules}"
    )


def cell(estimate: Estimate) -> Cell:
    """Return a figure as the table shows it."""
    return Cell(value=shown(estimate.value), interval=shown_interval(estimate))


def few_shot_cell(estimate: Estimate) -> Cell:
    """Return an accuracy as the table of few shots shows it: with its interval, or else with what was counted."""
    return Cell(value=shown(estimate.value), interval=interval_or_count(estimate))


def table_sections(evaluation: Evaluation) -> list[TableSection]:
    """Return the table: every figure that any set of pairs has, one column a set, by sections."""
    sets = sets_in_order(evaluation)
    names = in_order(name for one in sets for name in evaluation.of(*one).figures)
    sections: dict[str, list[TableRow]] = {}
    for name in names:
        cells = []
        for one in sets:
            estimate = evaluation.of(*one).figures.get(name)
            cells.append(Cell(value="–", interval="") if estimate is None else cell(estimate))
        known = named(name)
        row = TableRow(label=known.label, better=known.better, meaning=known.meaning, cells=tuple(cells))
        sections.setdefault(known.section, []).append(row)
    return [TableSection(heading=heading, rows=tuple(rows)) for heading, rows in sections.items()]


def figure_terms(evaluation: Evaluation) -> list[Term]:
    """Return what each figure of the table means."""
    names = in_order(name for one in evaluation.pairs for name in one.figures)
    return [Term(word=named(name).label, meaning=named(name).meaning) for name in names if named(name).meaning]


def figure_sections(evaluation: Evaluation) -> list[FigureSection]:
    """Return the figures of the page in their order; one without panels has nothing to show."""
    return [
        FigureSection(
            anchor="roc",
            heading="ROC curves",
            explanation=(
                "Every threshold at once: how many same-artist pairs are found for how many different-artist pairs let "
                "through. The dashed diagonal is guessing."
            ),
            panels=tuple(roc_panels(evaluation)),
        ),
        FigureSection(
            anchor="scores",
            heading="Scores",
            explanation=(
                "How alike the system finds same-artist pairs (filled) and different-artist pairs (grey line). Where "
                "they overlap it cannot tell. The one threshold is the dashed line. The rarest scores, one in a thousand "
                "at either end, are counted in the outermost bar, which may stand alone."
            ),
            panels=tuple(histogram_panels(evaluation)),
        ),
        FigureSection(
            anchor="reliability",
            heading="Reliability",
            explanation=(
                "Does a stated probability come true? On the diagonal it does; below it the system says “same” too "
                "readily, above it too rarely. Bars are 95 % intervals over artists. The counts below say how many "
                f"pairs stand behind a point; hollow points stand on fewer than {FEW_PAIRS}. Probabilities are at a "
                "prior of 0.5."
            ),
            panels=tuple(reliability_panels(evaluation)),
        ),
        FigureSection(
            anchor="tippett",
            heading="Tippett plots",
            explanation=(
                "How strong the evidence is, as forensic laboratories show it: for every likelihood ratio the share of "
                "pairs that reach it. The curves should part widely, same-artist pairs to the right of 1 (the dashed "
                "line, where the evidence says nothing), different-artist pairs to the left."
            ),
            panels=tuple(tippett_panels(evaluation)),
        ),
        FigureSection(
            anchor="learning",
            heading="Learning curves",
            explanation="The course of the training, epoch by epoch."
            + (f" {RING}" if any(is_chosen(epoch) for epoch in evaluation.history) else ""),
            panels=tuple(learning_panels(evaluation.history)),
        ),
    ]
