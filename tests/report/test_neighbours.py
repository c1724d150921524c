from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morelli.report.neighbours import THUMBNAIL_SIDE, neighbour_rows, shown_queries, thumbnail


def save(path: Path, *, size: tuple[int, int], colour: tuple[int, int, int] = (200, 30, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def opened(data: str) -> Image.Image:
    assert data.startswith("data:image/jpeg;base64,")
    return Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2])))


@pytest.mark.parametrize(("size", "expected"), [((800, 400), (168, 84)), ((300, 900), (56, 168)), ((60, 40), (60, 40))])
def test_a_thumbnail_keeps_proportions_and_never_grows(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    save(tmp_path / "a.png", size=size)
    one = thumbnail(tmp_path, "a.png")
    assert one.data is not None
    picture = opened(one.data)
    assert picture.size == expected
    assert max(picture.size) <= THUMBNAIL_SIDE
    np.testing.assert_allclose(np.asarray(picture).mean(axis=(0, 1)), [200, 30, 30], atol=4)
    assert not picture.info.get("exif")


@pytest.mark.parametrize(
    "path", ["gone.jpg", "../secret.jpg", "/etc/passwd", "text.jpg", "empty.jpg", "folder.jpg", "a\0b"]
)
def test_what_cannot_be_shown_has_a_reason_without_the_folder(tmp_path: Path, path: str) -> None:
    root = tmp_path / "paintings"
    (root / "folder.jpg").mkdir(parents=True)
    (root / "text.jpg").write_text("<script>")
    (root / "empty.jpg").touch()
    save(tmp_path / "secret.jpg", size=(50, 50))
    one = thumbnail(root, path)
    assert one.data is None
    assert one.reason
    assert str(tmp_path) not in one.reason


def test_rows_say_who_is_right(make_evaluation, tmp_path: Path) -> None:
    evaluation = make_evaluation(root=tmp_path / "paintings")
    retrieval = evaluation.retrieval[0]
    save(tmp_path / "paintings" / str(evaluation.path[0]), size=(50, 50))
    rows = neighbour_rows(evaluation, retrieval, rows=100, most=3)
    assert len(rows) == len(retrieval.query)
    for row, query, neighbours in zip(rows, retrieval.query, retrieval.neighbours, strict=True):
        assert row.query.artist == evaluation.artist[query]
        assert [card.path for card in row.neighbours] == evaluation.path[neighbours[:3]].tolist()
        expected = ["right" if evaluation.artist[n] == evaluation.artist[query] else "wrong" for n in neighbours[:3]]
        assert [card.role for card in row.neighbours] == expected
    assert rows[0].query.thumbnail.data is not None
    assert rows[1].query.thumbnail.reason == "no such file"


def test_two_spellings_of_one_name_are_one_artist(make_evaluation) -> None:
    evaluation = make_evaluation(artists=("Édouard Manet", "edouard-manet"), paintings_each=1)
    retrieval = replace(evaluation.retrieval[0], neighbours=np.array([[1], [0]]))
    rows = neighbour_rows(evaluation, retrieval)
    assert [row.neighbours[0].role for row in rows] == ["right", "right"]


def test_queries_are_spread_and_artists_of_one_painting_passed_over(make_evaluation) -> None:
    evaluation = make_evaluation(artists=tuple("abcdefghij"), paintings_each=3)
    alone = evaluation.artist.copy()
    alone[0] = "alone"
    evaluation = replace(evaluation, artist=alone)
    shown = shown_queries(evaluation, evaluation.retrieval[0], rows=5)
    assert len(shown) == 5
    assert 0 not in shown
    assert np.all(np.diff(shown) >= 5)
    nobody = replace(evaluation, artist=np.array([f"painter {n}" for n in range(30)], dtype=object))
    assert len(shown_queries(nobody, nobody.retrieval[0])) == 0
    empty = replace(evaluation.retrieval[0], query=np.empty(0, dtype=np.int64))
    assert len(shown_queries(evaluation, empty)) == 0
