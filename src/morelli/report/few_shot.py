"""Few shots as a table: a row an N and a K, a column a group."""

from __future__ import annotations

from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.number_words import counted
from morelli.report.tables import shown_interval


@dataclass(frozen=True, kw_only=True)
class FewShotRow:
    """One N and K: what it is called, what guessing gives, and the accuracy of each group (None where not measured)."""

    label: str
    guessing: float
    accuracy: tuple[Estimate | None, ...]


def interval_or_count(accuracy: Estimate) -> str:
    """Return what stands beside an accuracy: its interval, or where there is none (all artists take part, so that none can be
    drawn anew) what was counted.

    >>> interval_or_count(Estimate(value=0.4, low=float("nan"), high=float("nan"), n_pairs=120, n_artists=5))
    '(120 paintings by 5 artists)'
    """
    return (
        shown_interval(accuracy)
        or f"({counted(accuracy.n_pairs, 'painting')} by {counted(accuracy.n_artists, 'artist')})"
    )


def few_shot_groups(evaluation: Evaluation) -> list[str]:
    """Return the groups that were judged, in their order."""
    return list(dict.fromkeys(one.group for one in evaluation.few_shot))


def few_shot_rows(evaluation: Evaluation) -> list[FewShotRow]:
    """Return the table's rows: few artists before many, one painting of each before several."""
    found = {(one.ways, one.shots, one.group): one.accuracy for one in evaluation.few_shot}
    groups = few_shot_groups(evaluation)
    return [
        FewShotRow(
            label=f"{counted(ways, 'artist')}, {counted(shots, 'painting')} of each",
            guessing=1 / ways,
            accuracy=tuple(found.get((ways, shots, group)) for group in groups),
        )
        for ways, shots in sorted({(one.ways, one.shots) for one in evaluation.few_shot})
    ]
