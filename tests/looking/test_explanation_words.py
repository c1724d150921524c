"""The words of an explanation are true."""

from dataclasses import replace

from morelli.looking.explanation_words import balance, foot_lines, head_lines


def test_the_words_say_what_was_found(explanation):
    answer, evidence = head_lines(explanation.verdict)
    assert answer == "The same artist"
    support = explanation.verdict.support
    assert evidence.startswith(f"{support[0].upper()}{support[1:]}. Likelihood ratio")
    assert f"probability of one artist {explanation.verdict.probability:.0%}, if it was 50% before looking" in evidence
    text = " ".join(foot_lines(explanation)).replace("−", "-")
    first, second = explanation.first, explanation.second
    assert f"add up to {first.values.sum():+.3f}, of the right one to {second.values.sum():+.3f}" in text
    assert f"({-first.held:.3f} and {-second.held:.3f}), either is the similarity, 0.500" in text
    assert "(1: 0.200, 2: 0.100)" in text
    assert "Warning: b.jpg has a frame" in text
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
