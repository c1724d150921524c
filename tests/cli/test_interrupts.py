"""A real signal in the middle of a real command: it ends with 130, says so, and leaves nothing half-written."""

import os
import signal
import subprocess
import sys

import pytest
from tests.conftest import TINY

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

# Runs a command and sends its own process a signal when a function is called for the n-th time: in the middle, every time.
CODE = """
import importlib, os, signal, sys
place, name, count, number = sys.argv[1].split(":"), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
owner = importlib.import_module(place[0])
for part in place[1:]:
    owner = getattr(owner, part)
plain, calls = getattr(owner, name), 0
def interrupted(*given, **named):
    global calls
    calls += 1
    if calls == count:
        os.kill(os.getpid(), number)
    return plain(*given, **named)
setattr(owner, name, interrupted)
from morelli.cli.main import main
main(sys.argv[5:])
"""


@pytest.fixture
def interrupt(tmp_path):
    """Run words and interrupt them; return standard error. The command must end with 130."""

    def interrupt(words, *, place, name, count=1, number=signal.SIGINT):
        command = [sys.executable, "-c", CODE, place, name, str(count), str(int(number)), *map(str, words)]
        environment = {**os.environ, "MORELLI_CACHE": str(tmp_path / "cache")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 130, done.stderr
        assert "morelli: interrupted; nothing half-written was left" in done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    return interrupt


def left(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if "cache" not in path.parts)


@pytest.fixture
def pairs(tmp_path, pictures):
    table = tmp_path / "pairs.csv"
    rows = [f"{pictures[k % 3].name},{pictures[(k + 1) % 3].name}\n" for k in range(40_000)]
    table.write_text("image1,image2\n" + "".join(rows))
    return table


@pytest.mark.parametrize(
    ("place", "name", "number"),
    [
        ("morelli.model.encoder:OpenVinoEncoder", "encode", signal.SIGINT),
        ("morelli.model.score", "_similarity", signal.SIGTERM),
    ],
)
def test_score(interrupt, tiny_model, pictures, pairs, tmp_path, place, name, number):
    out = tmp_path / "out" / "scores.csv"
    words = ["score", tiny_model, pairs, "--root", pictures[0].parent, "--out", out]
    interrupt(words, place=place, name=name, count=1 if name == "encode" else 2, number=number)
    assert left(tmp_path) == ["pairs.csv"]
    out.parent.mkdir()
    out.write_text("older scores")
    interrupt(words, place=place, name=name, number=number)
    assert out.read_text() == "older scores"
    assert left(tmp_path) == ["out", "out/scores.csv", "pairs.csv"]


@pytest.mark.parametrize(
    ("place", "name", "count", "number"),
    [
        ("morelli.model.encoder:OpenVinoEncoder", "encode", 3, signal.SIGTERM),
        ("morelli.model.embedding_table", "_copy", 1, signal.SIGINT),
    ],
)
def test_embed(interrupt, tiny_model, studio_folder, tmp_path, place, name, count, number):
    words = ["embed", tiny_model, studio_folder, "--out", tmp_path / "new" / "e.parquet"]
    interrupt(words, place=place, name=name, count=count, number=number)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("place", "name", "count", "number"),
    [
        ("morelli.model.encoder:OpenVinoEncoder", "encode", 2, signal.SIGINT),
        ("morelli.report.write", "page", 1, signal.SIGTERM),
    ],
)
def test_evaluate(interrupt, tiny_model, studio_folder, split_file, tmp_path, place, name, count, number):
    words = ["evaluate", tiny_model, studio_folder, "--split", split_file, "--resamples", "20"]
    interrupt([*words, "--out", tmp_path / "report"], place=place, name=name, count=count, number=number)
    assert left(tmp_path) == []


def test_calibrate(interrupt, tiny_model, studio_folder, tmp_path):
    words = ["calibrate", tiny_model, studio_folder, "--out", tmp_path / "ours"]
    interrupt(words, place="morelli.model.encoder:OpenVinoEncoder", name="encode", count=2)
    assert left(tmp_path) == []


def train_words(studio_folder, split_file, tmp_path):
    words = ["train", "demo-cnn", studio_folder, "--split", split_file, "--out", tmp_path / "m"]
    return words + [word for change in TINY for word in ("--set", change)]


def test_train_before_there_is_a_checkpoint(interrupt, studio_folder, split_file, tmp_path):
    words = train_words(studio_folder, split_file, tmp_path)
    said = interrupt(words, place="morelli.training.trainer:Trainer", name="step", count=2)
    assert "--resume" not in said
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("place", "name", "count"),
    [("morelli.training.trainer:Trainer", "step", 8), ("morelli.training.end_to_end", "export_encoder", 1)],
)
def test_train_once_there_is_one(interrupt, studio_folder, split_file, tmp_path, place, name, count):
    words = train_words(studio_folder, split_file, tmp_path)
    said = interrupt(words, place=place, name=name, count=count, number=signal.SIGTERM)
    assert "m.training: the training can be taken up from its last checkpoint with --resume" in said
    assert not (tmp_path / "m").exists()
    assert {"m.training/checkpoint.pt", "m.training/best.safetensors", "m.training/history.csv"} < set(left(tmp_path))
    assert not [name for name in left(tmp_path) if ".part" in name]


def test_data_studio_and_demo(interrupt, tmp_path):
    words = ["data", "studio", tmp_path / "studio", "--painters", "4", "--paintings", "4", "--size", "32"]
    interrupt(words, place="morelli.studio.studio:Studio", name="paint", count=5, number=signal.SIGTERM)
    interrupt(
        ["demo", "--train", "--out", tmp_path / "demo", "--painters", "24", "--paintings", "8"],
        place="morelli.study.training_demo",
        name="make_split",
    )
    assert left(tmp_path) == []


def test_a_signal_that_is_ignored_stays_ignored(tiny_model, pictures, tmp_path):
    """As nohup has it: a closed terminal is nothing to a command that was told so."""
    code = CODE.replace(
        "import importlib, os, signal, sys", "import importlib, os, signal, sys\nsignal.signal(1, signal.SIG_IGN)"
    )
    words = ["compare", *pictures[:2], "--model", tiny_model]
    command = [
        sys.executable,
        "-c",
        code,
        "morelli.model.encoder:OpenVinoEncoder",
        "encode",
        "1",
        "1",
        *map(str, words),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0
    assert "artist" in done.stdout
