from __future__ import annotations

from pathlib import Path

import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import CatalogueError

ALL = """artist,date,genre,pixelsx,pixelsy,size_bytes,source,style,title,artist_group,in_train,new_filename
Claude Monet,1870.0,landscape,10,10,1,w,Impressionism,Sea,train_and_test,True,1.jpg
Claude Monet,c.1880,landscape,10,10,1,w,Impressionism,"Sky, again",train_and_test,False,2.jpg
Goya,,portrait,10,10,1,w,Romanticism,,test_only,False,3.jpg
Goya,1800.0,portrait,10,10,1,w,Romanticism,Gone,test_only,False,4.jpg
,1800.0,portrait,10,10,1,w,,Whose,test_only,False,5.jpg
"""
TRAIN = """filename,artist,title,style,genre,date
1.jpg,hash-monet,Sea,Impressionism,landscape,1870.0
6.jpg,hash-monet,Sand,Impressionism,landscape,1871.0
7.jpg,hash-other,Else,Cubism,portrait,
"""


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    (tmp_path / "all_data_info.csv").write_text(ALL)
    (tmp_path / "train_info.csv").write_text(TRAIN)
    for path in ("train/1.jpg", "train/6.jpg", "train/7.jpg", "test/2.jpg", "test/3.jpg", "test/5.jpg", "test/9.jpg"):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return tmp_path


def artists(catalogue: Catalogue) -> dict[str, str]:
    return dict(zip(catalogue.path, catalogue.artist, strict=True))


def test_both_tables(layout: Path) -> None:
    catalogue = Catalogue.read(layout)
    assert artists(catalogue) == {
        "train/1.jpg": "Claude Monet",
        "test/2.jpg": "Claude Monet",
        "test/3.jpg": "Goya",
        "train/6.jpg": "Claude Monet",  # the hash of train/1.jpg says so
        "train/7.jpg": "hash-other",
    }
    rows = {path: i for i, path in enumerate(catalogue.path)}
    assert list(catalogue.get("year")[[rows["train/1.jpg"], rows["test/2.jpg"]]]) == ["1870", "c.1880"]
    assert catalogue.get("title")[rows["test/2.jpg"]] == "Sky, again"
    assert catalogue.get("artist_group")[rows["test/3.jpg"]] == "test_only"
    assert catalogue.get("in_train")[rows["train/6.jpg"]] == "True"
    assert catalogue.get("style")[rows["train/7.jpg"]] == "Cubism"
    told = " ".join(catalogue.remarks)
    assert "1 paintings of the tables left out, their files are not there" in told
    assert "1 paintings left out, their artist is not given" in told
    assert "1 pictures left out, no table names their artist" in told


def test_the_training_table_alone(layout: Path) -> None:
    (layout / "all_data_info.csv").unlink()
    found = artists(Catalogue.read(layout))
    assert found == {"train/1.jpg": "hash-monet", "train/6.jpg": "hash-monet", "train/7.jpg": "hash-other"}


def test_the_whole_table_alone(layout: Path) -> None:
    (layout / "train_info.csv").unlink()
    assert set(artists(Catalogue.read(layout))) == {"train/1.jpg", "test/2.jpg", "test/3.jpg"}


@pytest.mark.parametrize(
    ("copy", "name"),
    [
        ("replacements_for_corrupted_files/train/1.jpg", "train/1.jpg"),
        ("replacements_for_corrupted_files/test/3.jpg", "test/3.jpg"),
        ("replacements/train/1.jpg", "train/1.jpg"),
        ("replacements/2.jpg", "test/2.jpg"),
        ("replacements_for_corrupted_files/test/4.jpg", "test/4.jpg"),  # missing in the archive itself
    ],
)
def test_whole_copies_take_the_place_of_broken_files(layout: Path, copy: str, name: str) -> None:
    before = set(Catalogue.read(layout).path)
    (layout / copy).parent.mkdir(parents=True)
    (layout / copy).touch()
    after = Catalogue.read(layout)
    assert set(after.path) == before - {name} | {copy}
    assert any("1 pictures were taken from the replacements" in remark for remark in after.remarks)


def test_a_copy_for_the_other_part_is_no_replacement(layout: Path) -> None:
    (layout / "replacements/test").mkdir(parents=True)
    (layout / "replacements/test/1.jpg").touch()
    assert "train/1.jpg" in set(Catalogue.read(layout).path)


def test_names_that_leave_the_folder_are_no_files(layout: Path) -> None:
    with (layout / "train_info.csv").open("a") as file:
        file.write("../../etc/passwd,hash-other,,,,\n")
    assert len(Catalogue.read(layout)) == 5


def test_what_is_missing_is_named(layout: Path) -> None:
    for file in layout.glob("t*/*.jpg"):
        file.unlink()
    with pytest.raises(CatalogueError, match="unpack the archives here"):
        Catalogue.read(layout)
    (layout / "train_info.csv").write_text("file,artist\n1.jpg,x\n")
    with pytest.raises(CatalogueError, match=r"train_info\.csv, line 1: no column 'filename' \(found: file, artist\)"):
        Catalogue.read(layout)
    with pytest.raises(CatalogueError, match="Kaggle layout was found"):
        Catalogue.read(layout, artist_column="artist")
