from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from morelli.errors import MorelliError
from morelli.report import write
from morelli.report.write import write_report

FOUR = {"report.md", "report.json", "report.html", "figures.csv"}


def bare(make_evaluation, *, system: str = "triplet-cnn", artists: tuple[str, ...] = ("anna", "bela")):
    """An evaluation with little to draw: what these tests look at are files."""
    made = make_evaluation(groups=("unseen",), negatives=("random",), system=system, artists=artists)
    return replace(made, history=())


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_report_is_a_folder_of_four_files_or_five(make_evaluation, tmp_path: Path) -> None:
    evaluation = bare(make_evaluation)
    write_report(evaluation, tmp_path / "deep" / "out")
    assert names(tmp_path / "deep" / "out") == FOUR
    assert names(tmp_path / "deep") == {"out"}
    write_report(evaluation, tmp_path / "deep" / "out", scores="write")
    assert names(tmp_path / "deep" / "out") == FOUR | {"scores.csv"}
    write_report(evaluation, str(tmp_path / "deep" / "out"))
    assert names(tmp_path / "deep" / "out") == FOUR
    assert names(tmp_path / "deep") == {"out"}


def test_progress_runs_to_its_end(make_evaluation, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_report(bare(make_evaluation), tmp_path / "out", progress=lambda done, total: told.append((done, total)))
    total = told[-1][1]
    assert told == [(done, total) for done in range(1, total + 1)]


def test_names_that_are_no_unicode_are_written_all_the_same(make_evaluation, tmp_path: Path) -> None:
    evaluation = bare(make_evaluation, artists=("caf\udce9", "日本 太郎", "a\tb\n|<script>"))
    write_report(evaluation, tmp_path / "out", scores="write")
    for file in (tmp_path / "out").iterdir():
        assert file.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))


def test_a_folder_with_other_files_is_refused_before_any_work(make_evaluation, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(MorelliError, match=r"holds other files \(thesis\.tex\)"):
        write_report(bare(make_evaluation), tmp_path, progress=lambda done, total: pytest.fail("work was done"))
    assert names(tmp_path) == {"thesis.tex"}


def test_a_file_at_the_place_is_refused(make_evaluation, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(MorelliError, match="is a file, not a folder"):
        write_report(bare(make_evaluation), tmp_path / "out")


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_older_report_whole(
    make_evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    out = tmp_path / "out"
    write_report(bare(make_evaluation), out)
    before = {name: (out / name).read_bytes() for name in FOUR}
    plain = Path.write_bytes

    def write_bytes(self: Path, data: bytes) -> int:
        if self.name == "figures.csv":
            plain(self, data[: len(data) // 2])
            raise failure
        return plain(self, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    expected = MorelliError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_report(bare(make_evaluation, system="another"), out)
    assert {name: (out / name).read_bytes() for name in FOUR} == before
    assert names(tmp_path) == {"out"}


def test_a_failed_exchange_puts_the_older_report_back(
    make_evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_report(bare(make_evaluation), out)
    before = (out / "report.md").read_bytes()
    plain = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError(5, "Input/output error")
        return plain(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(MorelliError, match="cannot be written"):
        write_report(bare(make_evaluation, system="another"), out)
    assert (out / "report.md").read_bytes() == before
    assert names(tmp_path) == {"out"}


def test_a_link_to_a_folder_stays_a_link(make_evaluation, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_report(bare(make_evaluation), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == FOUR


def test_reports_load_neither_matplotlib_nor_jinja2_until_they_are_written() -> None:
    code = f"import sys, {write.__name__}; sys.exit(any(n in sys.modules for n in ('matplotlib', 'jinja2', 'pyvips')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_report_of_real_paintings_holds_their_pictures(make_evaluation, paintings: Path, tmp_path: Path) -> None:
    import csv

    import numpy as np

    with (paintings / "paintings.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(16), strict=False)]
    column = {name: np.array([row[name] for row in rows], dtype=object) for name in ("path", "artist", "style")}
    write_report(replace(bare(make_evaluation), root=str(paintings), **column), tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").count("data:image/jpeg") >= 12
