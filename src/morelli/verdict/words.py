"""A verdict as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from morelli.printable import printable
from morelli.protocol.operating_point import RATES
from morelli.verdict.percent import percent
from morelli.verdict.verdict import Verdict

ANSWERS = {"same": "the same artist", "different": "different artists", "undecided": "undecided"}


def verdict_text(verdict: Verdict, *, more: Sequence[tuple[str, str]] = ()) -> str:
    """Return the verdict in words: answer, evidence, both hypotheses, error rates, what it rests on, warnings.

    more: (what, words) of lines to stand before the warnings.
    """
    same, different = verdict.hypotheses
    lines = [
        f"{ANSWERS[verdict.decision]} (operating point: {verdict.operating_point}, against {verdict.negatives} negatives)",
        "",
        f"  evidence      {verdict.support}",
        f"                likelihood ratio {10**verdict.log10_lr:.3g} (log10 {verdict.log10_lr:+.2f}; the calibration supports "
        f"{verdict.log10_lr_limits[0]:+.2f} to {verdict.log10_lr_limits[1]:+.2f})",
        f"  probability   {percent(verdict.probability)} that {same}, if it was {percent(verdict.prior)} before looking",
        *_beside_the_prior(verdict),
        f"  hypotheses    {same}; or {different}",
        f"  similarity    {verdict.similarity:.4f} ({thresholds(verdict)})",
        *_rates(verdict),
        f"  calibrated    on {verdict.calibrated_on}, none of them trained on",
        f"  model         {verdict.model}",
    ]
    lines += [f"  remark        this operating point {verdict.remark}"] if verdict.remark else []
    lines += [f"  {what:13} {words}" for what, words in more]
    lines += [f"  warning       {warning}" for warning in verdict.warnings]
    lines += ["", "This is no test of authenticity: forgeries and copies were not studied."]
    return "\n".join(printable(line) for line in lines)  # a model is anyone's, and so are its words


def verdict_json(verdict: Verdict, *, more: Mapping[str, object] | None = None) -> str:
    """Return the verdict as one JSON object; what was not measured is null. more: keys to add."""
    plain = asdict(verdict) | {
        "rates": {name: one.to_dict() for name, one in verdict.rates.items()},
        "support": verdict.support,
    }
    return json.dumps(plain | dict(more or {}), indent=1, ensure_ascii=False, allow_nan=False)


def thresholds(verdict: Verdict) -> str:
    """Say from which similarity on the operating point decides."""
    upper = "never 'same'" if verdict.upper is None else f"'same' from {verdict.upper:.4f}"
    lower = "never 'different'" if verdict.lower is None else f"'different' to {verdict.lower:.4f}"
    return f"{upper}, {lower}"


def _beside_the_prior(verdict: Verdict) -> list[str]:
    """Say why decision and probability point to different sides, where they do: one depends on the prior, the other does not."""
    likely = verdict.probability > 0.5
    if verdict.decision == "undecided" or likely == (verdict.decision == "same") or verdict.probability == 0.5:
        return []
    return [
        "                the decision is by the similarity alone; with this prior the evidence leaves the probability "
        + ("above 50%" if likely else "below 50%")
    ]


def _rates(verdict: Verdict) -> list[str]:
    """Say what the operating point did on calibration artists. Shares, not percentages: only the probability is one."""
    if not verdict.rates:
        return []
    # Who is alone in a style has no part in a question against painters of one style.
    artists = min(verdict.calibration_artists, max(one.n_artists for one in verdict.rates.values()))
    width = max(len(words) for words in RATES.values())
    lines = [
        f"                {RATES[name]:{width}}  {verdict.rates[name].as_rate()}"
        for name in RATES
        if name in verdict.rates
    ]
    return [
        f"  error rates   of this operating point on the {artists} calibration artists, were both kinds of pairs as many; in brackets",
        "                intervals over artists, which 95 in 100 times hold the truth:",
        *lines,
    ]
