from __future__ import annotations

import math
from dataclasses import replace

from morelli.report.few_shot import few_shot_groups, few_shot_rows
from morelli.report.markdown import few_shot_table, markdown
from morelli.report.page import page
from morelli.report.terminal import evaluation_text


def test_a_row_a_question_a_column_a_group(make_evaluation) -> None:
    evaluation = make_evaluation()
    rows = few_shot_rows(evaluation)
    assert few_shot_groups(evaluation) == ["seen", "unseen"]
    assert [(row.label, row.guessing) for row in rows] == [
        ("2 artists, 1 painting of each", 0.5),
        ("4 artists, 1 painting of each", 0.25),
    ]
    assert [one.value for one in rows[1].accuracy] == [0.15, 0.15]
    missing = replace(evaluation, few_shot=evaluation.few_shot[1:])
    assert few_shot_rows(missing)[0].accuracy[0] is None


def test_tables_show_it_beside_guessing(make_evaluation) -> None:
    evaluation = make_evaluation()
    table = few_shot_table(evaluation)
    assert "| 4 artists, 1 painting of each |" in table
    assert table.splitlines()[-1].endswith("| 0.150 [0.100, 0.225] | 0.150 [0.100, 0.225] |    0.250 |")
    assert table in markdown(evaluation)
    assert "few artists" not in markdown(replace(evaluation, few_shot=()))
    text = evaluation_text(evaluation)
    assert "4-way 1-shot, unseen: 0.150 [0.100, 0.225] (guessing: 0.25)" in text
    assert "seen: 0.150" not in text.replace("unseen: 0.150", "")


def test_a_share_of_all_artists_has_its_count_for_it_has_no_interval(make_evaluation) -> None:
    evaluation = make_evaluation()
    one = evaluation.few_shot[0]
    whole = replace(one, accuracy=replace(one.accuracy, low=math.nan, high=math.nan, n_pairs=1, n_artists=4))
    evaluation = replace(evaluation, few_shot=[whole])
    assert "(1 painting by 4 artists)" in few_shot_table(evaluation)
    assert "(1 painting by 4 artists)" in page(evaluation, [])
