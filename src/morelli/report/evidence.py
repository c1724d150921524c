"""The evidence of a set of pairs in four rows: the ratios given, those that the pairs support, and how often they mislead."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from morelli.protocol.evaluation import Evaluation, PairEvaluation
from morelli.report.tables import sets_in_order, shown


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Of one set of pairs, ratios as base-10 logarithms, each (lowest, highest).

    misleading_same: how many same-artist pairs have a ratio below 1, and how many pairs there are; misleading_different: how many
    different-artist pairs have one above 1, and how many there are.
    """

    group: str
    negatives: str
    given: tuple[float, float]
    supported: tuple[float, float]
    misleading_same: tuple[int, int]
    misleading_different: tuple[int, int]


def evidence_of(one: PairEvaluation) -> Evidence | None:
    """Return the evidence of one set of pairs; None where it is uncalibrated or lacks a kind of pairs."""
    same = one.pairs.same
    if np.isnan(one.llr).any() or same.all() or not same.any():
        return None
    log10 = one.llr / math.log(10)
    return Evidence(
        group=one.group,
        negatives=one.negatives,
        given=(float(log10.min()), float(log10.max())),
        supported=(one.supported[0] / math.log(10), one.supported[1] / math.log(10)),
        misleading_same=(int(np.sum(log10[same] < 0)), int(same.sum())),
        misleading_different=(int(np.sum(log10[~same] > 0)), int((~same).sum())),
    )


def evidence(evaluation: Evaluation) -> list[Evidence]:
    """Return the evidence of every calibrated set of pairs, in the order of the tables."""
    found = [evidence_of(evaluation.of(*one)) for one in sets_in_order(evaluation)]
    return [one for one in found if one is not None]


def evidence_rows(found: list[Evidence]) -> list[list[str]]:
    """Return the table: a row a figure, its name first, then a column a set."""
    return [
        ["Ratios given, log10", *(_range(one.given) for one in found)],
        ["Ratios these pairs support, log10", *(_range(one.supported) for one in found)],
        ["Misleading, same-artist pairs", *(_counted(*one.misleading_same) for one in found)],
        ["Misleading, different-artist pairs", *(_counted(*one.misleading_different) for one in found)],
    ]


def _counted(some: int, of: int) -> str:
    """Return a share with what it counts.

    >>> _counted(125, 1250)
    '0.100 (125 of 1,250)'
    """
    return f"{shown(some / of)} ({some:,} of {of:,})"


def _range(limits: tuple[float, float]) -> str:
    if math.isnan(limits[0]) or math.isnan(limits[1]):
        return "–"
    return f"{limits[0]:+.2f} to {limits[1]:+.2f}".replace("-", "−")
