"""`report.md`: the answer, the tables and the facts as plain Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from morelli.catalogue.names import normalise_artist
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.operating_point import RATES
from morelli.report.answer import answer
from morelli.report.evidence import evidence, evidence_rows
from morelli.report.few_shot import few_shot_groups, few_shot_rows, interval_or_count
from morelli.report.names import EVIDENCE_NOTE, FEW_SHOT_NOTE, POINTS_NOTE, SETS_NOTE, TERMS, in_order, named
from morelli.report.points import point_groups, point_remarks, point_rows, shown_rate
from morelli.report.published import beside_published, notes
from morelli.report.sets import FIGURES, set_rows
from morelli.report.tables import (
    Align,
    as_published,
    markdown_table,
    markdown_text,
    sets_in_order,
    shown,
    shown_estimate,
    shown_score,
)


def markdown(evaluation: Evaluation) -> str:
    """Return the report as Markdown, ending in a line feed."""
    parts = [f"# {markdown_text(evaluation.system)}", markdown_text(" ".join(answer(evaluation)))]
    parts += ["## Figures", figures_table(evaluation), "95 % intervals over artists in brackets."]
    if evaluation.points:
        parts += ["## Operating points", points_table(evaluation), POINTS_NOTE]
        if remarks := point_remarks(evaluation):
            parts += ["\n".join(f"- {markdown_text(words)}" for words in remarks)]
    if found := evidence(evaluation):
        header = ["", *(f"{one.group}, {one.negatives}" for one in found)]
        parts += [
            "## Evidence",
            markdown_table(header, evidence_rows(found), align=_aligned(len(found))),
            EVIDENCE_NOTE,
        ]
    if evaluation.sets:
        parts += ["## Sets of references", sets_table(evaluation), SETS_NOTE]
    if evaluation.retrieval:
        parts += ["## Nearest neighbours", retrieval_table(evaluation)]
    if evaluation.few_shot:
        parts += ["## Whose is it, among a few artists?", few_shot_table(evaluation), FEW_SHOT_NOTE]
    compared = beside_published(evaluation)
    if compared:
        rows = []
        for one in compared:
            ours = "–" if one.ours is None else shown_estimate(one.ours)
            rows.append([one.label, as_published(one.published), ours, one.ours_of or "no counterpart"])
        header = ["figure", "published", "here", "measured on"]
        table = markdown_table(header, rows, align=["left", "right", "right", "left"])
        parts += ["## Beside the published figures", table, _bullets(notes(compared))]
    facts = {
        "model": evaluation.model_id,
        "threshold": f"{shown_score(evaluation.threshold)}, {evaluation.threshold_from}",
        **evaluation.facts,
    }
    parts += ["## What was judged", _bullets(list(facts.items()))]
    figures = in_order(name for one in evaluation.pairs for name in one.figures)
    terms = [(term.word, term.meaning) for term in TERMS]
    terms += [(named(name).label, named(name).meaning) for name in figures if named(name).meaning]
    parts += ["## How to read this", _bullets(terms)]
    return "\n\n".join(parts) + "\n"


def figures_table(evaluation: Evaluation) -> str:
    """Return the table of all figures: one row a figure, one column a set of pairs."""
    sets = sets_in_order(evaluation)
    names = in_order(name for one in sets for name in evaluation.of(*one).figures)
    rows = []
    for name in names:
        known = named(name)
        cells = [f"{known.label} (lower is better)" if known.better == "lower" else known.label]
        for one in sets:
            estimate = evaluation.of(*one).figures.get(name)
            cells.append(shown(float("nan")) if estimate is None else shown_estimate(estimate))
        rows.append(cells)
    rows.append(["Pairs", *(f"{len(evaluation.of(*one).pairs):,}" for one in sets)])
    rows.append(["Artists", *(f"{artists(evaluation, one):,}" for one in sets)])
    header = ["", *(f"{group}, {negatives}" for group, negatives in sets)]
    return markdown_table(header, rows, align=_aligned(len(sets)))


def retrieval_table(evaluation: Evaluation) -> str:
    """Return the table of recall@k: one row a k, one column a group."""
    rows = []
    for k in sorted({k for one in evaluation.retrieval for k in one.recall}):
        cells = [shown_estimate(one.recall[k]) if k in one.recall else "–" for one in evaluation.retrieval]
        rows.append([f"Recall@{k}", *cells])
    header = ["", *(one.group for one in evaluation.retrieval)]
    return markdown_table(header, rows, align=_aligned(len(evaluation.retrieval)))


def points_table(evaluation: Evaluation) -> str:
    """Return the table of operating points: one row a rate, what was promised, one column a group."""
    groups = point_groups(evaluation)
    rows = [
        [
            f"{row.name}, {row.negatives}: {RATES[row.rate]}",
            shown_rate(row.promised),
            *(shown_rate(one) for one in row.measured),
        ]
        for row in point_rows(evaluation)
    ]
    header = ["operating point", "calibration artists", *(f"{group} artists" for group in groups)]
    return markdown_table(header, rows, align=_aligned(len(groups) + 1))


def sets_table(evaluation: Evaluation) -> str:
    """Return the table of sets: one row a number of references, one column a figure."""
    rows = [
        [
            f"{row.group}, {row.negatives}: {row.references} reference{'s' if row.references > 1 else ''}",
            *(shown(float("nan")) if one is None else shown_estimate(one) for one in row.figures),
        ]
        for row in set_rows(evaluation)
    ]
    return markdown_table(["sets", *(named(name).label for name in FIGURES)], rows, align=_aligned(len(FIGURES)))


def few_shot_table(evaluation: Evaluation) -> str:
    """Return the table of few shots: one row an N and a K, one column a group, and what guessing gives."""
    rows = [
        [
            row.label,
            *(
                shown(float("nan")) if one is None else f"{shown(one.value)} {interval_or_count(one)}"
                for one in row.accuracy
            ),
            shown(row.guessing),
        ]
        for row in few_shot_rows(evaluation)
    ]
    groups = few_shot_groups(evaluation)
    return markdown_table(["share named rightly", *groups, "guessing"], rows, align=_aligned(len(groups) + 1))


def artists(evaluation: Evaluation, one: tuple[str, str]) -> int:
    """Return how many artists stand in one set of pairs."""
    pairs = evaluation.of(*one).pairs
    rows = np.union1d(pairs.first, pairs.second)
    return len({normalise_artist(evaluation.artist[row]) for row in rows})


def _aligned(columns: int) -> list[Align]:
    """A first column of words, then columns of numbers."""
    numbers: list[Align] = ["right"] * columns
    return ["left", *numbers]


def _bullets(items: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"- **{markdown_text(name)}**: {markdown_text(text)}" for name, text in items)
