from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.statistics import describe
from morelli.cli.data_stats import command

ROWS = "path,painter,style\na.jpg,anna,Cubism\nb.jpg,anna,Cubism\nc.jpg,bela,\n"


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command()(command)
    return app


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "paintings.csv"
    path.write_text(ROWS, encoding="utf-8")
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).touch()
    return path


def test_the_table_is_printed(app: typer.Typer, table: Path) -> None:
    result = CliRunner().invoke(app, [str(table), "--artist-column", "painter"])
    assert result.exit_code == 0, result.output
    assert "| Paintings                          |     3 |" in result.stdout
    assert "| (unknown) |         1 |       1 |" in result.stdout


def test_json_is_all_that_standard_output_holds(app: typer.Typer, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "stats"
    result = CliRunner().invoke(app, [str(table), "--artist-column", "painter", "--json", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["artists"] == 2
    assert json.loads(result.stdout) == json.loads((out / "stats.json").read_text(encoding="utf-8"))
    assert "paintings-per-style.png" in result.stderr
    assert len(list(out.iterdir())) == 6


def test_real_paintings(app: typer.Typer, paintings: Path) -> None:
    table = paintings / "paintings.csv"
    result = CliRunner().invoke(app, [str(table), "--json"])
    read = json.loads(result.stdout)
    assert (read["paintings"], read["artists"]) == (10_888, 506)
    assert {one["style"]: one["paintings"] for one in read["styles"]}["Impressionism"] == 2_846
    assert read["paintings_by"] == dict(describe(Catalogue.read(table)).paintings_by)
