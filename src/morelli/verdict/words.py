"""A verdict as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from morelli.verdict.verdict import HYPOTHESES, Verdict

_ANSWERS = {"same": "the same artist", "different": "different artists", "undecided": "undecided"}


def verdict_text(verdict: Verdict) -> str:
    """Return the verdict in words: answer, evidence, both hypotheses, what it rests on, warnings."""
    same, different = HYPOTHESES[verdict.negatives]
    lines = [
        f"{_ANSWERS[verdict.decision]} (operating point: {verdict.operating_point})",
        "",
        f"  evidence      {verdict.support}",
        f"                likelihood ratio {10**verdict.log10_lr:.3g} (log10 {verdict.log10_lr:+.2f})",
        f"  probability   {verdict.probability:.0%} that {same}, if it was {verdict.prior:.0%} before looking",
        f"  similarity    {verdict.similarity:.4f} (threshold {verdict.threshold:.4f})",
        f"  hypotheses    {same}; or {different}",
        f"  calibrated    on {verdict.calibration_pairs} pairs of {verdict.calibration_artists} artists, none of them trained on",
        f"  model         {verdict.model}",
    ]
    lines += [f"  warning       {warning}" for warning in verdict.warnings]
    lines += ["", "This is no test of authenticity: forgeries and copies were not studied."]
    return "\n".join(lines)


def verdict_json(verdict: Verdict) -> str:
    """Return the verdict as one JSON object."""
    return json.dumps(asdict(verdict) | {"support": verdict.support}, indent=1, ensure_ascii=False)
