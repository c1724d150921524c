"""Few shots as a table: a row an N and a K, a column a group."""

from __future__ import annotations

from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation


@dataclass(frozen=True, kw_only=True)
class FewShotRow:
    """One N and K: what it is called, what guessing gives, and the accuracy of each group (None where not measured)."""

    label: str
    guessing: float
    accuracy: tuple[Estimate | None, ...]


def few_shot_groups(evaluation: Evaluation) -> list[str]:
    """Return the groups that were judged, in their order."""
    return list(dict.fromkeys(one.group for one in evaluation.few_shot))


def few_shot_rows(evaluation: Evaluation) -> list[FewShotRow]:
    """Return the table's rows: few artists before many, one painting of each before several."""
    found = {(one.ways, one.shots, one.group): one.accuracy for one in evaluation.few_shot}
    groups = few_shot_groups(evaluation)
    return [
        FewShotRow(
            label=f"{ways} artists, {shots} painting{'s' if shots > 1 else ''} of each",
            guessing=1 / ways,
            accuracy=tuple(found.get((ways, shots, group)) for group in groups),
        )
        for ways, shots in sorted({(one.ways, one.shots) for one in evaluation.few_shot})
    ]
