from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.main import main
from morelli.protocol.split import Split


def _run(*words: str | Path) -> int:
    try:
        main([str(word) for word in words])
    except SystemExit as leave:
        return int(leave.code or 0)
    return 0


@pytest.fixture
def collection(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Twelve artists with three noisy paintings each; one painting is there twice, one file is no picture."""
    root = tmp_path / "collection"
    for artist in range(12):
        folder = root / f"Artist {artist}"
        folder.mkdir(parents=True)
        for number in range(3):
            pixels = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((140, 140), Image.Resampling.BICUBIC).save(
                folder / f"{number}.png", compress_level=1
            )
    Image.open(root / "Artist 0" / "0.png").save(root / "Artist 0" / "0 again.png", compress_level=6)
    (root / "Artist 1" / "broken.png").write_bytes((root / "Artist 1" / "0.png").read_bytes()[:200])
    return root


def test_a_split_is_written_and_reads_back(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "split.json"
    assert _run("data", "split", collection, "--out", out, "--workers", "1") == 0
    said = capsys.readouterr()
    split = Split.from_json(out.read_text(encoding="utf-8"), source=str(out))
    catalogue = Catalogue.read(collection)
    part = split.assign(catalogue)
    aside = set(catalogue.path[part == "set-aside"])
    assert "Artist 1/broken.png" in aside
    assert len(aside & {"Artist 0/0.png", "Artist 0/0 again.png"}) == 1
    assert len(aside) == 2
    lines = said.out.splitlines()
    assert lines[0].split() == ["part", "artists", "paintings", "styles"]
    assert [line.split()[0] for line in lines[1:]] == [
        "train", "test-seen", "validation", "calibration", "test", "set-aside",
    ]  # fmt: skip
    assert "2 paintings set aside" in said.err
    assert "intervals will be wide" in said.err
    assert [path.name for path in out.parent.iterdir()] == ["split.json"]


def test_show_json_seed_and_nothing_written(collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("data", "split", collection, "--duplicates", "keep")
    assert _run(*words, "--show") == 0
    shown = capsys.readouterr()
    assert "artist-11\t" in shown.out
    assert "nothing was written" in shown.err
    assert _run(*words, "--show", "--seed", "1") == 0
    assert capsys.readouterr().out != shown.out
    assert _run(*words, "--json", "--shares", "0,0,50,50") == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["part"]: row["artists"] for row in found["parts"]}["test"] == 6
    assert found["warnings"]
    assert "artists" not in found
    assert _run(*words, "--json", "--show") == 0
    assert len(json.loads(capsys.readouterr().out)["artists"]) == 12


@pytest.mark.parametrize("shares", ["65,10,10", "a,b,c,d", "65,10,10,16", "-5,35,35,35"])
def test_shares_that_are_off(collection: Path, shares: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("data", "split", collection, "--duplicates", "keep", f"--shares={shares}") == 2
    assert "four numbers" in capsys.readouterr().err


def test_too_few_artists_and_a_place_that_cannot_be_written(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    assert _run("data", "split", collection, "--duplicates", "keep", "--out", blocked / "split.json") == 1
    assert "cannot be written" in capsys.readouterr().err
    few = tmp_path / "few"
    few.mkdir()
    for artist in range(3):
        (collection / f"Artist {artist}").rename(few / f"Artist {artist}")
    out = tmp_path / "few.json"
    assert _run("data", "split", few, "--duplicates", "keep", "--out", out) == 1
    assert "3 artists with two or more paintings" in capsys.readouterr().err
    assert not out.exists()


def test_the_competitions_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["path,artist,in_train"]
    for artist in range(30):
        rows += [f"{artist}_{i}.jpg,Artist {artist},{artist % 3 == 0 or (artist % 3 == 1 and i < 2)}" for i in range(4)]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(rows) + "\n")
    for line in rows[1:]:
        (tmp_path / line.split(",")[0]).touch()
    words = ("data", "split", table, "--duplicates", "keep", "--json")
    assert _run(*words) == 0
    assert "--parts kaggle" in capsys.readouterr().err
    assert _run(*words, "--parts", "kaggle") == 0
    parts = {row["part"]: row["artists"] for row in json.loads(capsys.readouterr().out)["parts"]}
    assert parts == {
        "train": 16, "test-seen": 10, "validation": 2, "calibration": 2, "test": 10, "set-aside": 0,
    }  # fmt: skip


def test_a_training_picture_that_repeats_a_test_picture_is_set_aside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The smaller copy is the test's, which an audit would drop and the competition's parts keep: then the larger one goes."""
    rng, rows = np.random.default_rng(0), ["path,artist,in_train"]
    for artist in range(30):
        for i in range(3):
            coarse = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
            Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC).save(tmp_path / f"{artist}_{i}.png")
            rows.append(f"{artist}_{i}.png,Artist {artist},{artist % 3 == 0 or (artist % 3 == 1 and i < 2)}")
    with Image.open(tmp_path / "1_0.png") as trained:
        trained.resize((60, 60)).save(tmp_path / "1_2.png")
    table, out = tmp_path / "table.csv", tmp_path / "split.json"
    table.write_text("\n".join(rows) + "\n")
    assert _run("data", "split", table, "--parts", "kaggle", "--out", out) == 0
    assert json.loads(out.read_text())["set_aside"] == ["1_0.png"]
    assert "1 paintings set aside, such as 1_0.png (shows the same work as a test picture)" in capsys.readouterr().err
