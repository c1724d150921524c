from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from morelli.report.neighbours import neighbour_rows
from morelli.report.page import Gallery, cell, page, style_sheet, table_sections
from morelli.report.rendering import unbroken
from morelli.report.tables import shown, shown_interval

VOID = {"meta", "img", "br", "link", "hr", "input"}
SVG_LEAVES = {"path", "use", "rect", "line", "circle"}
HOSTILE = (
    "<script>alert('x')</script>",
    '"><img src=http://example.org/x.png onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "日本 \u202eabc\u202c 太郎",
    "Zo\u0308e\u0000\u0007 & <b>",
    "\udcff broken name",
)


class Reader(HTMLParser):
    """Every element with its attributes, every text; checks that elements close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def galleries_of(evaluation) -> list[Gallery]:
    return [
        Gallery(
            group=one.group,
            recall=tuple((k, cell(e)) for k, e in one.recall.items()),
            n_queries=len(one.query),
            rows=tuple(neighbour_rows(evaluation, one)),
        )
        for one in evaluation.retrieval
    ]


def whole_page(evaluation) -> str:
    return page(evaluation, galleries_of(evaluation))


@pytest.fixture(scope="module")
def hostile(make_evaluation):
    """A full evaluation in which every word from outside tries to be markup."""
    made = make_evaluation(artists=HOSTILE, system="<script>alert('system')</script>")
    return replace(
        made,
        facts={"<img src=x>": "</dd></dl><script>"},
        threshold_from="<b>bold</b>",
        published={"<i>figure</i>": 0.5, "triplet_accuracy_of_four": 0.8928},
        style=np.array(["</figcaption><h1>"] * len(made.style), dtype=object),
    )


@pytest.fixture(scope="module")
def reader(hostile) -> Reader:
    """Its page, read."""
    return Reader(whole_page(hostile))


def test_nothing_is_fetched_from_outside(reader: Reader) -> None:
    ids = {attributes["id"] for _, attributes in reader.elements if "id" in attributes}
    for tag, attributes in reader.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "srcset", "action", "data", "poster"}:
                assert value is not None
                assert value.startswith("data:image/jpeg;base64,") or value[1:] in ids, (tag, name, value)
            if name in {"style", "clip-path", "fill", "mask", "filter"}:
                assert not re.search(r"url\((?!#)", value or "")
    assert not re.search(r"url\(|@import", style_sheet())
    policy = [one for tag, one in reader.elements if tag == "meta" and "http-equiv" in one]
    assert policy[0]["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_ids_are_unique_and_headings_are_in_order(reader: Reader) -> None:
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in reader.elements:
        for one in (attributes.get("aria-labelledby") or "").split():
            assert one in ids
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all(attributes.get("alt") for tag, attributes in reader.elements if tag == "img")
    html = next(attributes for tag, attributes in reader.elements if tag == "html")
    assert html["lang"] == "en"


def test_hostile_words_arrive_as_words(reader: Reader) -> None:
    assert [tag for tag, _ in reader.elements].count("h1") == 1
    for words in ("<script>alert('x')</script>", "{{ 7 * 7 }}", "<img src=x>", "<b>bold</b>", "</figcaption><h1>"):
        assert words in reader.text
    assert "49" not in [one.strip() for one in reader.words]


def test_the_table_is_the_estimates(reader: Reader, hostile) -> None:
    words = {one.strip() for one in reader.words}
    for one in hostile.pairs:
        for estimate in one.figures.values():
            assert {shown(estimate.value), shown_interval(estimate)} <= words
    rows = [row.label for section in table_sections(hostile) for row in section.rows]
    assert rows.index("Accuracy") < rows.index("AUC") < rows.index("Cllr")
    assert "0.8928" in words
    for one in hostile.sets:
        assert {shown(one.figures["auc"].value), str(one.references)} <= words
    for one in hostile.points:
        assert unbroken(one.measured["false_accept"].as_rate()) in words
    assert {"Evidence", "Tippett plots", "−1.09 to +0.98"} <= words
    for one in hostile.few_shot:
        assert {shown(one.accuracy.value), shown_interval(one.accuracy), f"{1 / one.ways:.3f}"} <= words


def test_right_and_wrong_are_said_in_words_and_marks(make_evaluation) -> None:
    evaluation = make_evaluation(artists=("anna", "bela"), paintings_each=8, groups=("unseen",), negatives=("random",))
    galleries = galleries_of(evaluation)
    roles = [card.role for gallery in galleries for row in gallery.rows for card in row.neighbours]
    reader = Reader(page(evaluation, galleries))
    assert reader.text.count("✓ same artist") == roles.count("right") > 0
    assert reader.text.count("✗ another artist") == roles.count("wrong") > 0
    assert "no such file" in reader.text


@pytest.mark.parametrize(
    "left_out", ["pairs", "retrieval", "history", "facts", "published", "few_shot", "points", "sets"]
)
def test_a_page_without_a_part_is_still_a_page(make_evaluation, left_out: str) -> None:
    evaluation = make_evaluation(groups=("unseen",), negatives=("random",))
    empty = {} if left_out in ("facts", "published") else ()
    reader = Reader(whole_page(replace(evaluation, **{left_out: empty})))
    headings = {"pairs": "ROC curves", "retrieval": "Nearest neighbours", "history": "Learning curves"}
    headings |= {"points": "Operating points", "sets": "Sets of references"}
    headings["few_shot"] = "Whose is it, among a few artists?"
    if left_out in headings:
        assert headings[left_out] not in reader.text
    assert "How to read this" in reader.text


def test_the_same_evaluation_gives_the_same_page(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("unseen",), negatives=("random",))
    assert whole_page(evaluation) == whole_page(evaluation)


def test_every_style_variable_has_a_light_and_a_dark_value() -> None:
    sheet = style_sheet()
    used = set(re.findall(r"var\((--[a-z0-9-]+)", sheet))
    defined = set(re.findall(r"(--[a-z0-9-]+):", sheet))
    assert used <= defined
    assert "prefers-color-scheme: dark" in sheet
    assert "@media print" in sheet


def test_intervals_stay_on_one_line() -> None:
    assert " " not in unbroken("0.7 [-0.6, 0.8]")


def test_templates_hold_no_address() -> None:
    import morelli.report.page as module

    for file in Path(module.TEMPLATES).iterdir():
        assert "http:" not in file.read_text(encoding="utf-8").replace("http-equiv", "")


def test_hollow_marks_are_explained_where_there_are_any(make_evaluation) -> None:
    assert "Hollow: style-matched" in page(make_evaluation(), [])
    assert "Hollow" not in page(make_evaluation(negatives=("random",)), [])


def test_a_ring_is_explained_where_there_is_one(make_evaluation) -> None:
    evaluation = make_evaluation()
    assert "A ring marks" not in page(evaluation, [])
    chosen = [*evaluation.history[:-1], {**evaluation.history[-1], "chosen": 1.0}]
    assert "A ring marks the epoch whose weights were kept." in page(replace(evaluation, history=chosen), [])


def test_one_painting_is_one(make_evaluation) -> None:
    one = replace(galleries_of(make_evaluation())[0], n_queries=1, recall=((1, cell(next(iter(
        make_evaluation().retrieval[0].recall.values())))),))  # fmt: skip
    text = page(make_evaluation(), [one])
    assert "over 1 painting." in text
    assert "1 paintings" not in text
