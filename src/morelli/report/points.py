"""Operating points as a table: what was promised on calibration artists beside what was measured on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.operating_point import RATES
from morelli.report.names import NEGATIVES


@dataclass(frozen=True, kw_only=True)
class PointRow:
    """One rate of one operating point: promised, and measured in each group (None where it was not)."""

    negatives: str
    name: str
    rate: str
    promised: Estimate | None
    measured: tuple[Estimate | None, ...]


def point_groups(evaluation: Evaluation) -> list[str]:
    """Return the groups that operating points were measured on, in their order."""
    return list(dict.fromkeys(one.group for one in evaluation.points))


def point_rows(evaluation: Evaluation) -> list[PointRow]:
    """Return the table's rows: the harder negatives first, a point's rates together."""
    groups = point_groups(evaluation)
    promised: dict[tuple[str, str], Mapping[str, Estimate]] = {}
    measured: dict[tuple[str, str, str], Mapping[str, Estimate]] = {}
    for one in evaluation.points:
        promised[one.negatives, one.name] = one.promised
        measured[one.negatives, one.name, one.group] = one.measured
    kinds = [kind for kind in reversed(NEGATIVES) if any(kind == there for there, _ in promised)]
    return [
        PointRow(
            negatives=kind,
            name=name,
            rate=rate,
            promised=promised[kind, name].get(rate),
            measured=tuple(measured.get((kind, name, group), {}).get(rate) for group in groups),
        )
        for kind in kinds
        for there, name in promised
        if there == kind
        for rate in RATES
        if rate in promised[kind, name]
    ]


def point_remarks(evaluation: Evaluation) -> list[str]:
    """Return what the points do not do, and why: a sentence a point, the harder negatives first."""
    said = {(one.negatives, one.name): one.remark for one in evaluation.points if one.remark}
    return [
        f"{name}, {kind}: this operating point {words}."
        for wanted in reversed(NEGATIVES)
        for (kind, name), words in said.items()
        if kind == wanted
    ]


def shown_rate(estimate: Estimate | None) -> str:
    """Return a rate with its interval; a dash where it was not measured."""
    return "–" if estimate is None else estimate.as_rate()
