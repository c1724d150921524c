from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import CatalogueError

Paint = Callable[..., Path]


def table(tmp_path: Path, text: str, name: str = "paintings.csv") -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def refused(path: Path, **options: object) -> str:
    with pytest.raises(CatalogueError) as caught:
        Catalogue.read(path, **options)  # type: ignore[arg-type]
    return str(caught.value)


# --- folders ---


def test_a_folder_per_artist(tmp_path: Path, paint: Paint) -> None:
    for path in (
        "Claude Monet/b.jpg",
        "Claude Monet/a.JPG",
        "Claude Monet/1870/c.png",
        " Goya /d.jpg",
        ".hidden/e.jpg",
    ):
        paint(path, 0)
    (tmp_path / "Claude Monet" / "notes.txt").touch()
    (tmp_path / "Claude Monet" / ".DS_Store").touch()
    paint("stray.jpg", 0)
    catalogue = Catalogue.read(tmp_path)
    assert list(catalogue.path) == [
        " Goya /d.jpg",
        "Claude Monet/a.JPG",
        "Claude Monet/b.jpg",
        "Claude Monet/1870/c.png",
    ]
    assert list(catalogue.artist) == ["Goya", "Claude Monet", "Claude Monet", "Claude Monet"]
    told = " ".join(catalogue.remarks)
    for part in ("1 hidden files", "1 hidden folders", "(.txt)", "1 pictures outside the artists' folders"):
        assert part in told


def test_links_that_lead_outside_are_left_out(tmp_path: Path, paint: Paint) -> None:
    outside = paint("outside/secret.jpg", 0)
    paint("inside/monet/a.jpg", 0)
    (tmp_path / "inside/monet/b.jpg").symlink_to(outside)
    (tmp_path / "inside/monet/c.jpg").symlink_to(tmp_path / "inside/monet/a.jpg")
    (tmp_path / "inside/manet").symlink_to(tmp_path / "outside")
    catalogue = Catalogue.read(tmp_path / "inside")
    assert list(catalogue.path) == ["monet/a.jpg", "monet/c.jpg"]
    assert any("1 links that lead outside" in remark for remark in catalogue.remarks)
    assert any("1 links to folders" in remark for remark in catalogue.remarks)


def test_a_folder_without_paintings_says_what_was_expected(tmp_path: Path) -> None:
    assert "expected a folder per artist" in refused(tmp_path)
    assert "no such file or folder" in refused(tmp_path / "missing")


def test_no_permission_is_named(tmp_path: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    paint("monet/a.jpg", 0)
    paint("goya/b.jpg", 0)
    scandir = os.scandir

    def locked(path: str) -> object:  # root may read everything, so the system's answer to others stands in
        if str(path).endswith("goya"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", locked)
    catalogue = Catalogue.read(tmp_path)
    assert list(catalogue.path) == ["monet/a.jpg"]
    assert catalogue.remarks == (f"{tmp_path}: left out 1 folders that cannot be read (Permission denied)",)
    file = table(tmp_path, "path,artist\nmonet/a.jpg,Monet\n")

    def no(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("pathlib.Path.open", no)
    assert f"{file}: cannot be read (Permission denied)" in refused(file)


# --- tables ---


def test_a_table_with_columns_carried_through(tmp_path: Path, paint: Paint) -> None:
    paint("x/a.jpg", 0)
    file = table(tmp_path, "artist,year,path,mood\n Claude Monet ,c. 1870,./x//a.jpg,calm\nÉdouard Manet,,x\\b.jpg,\n")
    catalogue = Catalogue.read(file)
    assert list(catalogue.columns) == ["path", "artist", "year", "mood"]
    assert list(catalogue.path) == ["x/a.jpg", "x/b.jpg"]
    assert list(catalogue.artist) == ["Claude Monet", "Édouard Manet"]
    assert list(catalogue.get("year")) == ["c. 1870", ""]
    assert list(catalogue.get("style")) == ["", ""]
    assert catalogue.file(0) == tmp_path / "x/a.jpg"
    assert catalogue.remarks == ()


def test_a_folder_that_holds_one_table(tmp_path: Path, paint: Paint) -> None:
    paint("monet/a.jpg", 0)
    paint("monet/b.jpg", 0)
    table(tmp_path, "path,artist\nmonet/a.jpg,Claude Monet\n")
    table(tmp_path, "year,price\n1870,12\n", "other.csv")
    assert list(Catalogue.read(tmp_path).artist) == ["Claude Monet"]
    table(tmp_path, "path,artist\nmonet/b.jpg,Claude Monet\n", "second.csv")
    assert "several tables could be the catalogue (paintings.csv, second.csv)" in refused(tmp_path)


def test_a_root_elsewhere(tmp_path: Path, paint: Paint) -> None:
    paint("pictures/a.jpg", 0)
    (tmp_path / "tables").mkdir()
    file = table(tmp_path / "tables", "path,artist\na.jpg,Monet\n")
    assert "--root" in refused(file)
    assert Catalogue.read(file, root=tmp_path / "pictures").file(0).exists()
    assert "the root is no folder" in refused(file, root=tmp_path / "nowhere")
    paint("artists/monet/a.jpg", 0)
    assert "leave it out" in refused(tmp_path / "artists", root=tmp_path)


def test_the_artist_under_another_name(tmp_path: Path, paint: Paint) -> None:
    paint("a.jpg", 0)
    file = table(tmp_path, "path,painter,artist\na.jpg,Monet,?\n")
    catalogue = Catalogue.read(file, artist_column="painter")
    assert list(catalogue.artist) == ["Monet"]
    assert list(catalogue.get("artist_in_table")) == ["?"]
    assert "did you mean 'painter'" in refused(file, artist_column="paintr")


def test_no_artist_column(tmp_path: Path) -> None:
    message = refused(table(tmp_path, "path,painter\na.jpg,Monet\n"))
    assert "line 1: no column 'artist' (found: path, painter)" in message
    assert "--artist-column" in message
    assert "no column 'path' (found: file, artist)" in refused(table(tmp_path, "file,artist\na.jpg,Monet\n"))


def test_empty_tables(tmp_path: Path) -> None:
    assert "the table has no rows" in refused(table(tmp_path, "path,artist\n"))
    assert "the table is empty" in refused(table(tmp_path, ""))
    assert "not one row has an artist" in refused(table(tmp_path, "path,artist\na.jpg, \n"))


def test_repeated_rows(tmp_path: Path, paint: Paint) -> None:
    paint("a.jpg", 0)
    file = table(tmp_path, "path,artist\na.jpg,Monet\nb.jpg,\n./a.jpg, Monet\na.jpg,Monet\n")
    catalogue = Catalogue.read(file)
    assert list(catalogue.path) == ["a.jpg"]
    assert len(catalogue.remarks) == 2
    assert f"{file}, line 3: left out, no artist is given" in catalogue.remarks
    assert any(remark.startswith(f"{file}, line 4 and 1 more: left out") for remark in catalogue.remarks)


def test_one_path_by_two_artists(tmp_path: Path) -> None:
    message = refused(table(tmp_path, "path,artist\na.jpg,Monet\nb.jpg,Manet\na.jpg,Manet\n"))
    assert "line 4: 'a.jpg' is by 'Manet' here and by 'Monet' in line 2" in message


def test_artists_of_one_painting_are_fine(tmp_path: Path, paint: Paint) -> None:
    paint("a.jpg", 0)
    assert len(Catalogue.read(table(tmp_path, "path,artist\na.jpg,Monet\nb.jpg,Manet\n"))) == 2


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../a.jpg", "leads upwards"),
        ("x/../../a.jpg", "leads upwards"),
        ("..\\a.jpg", "leads upwards"),
        ("/etc/passwd", "absolute"),
        ("C:\\a.jpg", "absolute"),
        ("\\\\server\\a.jpg", "absolute"),
        ("", "the path is empty"),
        (".", "the path is empty"),
    ],
)
def test_paths_that_leave_the_root(tmp_path: Path, path: str, reason: str) -> None:
    message = refused(table(tmp_path, f"path,artist\nb.jpg,Manet\n{path},Monet\n"))
    assert "line 3" in message
    assert reason in message


def test_links_that_leave_the_root(tmp_path: Path, paint: Paint) -> None:
    outside = paint("outside/a.jpg", 0)
    paint("root/b.jpg", 0)
    (tmp_path / "root/link.jpg").symlink_to(outside)
    (tmp_path / "root/folder").symlink_to(tmp_path / "outside")
    for path in ("link.jpg", "folder/a.jpg"):
        message = refused(table(tmp_path / "root", f"path,artist\nb.jpg,Manet\n{path},Monet\n"))
        assert "line 3" in message
        assert "link" in message


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_written_and_read_again(tmp_path: Path, paint: Paint, suffix: str) -> None:
    paint("pictures/x/a b,c.jpg", 0)
    columns = {
        "path": np.array(["x/a b,c.jpg", "ü.jpg"], dtype=object),
        "artist": np.array(["Monet, Claude", "葛飾 北斎"], dtype=object),
        "title": np.array(["two\nlines", ' "q" '], dtype=object),
    }
    catalogue = Catalogue(tmp_path / "pictures", columns)
    catalogue.write(tmp_path / f"out{suffix}")
    again = Catalogue.read(tmp_path / f"out{suffix}", root=tmp_path / "pictures")
    for name in columns:
        assert list(again.columns[name]) == list(columns[name])


def test_the_shared_paintings(paintings: Path) -> None:
    catalogue = Catalogue.read(paintings)
    assert len(catalogue) == 10_888
    assert len(set(catalogue.artist)) == 506
    assert catalogue.file(0).exists()
    assert catalogue.remarks == ()
