from __future__ import annotations

from dataclasses import replace

import pytest

from morelli.protocol.estimate import Estimate
from morelli.report.answer import answer


def estimate(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.02, high=value + 0.02, n_pairs=100, n_artists=10)


def test_the_answer_is_of_unseen_artists_random_then_style_matched(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("seen", "unseen"))
    given = {"random": {"accuracy": estimate(0.7), "auc": estimate(0.77)}, "style-matched": {"accuracy": estimate(0.6)}}
    pairs = [replace(one, figures=given[one.negatives] if one.group == "unseen" else {}) for one in evaluation.pairs]
    assert answer(replace(evaluation, pairs=pairs)) == [
        "Of pairs of paintings by artists it never saw in training, triplet-cnn decides 0.700 [0.680, 0.720] rightly "
        "when the other painter is drawn at random (AUC 0.770 [0.750, 0.790]), and 0.600 [0.580, 0.620] rightly when "
        "the other painter works in the same style.",
        "Guessing would give 0.5.",
    ]


def test_without_unseen_artists_it_says_whose(make_evaluation) -> None:
    assert "by artists whose other paintings it was trained on" in answer(make_evaluation(groups=("seen",)))[0]


@pytest.mark.parametrize(("figures", "start"), [({}, "The pairs that were judged carry neither"), (None, "No pairs")])
def test_nothing_to_say_is_said(make_evaluation, figures: dict[str, Estimate] | None, start: str) -> None:
    evaluation = make_evaluation()
    pairs = [] if figures is None else [replace(one, figures=figures) for one in evaluation.pairs]
    assert answer(replace(evaluation, pairs=pairs))[0].startswith(start)


def test_auc_alone(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("unseen",), negatives=("random",))
    pairs = [replace(evaluation.pairs[0], figures={"auc": estimate(0.8)})]
    assert "triplet-cnn reaches AUC 0.800" in answer(replace(evaluation, pairs=pairs))[0]
