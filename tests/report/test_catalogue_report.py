from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.statistics import describe
from morelli.errors import MorelliError
from morelli.report.catalogue_report import MOST_ARTISTS, stats_json, stats_text, write_catalogue_report

PICTURES = {f"paintings-per-{what}.{kind}" for what in ("artist", "style") for kind in ("svg", "png")}


def catalogue(artists: int = 3, *, style: str = "Cubism") -> Catalogue:
    artist = np.array([f"painter {n}|<b>" for n in range(artists) for _ in range(n + 1)], dtype=object)
    path = np.array([f"{n}.jpg" for n in range(len(artist))], dtype=object)
    return Catalogue(Path(), {"path": path, "artist": artist, "style": np.array([style] * len(artist), dtype=object)})


def test_the_folder_holds_tables_and_figures_and_keeps_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    files = write_catalogue_report(describe(catalogue()), tmp_path, name="my paintings")
    assert {file.name for file in files} == {"stats.md", "stats.json"} | PICTURES
    assert {entry.name for entry in tmp_path.iterdir()} == {"stats.md", "stats.json", "notes.txt"} | PICTURES
    text = (tmp_path / "stats.md").read_text(encoding="utf-8")
    assert text.startswith("# my paintings\n")
    assert "](paintings-per-style.svg)" in text


def test_without_styles_there_is_no_figure_of_styles(tmp_path: Path) -> None:
    files = write_catalogue_report(describe(catalogue(style="")), tmp_path / "new" / "folder", name="c")
    assert not any("style" in file.name for file in files)
    assert "per-style" not in (tmp_path / "new" / "folder" / "stats.md").read_text(encoding="utf-8")


def test_json_is_the_statistics(tmp_path: Path) -> None:
    statistics = describe(catalogue())
    read = json.loads(stats_json(statistics, name="c"))
    assert read.pop("schema_version") == 1
    assert read.pop("catalogue") == "c"
    assert read == statistics.to_dict()


def test_the_text_counts_every_painting_once() -> None:
    statistics = describe(catalogue(artists=MOST_ARTISTS + 5))
    last = stats_text(statistics).split("| artist ")[1].splitlines()[2:]
    counts = [int(line.rsplit("|", 2)[1].replace(",", "")) for line in last if line.startswith("|")]
    assert sum(counts) == statistics.paintings
    assert len(counts) == MOST_ARTISTS + 1
    assert r"painter 24\|&lt;b&gt;" in last[0]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MorelliError, match="cannot be written"):
        write_catalogue_report(describe(catalogue()), tmp_path / "file" / "stats", name="c")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_all_files_are_written_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Path.write_bytes

    def write_bytes(self: Path, data: bytes) -> int:
        if ".svg." in self.name:
            plain(self, data[:10])
            raise OSError(28, "No space left on device")
        return plain(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    (tmp_path / "mine.txt").touch()
    with pytest.raises(MorelliError, match=r"No space left"):
        write_catalogue_report(describe(catalogue()), tmp_path, name="x")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
