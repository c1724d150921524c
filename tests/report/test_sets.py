from __future__ import annotations

from dataclasses import replace

from morelli.report.markdown import markdown, sets_table
from morelli.report.sets import set_rows
from morelli.report.terminal import evaluation_text


def test_the_pair_comes_first_and_the_harder_negatives(make_evaluation) -> None:
    evaluation = make_evaluation()
    rows = set_rows(evaluation)
    assert [(row.group, row.negatives, row.references) for row in rows] == [
        (group, kind, size)
        for group in ("seen", "unseen")
        for kind in ("style-matched", "random")
        for size in (1, 2, 8)
    ]
    pair = evaluation.of("seen", "style-matched").figures
    assert rows[0].figures == tuple(pair[name] for name in ("auc", "eer", "cllr", "min_cllr"))
    (two,) = (
        one for one in evaluation.sets if (one.group, one.negatives, one.references) == ("seen", "style-matched", 2)
    )
    assert rows[1].figures[0] == two.figures["auc"]


def test_they_are_in_the_tables_where_they_were_judged(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("unseen",))
    table = sets_table(evaluation)
    assert "| unseen, random: 8 references " in table
    assert "0.880 [0.000, 0.031]" in table
    assert table in markdown(evaluation)
    assert "8 references, unseen, random: AUC 0.880 [0.000, 0.031], Cllr 0.880" in evaluation_text(evaluation)
    none = replace(evaluation, sets=())
    assert set_rows(none) == []
    assert "Sets of references" not in markdown(none)


def test_a_terminal_says_how_well_what_was_not_seen_is_calibrated(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("seen", "unseen"))
    text = evaluation_text(evaluation)
    figures = evaluation.of("unseen", "random").figures
    told = [line for line in text.splitlines() if line.startswith("calibration, ")]
    assert [line.split(":")[0] for line in told] == [
        "calibration, unseen, random",
        "calibration, unseen, style-matched",
    ]
    assert f"ECE {figures['ece'].value:.3f}" in told[0]
    assert f"Cllr {figures['calibration_loss'].value:.3f}" in told[0]
    assert told[0].endswith("above its minimum")
