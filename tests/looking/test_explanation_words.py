"""The words of an explanation are true."""

from dataclasses import replace

import pytest

from morelli.looking.explanation_words import balance, foot_lines, head_lines, warning_lines
from morelli.protocol.estimate import Estimate


def test_the_words_say_what_was_found(explanation):
    answer, evidence, point = head_lines(explanation.verdict)
    assert answer == "The same artist"
    support = explanation.verdict.support
    assert evidence.startswith(f"{support[0].upper()}{support[1:]}. Likelihood ratio")
    assert f"probability of one artist {explanation.verdict.probability:.0%}, if it was 50% before looking" in evidence
    assert point == (
        "Decided at the operating point balanced, against style-matched negatives: similarity 0.5000; 'same' from 0.3000, "
        "'different' to 0.0000."
    )
    text = " ".join(foot_lines(explanation)).replace("−", "-")
    first, second = explanation.first, explanation.second
    assert f"add up to {first.values.sum():+.3f}, of the right one to {second.values.sum():+.3f}" in text
    assert f"({-first.held:.3f} and {-second.held:.3f}), either is the similarity, 0.500" in text
    assert "add to the cosine of the paintings: 1: 0.200, 2: 0.100. They may lie in blue" in text
    assert warning_lines(explanation.verdict)[0].startswith("Warning: b.jpg has a frame")
    assert "Warning" not in text
    assert "no test of authenticity" in text
    speaks = first.values.clip(0).sum()
    assert balance(first) == f"for one hand {speaks:.3f}, against {speaks - first.values.sum():.3f}"


def test_colours_come_first_and_what_they_mean_depends_on_the_way(explanation):
    assert "more like the other painting than like works of other painters" in foot_lines(explanation)[0]
    assert "other painters" not in " ".join(foot_lines(replace(explanation, cohort=False))[:3])
    tried = foot_lines(replace(explanation, method="occlusion"))
    assert tried[0].startswith("counts more for one hand than the average place")
    assert tried[1] == "counts less than that"


def test_words_of_occlusion_claim_no_sum(explanation, verdict_of):
    tried = replace(explanation, method="occlusion", cohort=False, matches=(), verdict=verdict_of(-0.5))
    assert head_lines(tried.verdict)[0] == "Different artists"
    text = " ".join(foot_lines(tried))
    assert "By trial" in text
    assert "do not add up" in text
    assert "Exact" not in text
    assert "No two regions are much alike" in text


def test_what_the_operating_point_did_is_said_where_it_was_measured(explanation):
    assert "calibration artists:" not in " ".join(foot_lines(explanation))
    rates = {"false_accept": Estimate(value=0.05, low=0.03, high=0.08, n_pairs=900, n_artists=50)}
    measured = replace(explanation, verdict=replace(explanation.verdict, rates=rates))
    assert "on 50 calibration artists: different artists called the same 0.050 [0.030, 0.080]." in " ".join(
        foot_lines(measured)
    )


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        (
            (-0.3, 0.4),
            "Lines across the scale: right of the left one 'different' is never said, left of the right one 'same' is never said.",
        ),
        (
            (0.1, 0.1),
            "The line across the scale: right of it 'different' is never said, left of it 'same' is never said.",
        ),
        ((None, 0.4), "The line across the scale: left of it 'same' is never said."),
        ((-0.3, None), "The line across the scale: right of it 'different' is never said."),
    ],
)
def test_what_the_lines_across_the_scale_are_is_said(explanation, decided, said):
    none = replace(explanation.verdict, log10_lr_decided=(None, None))
    assert "across the scale" not in " ".join(foot_lines(replace(explanation, verdict=none)))
    lines = foot_lines(replace(explanation, verdict=replace(none, log10_lr_decided=decided)))
    assert said in " ".join(lines)


def test_regions_under_no_cohort_are_not_said_to_lie_in_blue(explanation):
    assert "They may lie in blue" not in " ".join(foot_lines(replace(explanation, cohort=False)))
