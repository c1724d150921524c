from __future__ import annotations

from dataclasses import replace

from morelli.report.markdown import markdown, points_table
from morelli.report.page import page
from morelli.report.points import point_groups, point_remarks, point_rows, shown_rate


def test_a_row_a_rate_promised_beside_measured_harder_negatives_first(make_evaluation) -> None:
    evaluation = make_evaluation()
    rows = point_rows(evaluation)
    assert point_groups(evaluation) == ["seen", "unseen"]
    assert [(row.negatives, row.name, row.rate) for row in rows] == [
        (kind, name, rate)
        for kind in ("style-matched", "random")
        for name in ("balanced", "fpr=0.1%")
        for rate in ("false_accept", "undecided")
    ]
    assert [one.value for one in rows[0].measured] == [0.0021, 0.0021]
    assert rows[0].promised.value == 0.001
    less = replace(
        evaluation, points=[one for one in evaluation.points if (one.group, one.name) != ("seen", "balanced")]
    )
    seen = point_groups(less).index("seen")
    assert all((row.measured[seen] is None) == (row.name == "balanced") for row in point_rows(less))


def test_rare_rates_keep_their_digits(make_evaluation) -> None:
    evaluation = make_evaluation()
    table = points_table(evaluation)
    assert "| fpr=0.1%, style-matched: different artists called the same |" in table
    assert "0.0010 [0.0004, 0.031] | 0.0021 [0.0004, 0.031]" in table
    assert table in markdown(evaluation)
    assert "Operating points" not in markdown(replace(evaluation, points=()))
    assert shown_rate(None) == "–"


def test_what_a_point_does_not_do_is_said_once(make_evaluation) -> None:
    evaluation = make_evaluation()
    assert point_remarks(evaluation) == []
    words = "never says 'same': no similarity reaches a likelihood ratio of 2"
    silent = replace(
        evaluation,
        points=[replace(one, remark=words) if one.name == "balanced" else one for one in evaluation.points],
    )
    said = point_remarks(silent)
    assert said == [f"balanced, {kind}: this operating point {words}." for kind in ("style-matched", "random")]
    assert markdown(silent).count("- balanced, random: this operating point never says") == 1
    assert "this operating point never says &#39;same&#39;" in page(silent, [])
