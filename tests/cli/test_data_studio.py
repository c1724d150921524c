from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.data_studio import command
from morelli.errors import CatalogueError, PictureError


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command()(command)
    return app


def test_a_studio_and_its_sheet(app: typer.Typer, tmp_path: Path) -> None:
    out, sheet = tmp_path / "studio", tmp_path / "sheet.jpg"
    words = ["--painters", "3", "--paintings", "2", "--size", "64", "--styles", "2", "--sheet", str(sheet)]
    result = CliRunner().invoke(app, [str(out), *words])
    assert result.exit_code == 0, result.output
    assert "6 paintings by 3 painters of 2 styles, 64 px" in result.stdout
    catalogue = Catalogue.read(out)
    assert len(catalogue) == 6
    assert len(set(catalogue.artist)) == 3
    assert sheet.stat().st_size > 1000


def test_the_seed_is_all_that_matters(app: typer.Typer, tmp_path: Path) -> None:
    found = []
    for name, seed in [("a", "1"), ("b", "1"), ("c", "2")]:
        words = ["--painters", "1", "--paintings", "1", "--size", "48", "--seed", seed]
        CliRunner().invoke(app, [str(tmp_path / name), *words])
        found.append(b"".join(p.read_bytes() for p in (tmp_path / name).rglob("*.jpg")))
    assert found[0] == found[1] != found[2]


def test_a_full_folder_and_a_strange_sheet_are_refused_before_painting(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    assert isinstance(CliRunner().invoke(app, [str(tmp_path)]).exception, CatalogueError)
    result = CliRunner().invoke(app, [str(tmp_path / "new"), "--sheet", "sheet.gif"])
    assert isinstance(result.exception, PictureError)
    assert not (tmp_path / "new").exists()


def test_words_that_are_off(app: typer.Typer, tmp_path: Path) -> None:
    for words in (["--painters", "0"], ["--size", "8"], ["--styles", "9"], ["--seed", "-1"]):
        assert CliRunner().invoke(app, [str(tmp_path / "s"), *words]).exit_code == 2
