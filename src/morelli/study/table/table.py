"""The table itself: what was asked for, what was run, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.study.table.contrasts import Contrast, Fall, contrasts, cosine_falls, falls
from morelli.study.table.hypotheses import Answer, answers
from morelli.study.table.judged import Judged, JudgedRow
from morelli.study.table.rows import Row

COSINE = "untrained cosine"


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Systems side by side.

    rows: all that were asked for, in order; judged: those that were run. cosine_falls: of the untrained cosine, by the kind of
    negatives: AUC on seen artists, on unseen ones, the fall. facts, remarks: in words, of the whole table.
    """

    rows: Sequence[Row]
    judged: Judged
    falls: Sequence[Fall]
    cosine_falls: Mapping[str, tuple[Estimate, Estimate, Estimate]]
    contrasts: Sequence[Contrast]
    answers: Sequence[Answer]
    facts: Mapping[str, str]
    remarks: Sequence[str]

    def find(self, name: str) -> JudgedRow | None:
        """Return a row's figures; None where it was not run."""
        return next((row for row in self.judged.rows if row.name == name), None)


def tabulate(
    rows: Sequence[Row],
    judged: Judged,
    *,
    facts: Mapping[str, str],
    remarks: Sequence[str],
    against: str | None = None,
) -> Table:
    """Work out what the judged rows say together. against: the row that all others are compared with."""
    fallen, compared = falls(judged), contrasts(judged, against=against)
    return Table(
        rows=rows,
        judged=judged,
        falls=fallen,
        cosine_falls=cosine_falls(judged),
        contrasts=compared,
        answers=answers(rows, fallen, compared, cosine=judged.what),
        facts=facts,
        remarks=remarks,
    )
