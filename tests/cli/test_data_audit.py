from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from morelli.cli.data_audit import command
from morelli.errors import CatalogueError, SplitError
from morelli.protocol.split import Split


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    for artist in ("monet", "goya"):
        (tmp_path / "pictures" / artist).mkdir(parents=True)
        for i in range(3):
            coarse = Image.fromarray(rng.integers(0, 256, size=(12, 12, 3), dtype=np.uint8))
            coarse.resize((150, 150), Image.Resampling.BICUBIC).save(tmp_path / "pictures" / artist / f"{i}.png")
    (tmp_path / "pictures/monet/empty.jpg").touch()
    (tmp_path / "pictures/monet/copy.png").write_bytes((tmp_path / "pictures/monet/0.png").read_bytes())
    return tmp_path / "pictures"


def run(*words: str) -> tuple[int, str, str, BaseException | None]:
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr, result.exception


def test_summary_and_files(folder: Path, tmp_path: Path) -> None:
    code, out, err, _ = run(str(folder), "--out", str(tmp_path / "audit"))
    assert code == 0
    assert "8 paintings" in out
    assert "1 cannot be opened" in out
    assert "6 left once cleaned" in out
    assert "cleaned.csv" in err
    assert (tmp_path / "audit/cleaned.csv").read_text().count("\n") == 7


def test_json(folder: Path) -> None:
    code, out, _, _ = run(str(folder), "--json")
    assert code == 0
    found = json.loads(out)
    assert found["unreadable"] == {"monet/empty.jpg": "the file is empty (0 bytes)"}
    assert found["identical"] == [["monet/0.png", "monet/copy.png"]]


def test_split(folder: Path, tmp_path: Path) -> None:
    split = Split(artists={"monet": "train", "goya": "test"}, test_seen=frozenset({"monet/copy.png"}))
    (tmp_path / "split.json").write_text(split.to_json())
    code, out, _, _ = run(str(folder), "--split", str(tmp_path / "split.json"), "--json")
    assert code == 0
    assert json.loads(out)["across_parts"] == [["monet/0.png", "monet/copy.png"]]


def test_a_split_of_other_data_is_told(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "split.json"
    file.write_text(Split(artists={"vermeer": "train"}).to_json())
    _, _, _, error = run(str(folder), "--split", str(file))
    assert isinstance(error, SplitError)
    assert "has none of the artists" in str(error)
    file.write_text(Split(artists={"goya": "train"}, set_aside=frozenset({"goya/gone.png"})).to_json())
    code, _, err, _ = run(str(folder), "--split", str(file))
    assert code == 0
    assert "1 of 2 artists are not in the split: 'monet'" in err
    assert "'goya/gone.png'" in err


def test_a_catalogue_that_cannot_be_read(tmp_path: Path) -> None:
    _, _, _, error = run(str(tmp_path / "nowhere"))
    assert isinstance(error, CatalogueError)
