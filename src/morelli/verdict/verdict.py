"""The verdict: what is said of two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Verbal scale of the European Network of Forensic Science Institutes, guideline for evaluative reporting (2015), on log10 of the ratio.
_SCALE = (
    (0.30103, "no support for either"),
    (1.0, "weak support"),
    (2.0, "moderate support"),
    (3.0, "moderately strong support"),
    (4.0, "strong support"),
    (6.0, "very strong support"),
    (float("inf"), "extremely strong support"),
)
HYPOTHESES = {
    "style-matched": ("one artist painted both", "two artists of the same style painted one each"),
    "random": ("one artist painted both", "two artists drawn at random painted one each"),
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer about two pictures.

    decision: `same`, `different` or `undecided`, by `operating_point`. probability: in [0, 1], at the stated `prior`.
    log10_lr: of the likelihood ratio against `negatives`, bounded to what the calibration artists support. similarity: the bare score,
    larger is more alike. warnings: sentences. model: the model's name and id.
    """

    decision: Literal["same", "different", "undecided"]
    probability: float
    prior: float
    log10_lr: float
    similarity: float
    negatives: str
    operating_point: str
    threshold: float
    calibration_artists: int
    calibration_pairs: int
    warnings: tuple[str, ...]
    model: str

    @property
    def support(self) -> str:
        """The likelihood ratio in words."""
        words = next(words for limit, words in _SCALE if abs(self.log10_lr) < limit)
        if words.startswith("no "):
            return words
        same, different = HYPOTHESES[self.negatives]
        return f"{words} for: {same if self.log10_lr > 0 else different}"
