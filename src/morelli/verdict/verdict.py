"""The verdict: what is said of two pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.protocol.operating_point import Answer

# Verbal scale of the European Network of Forensic Science Institutes, guideline for evaluative reporting (2015), on log10 of the ratio.
_SCALE = (
    (math.log10(2), "no support for either"),
    (1.0, "weak support"),
    (2.0, "moderate support"),
    (3.0, "moderately strong support"),
    (4.0, "strong support"),
    (6.0, "very strong support"),
    (float("inf"), "extremely strong support"),
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer about two pictures.

    decision: `same`, `different` or `undecided`, by `operating_point` against `negatives`: `same` where the similarity is at least `upper`,
    `different` where it is at most `lower` (None: never said). It does not depend on the prior. hypotheses: the two explanations that are
    weighed. rates: what that operating point did on calibration artists, as `OperatingPoint.achieved` has it; remark: what it does not do,
    and why. probability: in [0, 1], at the stated `prior`. log10_lr: of the likelihood ratio, within `log10_lr_limits`, which is what the
    calibration artists support; log10_lr_decided: what it is at `lower` and at `upper`, None where there is none. similarity: the bare
    score, larger is more alike. calibrated_on: whose paintings, in words; styles: those of them, and how many artists each. warnings:
    sentences. model: the model's name and id.
    """

    decision: Answer
    operating_point: str
    negatives: str
    hypotheses: tuple[str, str]
    upper: float | None
    lower: float | None
    rates: Mapping[str, Estimate]
    remark: str
    probability: float
    prior: float
    log10_lr: float
    log10_lr_limits: tuple[float, float]
    log10_lr_decided: tuple[float | None, float | None]
    similarity: float
    calibration_artists: int
    calibration_pairs: int
    calibrated_on: str
    styles: Mapping[str, int]
    warnings: tuple[str, ...]
    model: str

    @property
    def support(self) -> str:
        """The likelihood ratio in words."""
        words = next(words for limit, words in _SCALE if abs(self.log10_lr) < limit)
        if words.startswith("no "):
            return words
        same, different = self.hypotheses
        return f"{words} for: {same if self.log10_lr > 0 else different}"
