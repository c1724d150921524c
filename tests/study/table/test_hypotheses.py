"""The words follow from the intervals, and an open question says why it is open."""

import pytest

from morelli.protocol.estimate import Estimate
from morelli.study.table.contrasts import Contrast, Fall, is_frozen_twin
from morelli.study.table.hypotheses import answers
from morelli.study.table.rows import Row
from morelli.systems.read import read_system


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, n_pairs=100, n_artists=30)


def row(name, state="done"):
    return Row(system=read_system(name), state=state)


def fall(unseen, beyond, name="triplet-cnn"):
    return Fall(
        name=name,
        negatives="random",
        seen=estimate(0.8, 0.75, 0.85),
        unseen=unseen,
        fall=estimate(0.1, 0.02, 0.18),
        beyond=beyond,
        above=estimate(0.1, 0.05, 0.15),
    )


def contrast(hypothesis, auc):
    difference = {"auc": auc, "accuracy": estimate(0.05, 0.01, 0.09)}
    return Contrast(hypothesis=hypothesis, first="a", second="b", negatives="random", difference=difference)


@pytest.mark.parametrize(
    ("beyond", "said"),
    [
        (estimate(0.06, 0.01, 0.11), "part of what it learnt holds only for the artists it knows"),
        (estimate(0.06, -0.01, 0.13), "no fall of its own is shown"),
        (estimate(-0.06, -0.11, -0.01), "it falls less than a measure that learnt nothing"),
        (estimate(0.06, float("nan"), float("nan")), "no interval was made"),
    ],
)
def test_the_first_is_answered_by_the_fall_beyond_the_cosine(beyond, said):
    (first, *_) = answers([row("triplet-cnn")], [fall(estimate(0.7, 0.6, 0.8), beyond)], [], cosine="lite0")
    (words,) = first.words
    assert said in words
    assert "AUC 0.700 [0.600, 0.800] on artists it has never seen, better than guessing" in words
    assert "from these to those it falls by 0.100 [0.020, 0.180]" in words
    if beyond.value < 0:
        assert "it rises by 0.060 [0.010, 0.110]" in words
    assert "(lite0)" in words


def test_a_system_that_guesses_is_not_called_better_and_one_that_is_no_cnn_answers_nothing():
    flat = fall(estimate(0.52, 0.45, 0.59), estimate(0, -0.1, 0.1))
    (first, *_) = answers([row("triplet-cnn")], [flat], [], cosine="x")
    assert "not shown to be better than guessing" in first.words[0]
    other = fall(estimate(0.7, 0.6, 0.8), estimate(0, -0.1, 0.1), name="xception")
    (first, *_) = answers([row("xception"), row("triplet-cnn", "not run")], [other], [], cosine="x")
    assert first.words[0] == "Open: no row of a CNN trained from nothing was run (triplet-cnn: not run)."
    assert "xception" not in " ".join(first.words)


@pytest.mark.parametrize(
    ("auc", "second", "third"),
    [
        (estimate(0.1, 0.05, 0.15), "the pretrained features are the better ones", "fine-tuning helps"),
        (estimate(-0.1, -0.15, -0.05), "the CNN is the better one", "fine-tuning does harm"),
        (estimate(0.1, -0.05, 0.25), "no difference is shown", "no difference is shown"),
        (estimate(0.1, float("nan"), float("nan")), "no interval was made", "no interval was made"),
    ],
)
def test_the_second_and_third_are_answered_by_the_paired_difference(auc, second, third):
    _, two, three = answers([], [], [contrast(2, auc), contrast(3, auc)], cosine="x")
    assert second in two.words[0]
    assert third in three.words[0]
    assert "a less b, random negatives: AUC " in two.words[0]
    assert "accuracy +0.050 [+0.010, +0.090]" in two.words[0]


def test_an_open_question_says_which_row_is_lacking():
    def open_words(*rows):
        return [one.words[0] for one in answers(rows, [], [], cosine="x")]

    assert open_words(row("xception"), row("triplet-cnn"))[2] == "Open: the table has no row of a fine-tuned system."
    two, three = open_words(row("triplet-cnn"), row("xception", "failed"), row("xception-finetuned"))[1:]
    assert two == "Open: no row of a system of frozen pretrained features was run (xception: failed)."
    assert three == "Open: no row of the same backbone, frozen was run (xception: failed)."


def test_fine_tuning_is_held_against_the_same_net_over_the_same_backbone_alone():
    tuned = read_system("xception-finetuned")
    assert is_frozen_twin(read_system("xception"), tuned)
    for other in ("lite0", "xception-corners", "inception-v3", "lite0-lda", "xception-finetuned", "triplet-cnn"):
        assert not is_frozen_twin(read_system(other), tuned)
    assert not is_frozen_twin(read_system("xception", changes=["objective.hidden=[8]"]), tuned)
