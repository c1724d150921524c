"""The table for programs: JSON and CSV with every figure in full."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

from morelli.protocol.estimate import Estimate
from morelli.report.document import Json, document, estimate_document
from morelli.report.names import in_order
from morelli.report.tables import csv_text, exact, sets_in_order
from morelli.study.table.judged import JudgedRow
from morelli.study.table.rows import Row
from morelli.study.table.table import COSINE, Table

SCHEMA_VERSION = 1
COLUMNS = (
    "system", "state", "parameters", "training_seconds", "group", "negatives", "threshold", "figure", "value", "low", "high", "n_pairs",
    "n_artists", "resampled", "published",
)  # fmt: skip


def table_json(table: Table) -> str:
    """Return `table.json`. What is not a number is null."""
    return json.dumps(table_document(table), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def table_document(table: Table) -> dict[str, Json]:
    """Return the table as plain dictionaries, lists, texts and numbers."""
    return {
        "schema_version": SCHEMA_VERSION,
        "facts": dict(table.facts),
        "remarks": list(table.remarks),
        "rows": [_row(table, row) for row in table.rows],
        "untrained_cosine": {
            "of": table.judged.what,
            "sets": [
                {"group": group, "negatives": negatives, "figures": _estimates(_ranked(counted.estimates()))}
                for (group, negatives), counted in table.judged.cosine.items()
            ],
            "falls": [
                {
                    "negatives": negatives,
                    "seen": estimate_document(one),
                    "unseen": estimate_document(other),
                    "fall": estimate_document(fall),
                }
                for negatives, (one, other, fall) in table.cosine_falls.items()
            ],
        },
        "falls": [
            {
                "system": one.name,
                "negatives": one.negatives,
                "figure": "auc",
                "seen": estimate_document(one.seen),
                "unseen": estimate_document(one.unseen),
                "fall": estimate_document(one.fall),
                "beyond_untrained_cosine": estimate_document(one.beyond),
                "unseen_above_untrained_cosine": estimate_document(one.above),
            }
            for one in table.falls
        ],
        "differences": [
            {
                "hypothesis": one.hypothesis,
                "first": one.first,
                "second": one.second,
                "group": "unseen",
                "negatives": one.negatives,
                "first_less_second": _estimates(one.difference),
            }
            for one in table.contrasts
        ],
        "hypotheses": [
            {"number": one.number, "question": one.question, "answer": list(one.words)} for one in table.answers
        ],
    }


def _row(table: Table, row: Row) -> dict[str, Json]:
    found: dict[str, Json] = {
        "system": row.name,
        "title": row.system.title,
        "state": row.state,
        "why": row.why,
        "origin": row.origin,
        "published": dict(row.system.published),
    }
    judged = table.find(row.name)
    if judged is None:
        return found
    scored = judged.scored
    half: list[Json] = [
        {"group": group, "negatives": negatives, "figures": _estimates(figures)}
        for (group, negatives), figures in judged.at_half.items()
    ]
    history: list[Json] = [dict(epoch) for epoch in scored.history]
    more: dict[str, Json] = {
        "parameters": scored.description.parameters,
        "training_seconds": None if math.isnan(scored.seconds) else scored.seconds,
        "training": dict(scored.description.training),
        "history": history,
        "at_0.5": half,
        "evaluation": document(judged.evaluation),
    }
    return found | more


def _ranked(figures: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Return the figures that need no threshold."""
    return {name: figures[name] for name in ("auc", "eer")}


def _estimates(figures: Mapping[str, Estimate]) -> dict[str, Json]:
    return {name: estimate_document(figures[name]) for name in in_order(figures)}


def table_csv(table: Table) -> str:
    """Return `table.csv`: one line a figure, numbers in full; a system that was not run has one line without figures."""
    return csv_text(COLUMNS, [*_lines(table)])


def _lines(table: Table) -> Iterator[tuple[str, ...]]:
    for row in table.rows:
        judged = table.find(row.name)
        if judged is None:
            yield (row.name, row.state, *[""] * (len(COLUMNS) - 2))
            continue
        yield from _of_row(row, judged)
    for (group, negatives), counted in table.judged.cosine.items():
        for name, estimate in _ranked(counted.estimates()).items():
            yield (COSINE, "", "", "", group, negatives, "", name, *_numbers(estimate), "")
    for fall in table.falls:
        for name, estimate in (("auc_fall", fall.fall), ("auc_fall_beyond_cosine", fall.beyond)):
            yield (fall.name, "done", "", "", "seen less unseen", fall.negatives, "", name, *_numbers(estimate), "")
        yield (fall.name, "done", "", "", "unseen", fall.negatives, "", "auc_above_cosine", *_numbers(fall.above), "")
    for one in table.contrasts:
        for name, estimate in one.difference.items():
            pair = f"{one.first} less {one.second}"
            yield (pair, "", "", "", "unseen", one.negatives, "own", f"{name}_difference", *_numbers(estimate), "")


def _of_row(row: Row, judged: JudgedRow) -> Iterator[tuple[str, ...]]:
    scored = judged.scored
    about = (row.name, row.state, str(scored.description.parameters), exact(scored.seconds))
    for group, negatives in sets_in_order(judged.evaluation):
        figures = judged.evaluation.of(group, negatives).figures
        half = judged.at_half.get((group, negatives), {})
        for threshold, some in (("own", figures), ("0.5", half)):
            for name in in_order(some):
                published = published_figure(row, name, group) if negatives == "random" else None
                said = "" if published is None else exact(published)
                yield (*about, group, negatives, threshold, name, *_numbers(some[name]), said)
    for one in judged.evaluation.few_shot:
        yield (*about, one.group, "", "", f"accuracy_{one.ways}_way_{one.shots}_shot", *_numbers(one.accuracy), "")


def published_figure(row: Row, figure: str, group: str) -> float | None:
    """Return what was published of a figure for a group; a bare figure is of unseen artists."""
    published = row.system.published
    bare = published.get(figure) if group == "unseen" else None
    return published.get(f"{figure}_{group}", bare)


def _numbers(estimate: Estimate) -> tuple[str, ...]:
    return (
        exact(estimate.value), exact(estimate.low), exact(estimate.high), str(estimate.n_pairs), str(estimate.n_artists),
        estimate.resampled,
    )  # fmt: skip
