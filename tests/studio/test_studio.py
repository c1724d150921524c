from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.stats import chi2_contingency

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import CatalogueError
from morelli.studio import Studio, write_studio
from morelli.studio.families import FAMILIES
from morelli.studio.scene import KINDS

SOME = [(0, 0), (3, 1), (9, 4), (6, 2), (15, 0)]
PROGRAM = """
import hashlib
from morelli.studio import Studio
studio = Studio(seed=5, painters=1000)
for i, j in reversed({some}):
    print(i, j, hashlib.sha256(studio.paint(i, j, size=96).tobytes()).hexdigest())
"""


def test_a_painting_is_a_square_of_bytes() -> None:
    picture = Studio(seed=0, painters=1).paint(0, 0)
    assert picture.shape == (256, 256, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 8


def test_the_same_bytes_in_another_process_in_another_order_among_more_painters() -> None:
    studio = Studio(seed=5, painters=16)
    here = {f"{i} {j} {hashlib.sha256(studio.paint(i, j, size=96).tobytes()).hexdigest()}" for i, j in SOME}
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": hash_seed}
        command = [sys.executable, "-c", PROGRAM.format(some=SOME)]
        there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        assert set(there.splitlines()) == here


def test_seed_painter_and_painting_each_change_the_picture() -> None:
    pictures = [
        Studio(seed, 40).paint(i, j, size=64).tobytes() for seed in (0, 1) for i in (0, 8, 16) for j in range(2)
    ]
    assert len(set(pictures)) == 12


def test_hundreds_of_painters_are_distinct() -> None:
    studio = Studio(seed=0, painters=800)
    assert len({studio.hand(i) for i in range(800)}) == 800
    assert len({studio.painter_name(i) for i in range(800)}) == 800


def test_a_larger_painting_shows_the_same_picture() -> None:
    studio = Studio(seed=2, painters=8)
    for i in range(8):
        small, large = studio.paint(i, 1, size=128), studio.paint(i, 1, size=256)
        reduced = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
        broad = [cv2.GaussianBlur(p, (0, 0), 4.0).astype(float) for p in (small, reduced)]
        assert np.abs(broad[0] - broad[1]).mean() < 8


def test_styles_are_shared_out_in_turn() -> None:
    studio = Studio(seed=0, painters=32)
    names = [family.name for family in FAMILIES]
    assert [studio.style(i) for i in range(32)] == names * 4
    assert [Studio(0, 6, FAMILIES[:2]).style(i) for i in range(6)] == names[:2] * 3


def test_the_subject_is_independent_of_the_artist() -> None:
    """Kinds by painter and kinds by style are no more uneven than chance makes them."""
    studio = Studio(seed=0, painters=48)
    kinds = np.array([[KINDS.index(studio.kind(i, j)) for j in range(80)] for i in range(48)])
    by_painter = np.stack([(kinds == k).sum(1) for k in range(len(KINDS))], 1)
    by_style = np.stack([by_painter[s :: len(FAMILIES)].sum(0) for s in range(len(FAMILIES))])
    assert chi2_contingency(by_painter).pvalue > 0.01
    assert chi2_contingency(by_style).pvalue > 0.01


def test_what_is_painted_does_not_know_who_paints() -> None:
    one, other = Studio(0, 8), Studio(0, 8, FAMILIES[::-1])
    for j in range(6):
        assert one.hand(2) != other.hand(2)
        assert (one.kind(2, j), one.title(2, j)) == (other.kind(2, j), other.title(2, j))


def test_a_painter_works_forty_years_within_the_schools_period() -> None:
    studio = Studio(seed=0, painters=16)
    for i in range(16):
        years = [studio.year(i, j) for j in range(20)]
        first, last = FAMILIES[i % 8].period
        assert max(years) - min(years) < 40
        assert first <= min(years) <= max(years) < last + 40


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Studio(0, 0), "1 to"),
        (lambda: Studio(-1, 3), "negative"),
        (lambda: Studio(0, 3, ()), "family"),
        (lambda: Studio(0, 3).paint(3, 0), "painters 0 to 2"),
        (lambda: Studio(0, 3).painter_name(-1), "no painter -1"),
        (lambda: Studio(0, 3).paint(0, -1), "numbered from 0"),
        (lambda: Studio(0, 3).paint(0, 0, size=8), "32 to 2048"),
    ],
)
def test_words_that_are_off(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_studio_is_written_and_read_back(tmp_path: Path) -> None:
    studio, told = Studio(seed=1, painters=3), []
    written = write_studio(tmp_path / "s", studio, 2, 64, lambda done, total: told.append((done, total)))
    assert told == [(k, 6) for k in range(1, 7)]
    read = Catalogue.read(tmp_path / "s" / "paintings.csv")
    assert set(read.columns) >= {"path", "artist", "style", "title", "genre", "year"}
    for name, column in written.columns.items():
        assert read.get(name).tolist() == column.tolist()
    assert sorted(p.relative_to(tmp_path / "s").as_posix() for p in tmp_path.rglob("*.jpg")) == sorted(written.path)
    picture = cv2.imread(str(written.file(3)))[..., ::-1].astype(float)
    assert np.abs(picture - studio.paint(1, 1, size=64)).mean() < 8  # JPEG, nothing else
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_workers_do_not_change_the_files(tmp_path: Path) -> None:
    studio = Studio(seed=3, painters=2)
    trees = []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        write_studio(folder, studio, 2, 64, workers=workers)
        trees.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.*")})
    assert trees[0] == trees[1]
    assert len(trees[0]) == 5


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(CatalogueError, match="is taken"):
        write_studio(tmp_path, Studio(0, 1), 1, 64)
    with pytest.raises(CatalogueError, match=r"mine\.txt"):
        write_studio(tmp_path / "mine.txt", Studio(0, 1), 1, 64)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    assert len(write_studio(tmp_path / "s", Studio(0, 1), 1, 64)) == 1


def test_interrupted_nothing_is_left(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_studio(tmp_path / "s", Studio(0, 2), 4, 64, stop)
    assert list(tmp_path.iterdir()) == []
