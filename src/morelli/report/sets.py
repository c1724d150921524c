"""Sets of references as a table: a row a number of references, from the pair on."""

from __future__ import annotations

from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation
from morelli.report.names import NEGATIVES

FIGURES = ("auc", "eer", "cllr", "min_cllr")


@dataclass(frozen=True, kw_only=True)
class SetRow:
    """One group, kind of negatives and number of references: its figures, in the order of `FIGURES`."""

    group: str
    negatives: str
    references: int
    figures: tuple[Estimate | None, ...]


def set_rows(evaluation: Evaluation) -> list[SetRow]:
    """Return the table's rows, the harder negatives first; one reference is the pair, where pairs were judged."""
    found = {(one.group, one.negatives, one.references): one.figures for one in evaluation.sets}
    groups = list(dict.fromkeys(one.group for one in evaluation.sets))
    for one in evaluation.pairs:
        if any(key[:2] == (one.group, one.negatives) for key in list(found)):
            found[one.group, one.negatives, 1] = one.figures
    return [
        SetRow(
            group=group,
            negatives=kind,
            references=size,
            figures=tuple(found[group, kind, size].get(name) for name in FIGURES),
        )
        for group in groups
        for kind in reversed(NEGATIVES)
        for size in sorted(size for there, negatives, size in found if (there, negatives) == (group, kind))
    ]
