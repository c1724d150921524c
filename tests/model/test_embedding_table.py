"""Pictures that are named, and tables of embeddings: against a walk of the folder and against two readers of tables."""

import csv
import os

import numpy as np
import pytest

from morelli.catalogue.folders import PICTURE_SUFFIXES
from morelli.errors import ModelError, PictureError
from morelli.model.embedding_table import check_table_place, list_pictures, write_embeddings


def test_pictures_of_folders_are_found_sorted_and_files_are_taken_as_they_are_named(tmp_path):
    for name in ("b/2.JPG", "b/1.png", "a/3.tiff", "a/notes.txt", ".hidden/4.jpg", "a/.5.jpg", "odd.xyz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = list_pictures([tmp_path / "odd.xyz", tmp_path, tmp_path / "b" / "1.png"])
    assert [file.relative_to(tmp_path).as_posix() for file in found] == [
        "odd.xyz", "a/3.tiff", "b/1.png", "b/2.JPG", "b/1.png",
    ]  # fmt: skip


def test_what_bears_a_picture_s_name_and_is_none_is_not_passed_over_in_silence(tmp_path):
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "round.jpg").symlink_to("round.jpg")
    (tmp_path / "nowhere.jpg").symlink_to("gone.jpg")
    (tmp_path / "itself").symlink_to(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
    expected = {"folder.jpg", "round.jpg", "nowhere.jpg"} | ({"pipe.jpg"} if hasattr(os, "mkfifo") else set())
    assert {file.name for file in list_pictures([tmp_path])} == expected
    assert list_pictures([tmp_path / "round.jpg"]) == [tmp_path / "round.jpg"]


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(PictureError, match=r"gone\.jpg: no such file"):
        list_pictures([tmp_path / "gone.jpg"])
    with pytest.raises(PictureError, match="no pictures in this folder"):
        list_pictures([tmp_path])


def test_embeddings_go_to_tables_and_come_back(tmp_path, rng):
    import duckdb

    embeddings = rng.normal(size=(5000, 3)).astype(np.float32)
    files = [tmp_path / f'é, "{k}".jpg' for k in range(5000)]
    for suffix in (".parquet", ".csv"):
        out = tmp_path / f"it's e{suffix}"
        write_embeddings(out, files, embeddings)
        if suffix == ".csv":
            with out.open(newline="", encoding="utf-8") as file:
                heading, *rows = list(csv.reader(file))
            assert heading == ["path", "e0", "e1", "e2"]
            values = np.array([row[1:] for row in rows], dtype=np.float32)
        else:
            rows = duckdb.read_parquet(str(out)).fetchall()
            values = np.array([row[1] for row in rows], dtype=np.float32)
        assert [row[0] for row in rows] == [str(file) for file in files]
        np.testing.assert_allclose(values, embeddings, rtol=1e-6)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["it's e.csv", "it's e.parquet"]


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_name_that_is_no_unicode_is_written_all_the_same(tmp_path, suffix):
    import duckdb

    files = [tmp_path / os.fsdecode(b"caf\xe9.jpg")]
    write_embeddings(tmp_path / f"e{suffix}", files, np.ones((1, 2), np.float32))
    (row,) = duckdb.sql(f"select path from '{tmp_path}/e{suffix}'").fetchall()
    assert row[0].endswith("caf\\udce9.jpg")


def test_other_endings_are_refused(tmp_path):
    for place in (tmp_path / "e.npy", tmp_path / "e", tmp_path / ".csv"):
        with pytest.raises(ModelError, match=r"ends in \.parquet or \.csv"):
            check_table_place(place)
        with pytest.raises(ModelError, match=r"ends in \.parquet or \.csv"):
            write_embeddings(place, [], np.ones((0, 2), np.float32))
    check_table_place(tmp_path / "E.CSV")


def test_a_folder_of_references_has_every_suffix_that_a_catalogue_has(tmp_path):
    names = [f"{number}{suffix}" for number, suffix in enumerate(PICTURE_SUFFIXES)]
    for name in [*names, "a.bmp", "notes.txt"]:
        (tmp_path / name).write_bytes(b"x")
    assert [file.name for file in list_pictures([tmp_path])] == sorted(names)
