"""Tables: the rows that CSV, Markdown and page share, and their plain-text forms."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation
from morelli.report.names import GROUPS, NEGATIVES, in_order

Align = Literal["left", "right"]

FIGURES_COLUMNS = ("group", "negatives", "figure", "value", "low", "high", "n_pairs", "n_artists", "resampled")
SCORES_COLUMNS = (
    "group", "negatives", "path1", "path2", "artist1", "artist2", "same", "pair_group", "similarity", "llr",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One figure of one set of pairs; of retrieval and few shots, which have no pairs, `negatives` is empty and `figure`
    `recall@k` or `5_way_1_shot_accuracy`; of an operating point `figure` is as in `fpr=1%: false_accept`, of sets as in
    `4 references: auc`.
    """

    group: str
    negatives: str
    figure: str
    estimate: Estimate


def sets_in_order(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return (group, negatives) of the sets of pairs: seen, unseen, mix, each random, style-matched; others last."""
    judged = [(one.group, one.negatives) for one in evaluation.pairs]
    usual = [(group, negatives) for group in GROUPS for negatives in NEGATIVES]
    return [one for one in usual if one in judged] + [one for one in dict.fromkeys(judged) if one not in usual]


def figure_rows(evaluation: Evaluation) -> list[FigureRow]:
    """Return every figure of an evaluation, set by set, then retrieval, few shots, operating points, sets."""
    rows = []
    for group, negatives in sets_in_order(evaluation):
        figures = evaluation.of(group, negatives).figures
        rows += [
            FigureRow(group=group, negatives=negatives, figure=name, estimate=figures[name])
            for name in in_order(figures)
        ]
    for retrieval in evaluation.retrieval:
        rows += [
            FigureRow(group=retrieval.group, negatives="", figure=f"recall@{k}", estimate=estimate)
            for k, estimate in sorted(retrieval.recall.items())
        ]
    rows += [
        FigureRow(
            group=one.group,
            negatives="",
            figure=f"{one.ways}_way_{one.shots}_shot_accuracy",
            estimate=one.accuracy,
        )
        for one in evaluation.few_shot
    ]
    rows += [
        FigureRow(group=one.group, negatives=one.negatives, figure=f"{one.name}: {name}", estimate=estimate)
        for one in evaluation.points
        for name, estimate in one.measured.items()
    ]
    rows += [
        FigureRow(
            group=one.group, negatives=one.negatives, figure=f"{one.references} references: {name}", estimate=estimate
        )
        for one in evaluation.sets
        for name, estimate in one.figures.items()
    ]
    return rows


def figures_csv(evaluation: Evaluation) -> str:
    """Return `figures.csv`: one row a figure, numbers in full (they read back as the same floats), nan as nothing."""
    rows = [
        (
            row.group,
            row.negatives,
            row.figure,
            exact(row.estimate.value),
            exact(row.estimate.low),
            exact(row.estimate.high),
            str(row.estimate.n_pairs),
            str(row.estimate.n_artists),
            row.estimate.resampled,
        )
        for row in figure_rows(evaluation)
    ]
    return csv_text(FIGURES_COLUMNS, rows)


def scores_csv(evaluation: Evaluation) -> str:
    """Return `scores.csv`: one row a pair of every set, with its paintings, similarity and log-likelihood ratio."""
    rows: list[Sequence[str]] = []
    for group, negatives in sets_in_order(evaluation):
        one = evaluation.of(group, negatives)
        pairs = one.pairs
        for row in range(len(pairs)):
            first, second = int(pairs.first[row]), int(pairs.second[row])
            rows.append(
                (
                    group,
                    negatives,
                    evaluation.path[first],
                    evaluation.path[second],
                    evaluation.artist[first],
                    evaluation.artist[second],
                    str(int(pairs.same[row])),
                    pairs.group[row],
                    exact(float(one.similarity[row])),
                    exact(float(one.llr[row])),
                )
            )
    return csv_text(SCORES_COLUMNS, rows)


def csv_text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a CSV table (RFC 4180 quoting, line feeds)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def exact(value: float) -> str:
    """Return the shortest text that reads back as this float; empty for nan.

    >>> exact(0.1), exact(float("nan"))
    ('0.1', '')
    """
    return "" if math.isnan(value) else repr(float(value))


def shown(value: float) -> str:
    """Return a figure with three decimals, and a dash where there is none.

    >>> shown(0.8928), shown(float("nan"))
    ('0.893', '–')
    """
    return "–" if math.isnan(value) else f"{value:.3f}"


def as_published(value: float) -> str:
    """Return a published figure with the decimals it was published with.

    >>> as_published(0.8928), as_published(0.56)
    ('0.8928', '0.56')
    """
    return "–" if math.isnan(value) else f"{value:.6g}"


def shown_score(value: float) -> str:
    """Return a similarity or a threshold, which has no scale of its own: four digits that count, a true minus.

    >>> shown_score(-0.0740233)
    '−0.07402'
    """
    return f"{value:.4g}".replace("-", "−")


def shown_interval(estimate: Estimate) -> str:
    """Return `[low, high]` with three decimals; empty where no interval was made."""
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return ""
    return f"[{estimate.low:.3f}, {estimate.high:.3f}]"


def shown_estimate(estimate: Estimate) -> str:
    """Return a figure with its interval, for running text.

    >>> shown_estimate(Estimate(value=0.7, low=0.65, high=0.75, n_pairs=10, n_artists=4))
    '0.700 [0.650, 0.750]'
    """
    interval = shown_interval(estimate)
    return f"{shown(estimate.value)} {interval}" if interval else shown(estimate.value)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, align: Sequence[Align]) -> str:
    r"""Return a Markdown table whose columns also stand straight as plain text; cells are escaped.

    >>> print(markdown_table(["set", "AUC"], [["unseen | mix", "0.7"]], align=["left", "right"]))
    | set           | AUC |
    | :------------ | --: |
    | unseen \| mix | 0.7 |
    """
    cells = [[markdown_text(cell) for cell in row] for row in [header, *rows]]
    widths = [max(3, *(_width(row[column]) for row in cells)) for column in range(len(header))]

    def line(row: Sequence[str]) -> str:
        padded = [_pad(cell, width, side) for cell, width, side in zip(row, widths, align, strict=True)]
        return "| " + " | ".join(padded) + " |"

    dashes = ["-" * (width - 1) for width in widths]
    rule = [":" + dash if side == "left" else dash + ":" for dash, side in zip(dashes, align, strict=True)]
    return "\n".join([line(cells[0]), "| " + " | ".join(rule) + " |", *(line(row) for row in cells[1:])])


def markdown_text(text: str) -> str:
    r"""Return words of a catalogue or a file as plain Markdown text: one line, nothing read as markup.

    >>> markdown_text("<b>|_x_")
    '&lt;b&gt;\\|\\_x\\_'
    """
    line = " ".join(text.split()).replace("\\", "\\\\")
    line = re.sub(r"[|*`]|(?<![^\W_])_|_(?![^\W_])", lambda found: "\\" + found[0], line)  # an_underscore stays
    line = line.replace("](", "]\\(")  # brackets alone are no link, and intervals stand in them
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide East Asian letters two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(bool(unicodedata.combining(letter)) for letter in text)


def _pad(text: str, width: int, side: Align) -> str:
    space = " " * (width - _width(text))
    return text + space if side == "left" else space + text
