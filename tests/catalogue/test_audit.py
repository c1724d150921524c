from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morelli.catalogue.audit import audit
from morelli.catalogue.audit_text import summarise, to_markdown, write_audit
from morelli.catalogue.catalogue import Catalogue
from morelli.errors import CatalogueError

Paint = Callable[..., Path]


@pytest.fixture
def messy(tmp_path: Path, paint: Paint) -> Catalogue:
    for i in range(3):
        paint(f"Monet/{i}.jpg", i)
    paint("Monet/0-larger.jpg", 0, size=(160, 200))
    (tmp_path / "Monet/1-same.jpg").write_bytes((tmp_path / "Monet/1.jpg").read_bytes())
    paint("Goya/0.png", 10)
    paint("claude Goya/2-again.jpg", 2, quality=60)
    paint("goya/1.png", 11, size=(140, 140))
    Image.new("RGB", (200, 200), (240, 240, 240)).save(tmp_path / "Goya/blank.png")
    Image.open(paint("Goya/grey.png", 12, size=(150, 150))).convert("L").save(tmp_path / "Goya/grey.png")
    (tmp_path / "Goya/broken.jpg").write_bytes((tmp_path / "Monet/1.jpg").read_bytes()[:700])
    (tmp_path / "Goya/empty.jpg").touch()
    return Catalogue.read(tmp_path)


def test_every_finding(messy: Catalogue) -> None:
    calls: list[tuple[int, int]] = []
    found = audit(messy, workers=2, progress=lambda *call: calls.append(call))
    assert calls[-1] == (len(messy), len(messy))
    assert set(found.unreadable) == {"Goya/broken.jpg", "Goya/empty.jpg"}
    assert found.unreadable["Goya/empty.jpg"] == "the file is empty (0 bytes)"
    assert found.identical == (("Monet/1-same.jpg", "Monet/1.jpg"),)
    assert {frozenset(group) for group in found.near_duplicates} == {
        frozenset({"Monet/0-larger.jpg", "Monet/0.jpg"}),
        frozenset({"Monet/1-same.jpg", "Monet/1.jpg"}),
        frozenset({"Monet/2.jpg", "claude Goya/2-again.jpg"}),
    }
    assert {frozenset(group) for group in found.two_artists} == {frozenset({"Monet/2.jpg", "claude Goya/2-again.jpg"})}
    assert found.one_artist == (("Goya", "goya"),)
    assert found.lone_artists == ("claude Goya",)
    assert found.flat == ("Goya/blank.png",)
    assert set(found.greyscale) == {"Goya/blank.png", "Goya/grey.png"}
    assert found.small["Monet/0.jpg"] == (96, 96)
    assert "goya/1.png" not in found.small
    assert found.across_parts == ()
    sizes = dict(zip(messy.path, found.sizes.tolist(), strict=True))
    assert sizes["Monet/0-larger.jpg"] == [160, 200]
    assert sizes["Goya/empty.jpg"] == [0, 0]


def test_cleaned_keeps_the_largest_of_a_group_and_no_bad_picture(messy: Catalogue) -> None:
    found = audit(messy, workers=1)
    kept = set(found.cleaned().path)
    assert kept == {"Goya/0.png", "Goya/grey.png", "goya/1.png", "Monet/0-larger.jpg", "Monet/1-same.jpg"}
    assert kept.isdisjoint(found.dropped())
    assert kept | set(found.dropped()) == set(messy.path)
    assert found.dropped()["Monet/0.jpg"] == "a duplicate of Monet/0-larger.jpg"
    again = audit(found.cleaned(), workers=1)
    for finding in ("unreadable", "near_duplicates", "flat", "two_artists"):
        assert not getattr(again, finding)


def test_groups_are_labels_of_the_rows(messy: Catalogue) -> None:
    found = audit(messy, workers=1)
    assert found.groups.shape == (len(messy),)
    together = {
        frozenset(messy.path[np.nonzero(found.groups == label)[0]])
        for label, count in zip(*np.unique(found.groups, return_counts=True), strict=True)
        if count > 1
    }
    assert together == {frozenset(group) for group in found.near_duplicates}


def test_duplicates_across_parts(messy: Catalogue) -> None:
    split = dict.fromkeys(messy.path, "train") | {"Monet/0.jpg": "test", "Monet/1.jpg": "set-aside"}
    found = audit(messy, workers=1, split=split)
    assert [set(group) for group in found.across_parts] == [{"Monet/0.jpg", "Monet/0-larger.jpg"}]
    assert "`Monet/0.jpg` (test)" in to_markdown(found)


def test_the_report_tells_every_finding_and_is_json(messy: Catalogue, tmp_path: Path) -> None:
    found = audit(messy, workers=1)
    text = to_markdown(found)
    for path in found.dropped():
        assert f"`{path}`" in text
    assert "      12 paintings" in summarise(found)
    write_audit(found, tmp_path / "new" / "audit")
    folder = tmp_path / "new" / "audit"
    assert sorted(p.name for p in folder.iterdir()) == ["audit.json", "audit.md", "cleaned.csv"]
    stored = json.loads((folder / "audit.json").read_text())
    assert stored["counts"]["paintings"] == 12
    assert stored["counts"]["kept"] == 5
    assert stored["unreadable"]["Goya/empty.jpg"] == "the file is empty (0 bytes)"
    cleaned = Catalogue.read(folder / "cleaned.csv", root=messy.root)
    assert list(cleaned.path) == list(found.cleaned().path)


def test_a_missing_file_is_a_finding_and_nothing_left_is_an_error(tmp_path: Path) -> None:
    columns = {name: np.array(["a.jpg"], dtype=object) for name in ("path", "artist")}
    found = audit(Catalogue(tmp_path, columns), workers=1)
    assert found.unreadable == {"a.jpg": "no such file"}
    with pytest.raises(CatalogueError, match="not one picture is left"):
        found.cleaned()


def test_real_duplicates_that_a_curator_confirmed(paintings: Path) -> None:
    """The same work in another light or crop, and neighbours that only look alike."""
    same = [
        ("adriaen-van-ostade/245f239312.jpg", "isaac-van-ostade/4b028d00b6.jpg"),
        ("henri-le-fauconnier/437b24af90.jpg", "lyubov-popova/d659f6e490.jpg"),
        ("fyodor-rokotov/395e09827c.jpg", "fyodor-rokotov/48501d1b5f.jpg"),
    ]
    whole = Catalogue.read(paintings)
    wanted = {path for pair in same for path in pair}
    others = ("fyodor-rokotov/", "vasile-dobrian/", "yves-klein/", "robert-mangold/")  # tondi, mounts, monochromes
    rows = np.array([path in wanted or path.startswith(others) for path in whole.path])
    found = audit(whole.select(rows), workers=2)
    assert {frozenset(group) for group in found.near_duplicates} == {frozenset(pair) for pair in same}
