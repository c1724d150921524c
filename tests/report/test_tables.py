from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.protocol.estimate import Estimate
from morelli.report.tables import (
    csv_text,
    exact,
    figure_rows,
    figures_csv,
    markdown_table,
    markdown_text,
    scores_csv,
    sets_in_order,
    shown_estimate,
)

NAN = float("nan")


def test_figures_csv_reads_back_as_the_estimates(make_evaluation) -> None:
    evaluation = make_evaluation()
    rows = list(csv.DictReader(io.StringIO(figures_csv(evaluation))))
    read = {(row["group"], row["negatives"], row["figure"]): row for row in rows}
    assert len(rows) == len(read)
    expected = {(one.group, one.negatives, name): e for one in evaluation.pairs for name, e in one.figures.items()}
    expected |= {(one.group, "", f"recall@{k}"): e for one in evaluation.retrieval for k, e in one.recall.items()}
    expected |= {(one.group, "", f"{one.ways}_way_1_shot_accuracy"): one.accuracy for one in evaluation.few_shot}
    expected |= {
        (one.group, one.negatives, f"{one.name}: {name}"): e
        for one in evaluation.points
        for name, e in one.measured.items()
    }
    expected |= {
        (one.group, one.negatives, f"{one.references} references: {name}"): e
        for one in evaluation.sets
        for name, e in one.figures.items()
    }
    assert read.keys() == expected.keys()
    for key, estimate in expected.items():
        row = read[key]
        back = Estimate(
            value=float(row["value"]),
            low=float(row["low"]),
            high=float(row["high"]),
            n_pairs=int(row["n_pairs"]),
            n_artists=int(row["n_artists"]),
            resampled=row["resampled"],
        )
        assert back == estimate


def test_scores_csv_has_a_row_a_pair(make_evaluation) -> None:
    evaluation = make_evaluation(n=20)
    rows = list(csv.DictReader(io.StringIO(scores_csv(evaluation))))
    assert len(rows) == sum(len(one.pairs) for one in evaluation.pairs)
    one = evaluation.of("seen", "random")
    assert [float(row["similarity"]) for row in rows[:20]] == one.similarity.tolist()
    assert [row["artist2"] for row in rows[:20]] == evaluation.artist[one.pairs.second].tolist()
    assert [row["same"] == "1" for row in rows[:20]] == one.pairs.same.tolist()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_csv_brings_any_text_back(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\r", " ") for cell in row] for row in rows]
    assert list(csv.reader(io.StringIO(csv_text(["a", "b"], rows), newline=""))) == [["a", "b"], *rows]


@settings(max_examples=50, deadline=None)
@given(st.floats(allow_infinity=False))
def test_exact_reads_back(value: float) -> None:
    assert exact(value) == "" if math.isnan(value) else float(exact(value)) == value


def test_order_of_sets_is_fixed_and_strangers_come_last(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("cross", "mix", "unseen", "seen"), negatives=("style-matched", "random"))
    assert sets_in_order(evaluation)[:3] == [("seen", "random"), ("seen", "style-matched"), ("unseen", "random")]
    assert [group for group, _ in sets_in_order(evaluation)[-2:]] == ["cross", "cross"]
    assert {row.group for row in figure_rows(evaluation)} == {"seen", "unseen", "mix", "cross"}


def test_missing_interval_and_missing_figure_are_shown_as_such() -> None:
    bare = Estimate(value=0.5, low=NAN, high=NAN, n_pairs=1, n_artists=1)
    assert shown_estimate(bare) == "0.500"
    assert shown_estimate(replace(bare, value=NAN)) == "–"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(alphabet=st.characters(codec="ascii")), min_size=3, max_size=3), max_size=6))
def test_markdown_columns_stand_straight(rows: list[list[str]]) -> None:
    lines = markdown_table(["figure", "a", "b"], rows, align=["left", "right", "left"]).split("\n")
    assert len(lines) == len(rows) + 2
    bars = [[at.start() for at in re.finditer(r"(?<!\\)\|", line)] for line in lines]
    assert all(found == bars[0] for found in bars)


def test_markdown_columns_stand_straight_with_wide_letters() -> None:
    lines = markdown_table(
        ["artist", "n"], [["葛飾北斎", "12"], ["Ce\u0301zanne", "3"]], align=["left", "right"]
    ).split("\n")
    assert lines[2] == "| 葛飾北斎 |  12 |"
    assert lines[3] == "| Ce\u0301zanne  |   3 |"
    assert lines[1] == "| :------- | --: |"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", r"a\|b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("two\nlines", "two lines"),
        ("[x](http://example.org)", r"[x]\(http://example.org)"),
        ("0.7 [0.6, 0.8]", "0.7 [0.6, 0.8]"),
    ],
)
def test_markdown_text_is_no_markup(text: str, written: str) -> None:
    assert markdown_text(text) == written


def test_figures_of_an_empty_evaluation(make_evaluation) -> None:
    evaluation = replace(make_evaluation(), pairs=(), retrieval=(), few_shot=(), points=(), sets=())
    assert figures_csv(evaluation).count("\n") == 1
    assert np.size(figure_rows(evaluation)) == 0
