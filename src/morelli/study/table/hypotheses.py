"""The report's three hypotheses, answered in words with the figures that the answer rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from morelli.protocol.estimate import Estimate
from morelli.report.tables import shown_estimate
from morelli.study.table.contrasts import Contrast, Fall, is_cnn, is_frozen_twin, is_pretrained, is_tuned
from morelli.study.table.rows import Row

QUESTIONS = (
    "How well does the CNN generalise to artists whom it has not seen?",
    "Do pretrained features beat it on unseen artists?",
    "Does fine-tuning help on unseen artists?",
)


_VERDICTS = {
    2: ("the pretrained features are the better ones", "the CNN is the better one"),
    3: ("fine-tuning helps", "fine-tuning does harm"),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A hypothesis: its number from 1, the question, and what the figures say, one sentence or two each."""

    number: int
    question: str
    words: tuple[str, ...]


def answers(rows: Sequence[Row], falls: Sequence[Fall], contrasts: Sequence[Contrast], *, cosine: str) -> list[Answer]:
    """Answer the three. rows: all that were asked for, run or not. cosine: what the untrained cosine is of, in words."""
    return [
        Answer(number=1, question=QUESTIONS[0], words=tuple(_first(rows, falls, cosine))),
        Answer(number=2, question=QUESTIONS[1], words=tuple(_second(rows, contrasts))),
        Answer(number=3, question=QUESTIONS[2], words=tuple(_third(rows, contrasts))),
    ]


def _first(rows: Sequence[Row], falls: Sequence[Fall], cosine: str) -> list[str]:
    cnns = [row for row in rows if is_cnn(row.system)]
    words = []
    for fall in falls:
        if fall.name not in {row.name for row in cnns}:
            continue
        better = "better than guessing" if fall.unseen.low > 0.5 else "not shown to be better than guessing"
        words.append(
            f"{fall.name}, {fall.negatives} negatives: AUC {shown_estimate(fall.unseen)} on artists it has never seen, {better}; "
            f"{shown_estimate(fall.seen)} on those it was trained on, by other pictures: from these to those it {falling(fall.fall)}. "
            f"Beyond what an untrained cosine does on the same pairs ({cosine}) it {falling(fall.beyond)}: {_beyond(fall.beyond)}."
        )
    if not words:
        words = [_open(cnns, "a CNN trained from nothing")]
        if falls:
            words.append("How the other systems fall stands below, under “From seen to unseen artists”.")
    return words


def _beyond(beyond: Estimate) -> str:
    if math.isnan(beyond.low):
        return "no interval was made, so nothing is shown"
    if beyond.low > 0:
        return "part of what it learnt holds only for the artists it knows"
    if beyond.high < 0:
        return "it falls less than a measure that learnt nothing"
    return "no fall of its own is shown"


def falling(fall: Estimate) -> str:
    """Say that a figure falls by so much, or rises where the fall is below zero.

    >>> falling(Estimate(value=-0.026, low=-0.073, high=0.021, n_pairs=100, n_artists=50))
    'rises by 0.026 [−0.021, 0.073]'
    """
    if fall.value >= 0:
        return f"falls by {plain(fall)}"
    return f"rises by {plain(replace(fall, value=-fall.value, low=-fall.high, high=-fall.low))}"


def _second(rows: Sequence[Row], contrasts: Sequence[Contrast]) -> list[str]:
    words = [_differs(one) for one in contrasts if one.hypothesis == 2]
    if words:
        return words
    cnns = [row for row in rows if is_cnn(row.system)]
    if not any(row.state == "done" for row in cnns):
        return [_open(cnns, "a CNN trained from nothing")]
    return [_open([row for row in rows if is_pretrained(row.system)], "a system of frozen pretrained features")]


def _third(rows: Sequence[Row], contrasts: Sequence[Contrast]) -> list[str]:
    words = [_differs(one) for one in contrasts if one.hypothesis == 3]
    if words:
        return words
    tuned = [row for row in rows if is_tuned(row.system)]
    if not any(row.state == "done" for row in tuned):
        return [_open(tuned, "a fine-tuned system")]
    twins = [row for row in rows if any(is_frozen_twin(row.system, one.system) for one in tuned)]
    return [_open(twins, "the same backbone, frozen")]


def _differs(contrast: Contrast) -> str:
    auc = contrast.difference["auc"]
    accuracy = contrast.difference.get("accuracy")
    also = "" if accuracy is None else f"; accuracy {signed(accuracy)}"
    assert contrast.hypothesis is not None
    better, worse = _VERDICTS[contrast.hypothesis]
    if math.isnan(auc.low):
        verdict = "no interval was made, so nothing is shown"
    elif auc.low > 0:
        verdict = better
    elif auc.high < 0:
        verdict = worse
    else:
        verdict = "no difference is shown"
    return (
        f"{contrast.first} less {contrast.second}, {contrast.negatives} negatives: AUC {signed(auc)}{also}: {verdict}."
    )


def _open(rows: Sequence[Row], what: str) -> str:
    """Say why a question stays open: nothing of the kind was asked for, or it was not run."""
    if not rows:
        return f"Open: the table has no row of {what}."
    return f"Open: no row of {what} was run ({'; '.join(f'{row.name}: {row.state}' for row in rows)})."


def plain(estimate: Estimate) -> str:
    """Return a fall, which is a rise where it is negative, and its interval.

    >>> plain(Estimate(value=0.0123, low=-0.03, high=0.055, n_pairs=9, n_artists=4))
    '0.012 [−0.030, 0.055]'
    """
    return signed(estimate).replace("+", "")


def signed(estimate: Estimate) -> str:
    """Return a difference with its sign and its interval.

    >>> signed(Estimate(value=-0.0123, low=-0.03, high=0.005, n_pairs=9, n_artists=4))
    '−0.012 [−0.030, +0.005]'
    """
    parts = [f"{value:+.3f}".replace("-", "−") for value in (estimate.value, estimate.low, estimate.high)]
    return parts[0] if math.isnan(estimate.low) else f"{parts[0]} [{parts[1]}, {parts[2]}]"
