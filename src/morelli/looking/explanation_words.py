"""What the page of an explanation says in words."""

from __future__ import annotations

from textwrap import wrap

import numpy as np

from morelli.protocol.operating_point import RATES
from morelli.report.drawing import label_text
from morelli.verdict.explanation import Explanation, Side
from morelli.verdict.percent import percent
from morelli.verdict.verdict import Verdict
from morelli.verdict.words import ANSWERS, thresholds

_WRAP = 175  # letters of a line


def head_lines(verdict: Verdict) -> tuple[str, str, str]:
    """Return the answer, the evidence for it, and what decides between the answers."""
    answer, support = ANSWERS[verdict.decision], verdict.support
    evidence = (
        f"{support[0].upper()}{support[1:]}. Likelihood ratio {10**verdict.log10_lr:.2g}; probability of one artist "
        f"{percent(verdict.probability)}, if it was {percent(verdict.prior)} before looking."
    )
    decided = f"similarity {verdict.similarity:.4f}; {thresholds(verdict)}.".replace("-", "−")
    point = (
        f"Decided at the operating point {verdict.operating_point}, against {verdict.negatives} negatives: {decided}"
    )
    return answer[0].upper() + answer[1:], evidence, point


def warning_lines(verdict: Verdict) -> list[str]:
    """Return what a reader must know before the answer is believed, in lines."""
    said = [f"Warning: {label_text(warning, longest=2 * _WRAP)}." for warning in verdict.warnings]
    return [part for line in said for part in wrap(line, _WRAP - 20, break_on_hyphens=False)]


def balance(side: Side) -> str:
    """Return how much of a picture speaks for one hand and how much against."""
    speaks, against = side.values[side.values > 0].sum(), np.abs(side.values[side.values < 0]).sum()
    return f"for one hand {speaks:.3f}, against {against:.3f}"


def foot_lines(found: Explanation) -> list[str]:
    """Return what the page says below: of the two colours, a line each; the numbers, how it was found out."""
    verdict = found.verdict
    values = ", ".join(f"{number}: {match.value:.3f}" for number, match in enumerate(found.matches, 1))
    alike = "No two regions are much alike, to the model."
    if values:
        alike = f"Regions of one number are the most alike, to the model; what each two add to the cosine of the paintings: {values}."
        if found.cohort and found.method == "exact":
            alike += " They may lie in blue: what other painters' works share too is a likeness, and no evidence."
    lines = [
        alike,
        _how(found),
        *_decided(verdict),
        *_rates(verdict),
        f"Model {verdict.model}. It looks at colours and forms, not at meaning. This is no test of authenticity: forgeries and copies were "
        "not studied.",
    ]
    strength = "the stronger the colour the more, measured by the strongest place of both paintings"
    if found.method == "occlusion":
        colours = [
            f"counts more for one hand than the average place of its painting; {strength}",
            "counts less than that",
        ]
    elif found.cohort:
        likeness = "more like the other painting than like works of other painters"
        colours = [f"speaks for one hand: {likeness}; {strength}", "speaks against one hand: less like it"]
    else:
        colours = [f"speaks for one hand; {strength}", "speaks against one hand"]
    return colours + [part for line in lines for part in wrap(line, _WRAP, break_on_hyphens=False)]


def _rates(verdict: Verdict) -> list[str]:
    """Return what the operating point did on calibration artists, in a line, where that was measured."""
    rates = ", ".join(f"{RATES[name]} {verdict.rates[name].as_rate()}" for name in RATES if name in verdict.rates)
    if not rates:
        return []
    # Who is alone in a style has no part in a question against painters of one style.
    artists = min(verdict.calibration_artists, max(one.n_artists for one in verdict.rates.values()))
    return [f"At this operating point, on {artists} calibration artists: {rates}."]


def _decided(verdict: Verdict) -> list[str]:
    """Return what the lines across the scale are, where there are any.

    A ratio may be the same over a range of similarities, at the limits of what is supported above all: on a line itself it may be decided
    or not, so that only what is never said can be told from the scale.
    """
    lower, upper = verdict.log10_lr_decided
    if lower is None and upper is None:
        return []
    one = lower is None or upper is None or lower == upper
    sides = [
        f"right of {'it' if one else 'the left one'} 'different' is never said" if lower is not None else "",
        f"left of {'it' if one else 'the right one'} {'same'!r} is never said" if upper is not None else "",
    ]
    return [f"{'The line' if one else 'Lines'} across the scale: {', '.join(side for side in sides if side)}."]


def _how(found: Explanation) -> str:
    """Return how the values were found out, in words."""
    similarity = f"the similarity, {found.verdict.similarity:.3f}".replace("-", "−")
    if found.method == "occlusion":
        return (
            f"By trial: a place counts by how much more {similarity}, loses where it is blurred than where others are. "
            "These values do not add up to it."
        )
    sums = [f"{side.values.sum():+.3f}".replace("-", "−") for side in (found.first, found.second)]
    if not found.cohort:
        return f"Exact: the places of either painting add up to {sums[0]}, from which {similarity}, follows."
    return (
        f"Exact: the places of the left painting add up to {sums[0]}, of the right one to {sums[1]}. Less what the other one shares with "
        f"other painters' works ({-found.first.held:.3f} and {-found.second.held:.3f}), either is {similarity}."
    )
