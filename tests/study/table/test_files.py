"""What is written: every form says the same figures, the page needs nothing but itself."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from morelli.protocol.counted import counted_fall_beyond
from morelli.study.table.curves import course, learning_svg, look
from morelli.study.table.document import COLUMNS, table_csv, table_json
from morelli.study.table.grids import grids
from morelli.study.table.markdown import table_markdown
from morelli.study.table.page import table_page
from morelli.study.table.reference import colour_shares

pytestmark = pytest.mark.slow  # a second table beside that of test_make.py takes half a minute


@pytest.fixture(scope="module")
def table(made):
    return made[0]


def test_the_csv_holds_every_figure_in_full(table):
    rows = list(csv.DictReader(io.StringIO(table_csv(table))))
    assert tuple(rows[0]) == COLUMNS

    def find(**wanted):
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    for judged in table.judged.rows:
        for (group, negatives), counted in judged.counted.items():
            for name, estimate in counted.estimates().items():
                (row,) = find(system=judged.name, group=group, negatives=negatives, figure=name, threshold="own")
                assert [float(row[key]) for key in ("value", "low", "high")] == [
                    estimate.value,
                    estimate.low,
                    estimate.high,
                ]
                assert (row["n_artists"], row["n_pairs"]) == (str(estimate.n_artists), str(estimate.n_pairs))
    (row,) = find(system="lite0", group="unseen", negatives="random", figure="accuracy", threshold="own")
    assert float(row["published"]) == 0.647
    (row,) = find(system="lite0", group="unseen", negatives="random", figure="accuracy", threshold="0.5")
    assert float(row["value"]) == table.find("lite0").at_half["unseen", "random"]["accuracy"].value
    assert find(system="lite0", negatives="style-matched", published="0.647") == []
    (row,) = find(system="demo-cnn", figure="auc_fall_beyond_cosine", negatives="random")
    cnn, cosine = table.find("demo-cnn").counted, table.judged.cosine
    sets = [one[group, "random"] for one in (cnn, cosine) for group in ("seen", "unseen")]
    assert float(row["low"]) == counted_fall_beyond(*sets).low
    assert len(find(system="lite0 less demo-cnn", figure="auc_difference")) == 2
    (row,) = find(system="lite0", figure="accuracy_5_way_1_shot")
    shot = next(one for one in table.find("lite0").evaluation.few_shot if (one.ways, one.shots) == (5, 1))
    assert float(row["value"]) == shot.accuracy.value
    assert row["group"] == "unseen"


def test_the_json_says_the_same_and_has_no_nan(table):
    found = json.loads(table_json(table), parse_constant=lambda text: pytest.fail(text))
    assert [(row["system"], row["state"]) for row in found["rows"]] == [
        ("demo-cnn", "done"), ("lite0", "done"), ("xception", "not run"),
    ]  # fmt: skip
    assert found["rows"][0]["training_seconds"] == table.find("demo-cnn").scored.seconds
    assert table.find("demo-cnn").scored.seconds == float(found["rows"][0]["training"]["time"].split()[0])
    assert found["rows"][0]["history"] == [dict(row) for row in table.find("demo-cnn").scored.history]
    (unseen,) = [
        one
        for one in found["rows"][1]["evaluation"]["pairs"]
        if (one["group"], one["negatives"]) == ("unseen", "random")
    ]
    assert unseen["figures"]["auc"]["value"] == table.find("lite0").counted["unseen", "random"].column("auc")[0]
    assert found["untrained_cosine"]["of"].startswith("lite0")
    assert [one["question"] for one in found["hypotheses"]] == [one.question for one in table.answers]


def test_markdown_and_page_have_every_grid_answer_and_figure(table):
    text = table_markdown(table, curves="learning-curves.svg")
    page = table_page(table, [course(row.name, row.scored.history) for row in table.judged.rows])
    for grid in grids(table):
        assert f"## {grid.heading}" in text
        assert f'id="{grid.anchor}"' in page
        for row in grid.rows:
            for cell in row:
                assert cell.interval in text
                assert cell.interval in page.replace("\u00a0", " ")
    auc = table.find("lite0").counted["unseen", "random"].estimates()["auc"]
    assert f"{auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]" in text
    assert "0.8928" in text
    for answer in table.answers:
        assert answer.question in text
        assert answer.question in page


def test_the_page_needs_nothing_but_itself_and_escapes_what_it_is_told(table):
    evil = "<script>alert(1)</script>"
    told = replace(table, remarks=[evil], facts={"catalogue": evil})
    page = table_page(told, [course(evil, [{"train_loss": 1.0, "validation_auc": 0.5}])])
    assert evil not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    assert not re.search(r"url\((?!#)", page)
    assert evil not in table_markdown(told, curves=None)


def test_losses_are_shares_of_their_first_and_what_an_epoch_lacks_is_left_out():
    history = [{"validation_auc": 0.5}, {"train_loss": 4.0, "validation_auc": 0.6}, {"train_loss": 1.0}]
    found = course("a", history)
    np.testing.assert_array_equal(found.epoch, [1, 2, 3])
    np.testing.assert_array_equal(found.train_loss, [np.nan, 1, 0.25])
    np.testing.assert_array_equal(found.validation_auc, [0.5, 0.6, np.nan])
    assert np.isnan(found.validation_loss).all()
    svg = learning_svg([found, course("b", history)], name="x")
    assert svg.startswith("<svg")
    assert "a: 3 epochs, validation AUC 0.600 at best" in svg
    assert learning_svg([], name="x") == ""
    assert len({look(number) for number in range(32)}) == 32


def test_the_shares_of_colours_are_a_plain_count(rng):
    pixels = rng.integers(0, 256, size=(5, 7, 3), dtype=np.uint8)
    counted = np.zeros((4, 4, 4))
    for red, green, blue in pixels.reshape(-1, 3):
        counted[red // 64, green // 64, blue // 64] += 1
    np.testing.assert_allclose(colour_shares(pixels), np.sqrt(counted.ravel() / 35), rtol=1e-6)
