"""`morelli train` as it is typed: what it says before it begins, early stopping, going on, and what is refused at once."""

import csv
import io
import re

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.conftest import TINY

from morelli.model.folder import open_model_folder
from morelli.training.trainer import Trainer


@pytest.fixture
def train(run, studio_folder, split_file, tmp_path, monkeypatch):
    """Train from the command line; return (exit status, standard output, standard error)."""
    monkeypatch.setenv("MORELLI_CACHE", str(tmp_path / "cache"))

    def train(*more, catalogue=studio_folder, split=split_file, out=tmp_path / "m", changes=()):
        words = ["train", "demo-cnn", catalogue, "--split", split, "--out", out, "--device", "cpu", *more]
        for change in (*TINY, *changes):
            words += ["--set", change]
        return run(*words)

    return train


def epochs(folder):
    """Return (epochs trained, the best one) as the model says."""
    found = re.fullmatch(r"(\d+) of \d+, the best: (\d+)", open_model_folder(folder).description.training["epochs"])
    return int(found[1]), int(found[2])


@pytest.fixture
def steps(monkeypatch):
    """Count the steps that are done."""
    done = []
    plain = Trainer.step

    def step(self, epoch, number, *, rate):
        done.append((epoch, number))
        return plain(self, epoch, number, rate=rate)

    monkeypatch.setattr(Trainer, "step", step)
    return done


def test_patience_ends_a_training_and_a_resume_does_not_train_on(train, tmp_path, steps):
    patience = ("schedule.epochs=60", "schedule.steps=[]", "schedule.patience=3")
    code, _, _ = train("--keep", changes=patience)
    assert code == 0
    trained, best = epochs(tmp_path / "m")
    assert trained - best == 3
    assert trained < 60
    assert {epoch for epoch, _ in steps} == set(range(trained))
    history = list(csv.DictReader(io.StringIO((tmp_path / "m" / "history.csv").read_text())))
    auc = [float(row["validation_auc"]) for row in history]
    assert int(np.argmax(auc)) + 1 == best
    assert max(auc[best:]) <= auc[best - 1]

    first = open_model_folder(tmp_path / "m")
    (tmp_path / "m").rename(tmp_path / "former")
    steps.clear()
    code, _, err = train("--keep", "--resume", changes=patience)
    assert code == 0
    assert steps == []
    assert "nothing to resume" not in err
    again = open_model_folder(tmp_path / "m")
    assert epochs(tmp_path / "m") == (trained, best)
    assert again.read("history.csv") == open_model_folder(tmp_path / "former").read("history.csv")
    assert again.read("calibration.json") == open_model_folder(tmp_path / "former").read("calibration.json")
    assert first.description.system == again.description.system


def test_more_patience_is_another_run_and_says_so(train, tmp_path):
    assert train("--keep")[0] == 0
    (tmp_path / "m").rename(tmp_path / "former")
    code, _, err = train("--resume", changes=["schedule.patience=7"])
    assert code == 1
    assert "this checkpoint is of another run" in err


def test_what_it_says_before_it_begins(train):
    code, _, err = train("--budget", "2s")
    assert code == 0
    lines = err.splitlines()
    assert lines[0].startswith("train 63 paintings, 9 artists; validation 45 paintings, 5 artists; calibration 45")
    assert "9 training artists with two paintings are few" in lines[1]
    assert lines[2] == "training takes at most 2 s, by --budget; calibration and export come after it"


def test_checkpoints_go_when_the_model_is_there_and_stay_where_they_are_wanted(train, tmp_path):
    assert train()[0] == 0
    assert sorted(p.name for p in (tmp_path / "m.training").iterdir()) == ["history.csv", "tensorboard"]
    assert train("--keep", out=tmp_path / "kept")[0] == 0
    assert {"checkpoint.pt", "best.safetensors"} < {p.name for p in (tmp_path / "kept.training").iterdir()}
    code, _, err = train("--resume", out=tmp_path / "new")
    assert code == 0
    assert "nothing to resume; the training starts anew" in err


@pytest.mark.parametrize(
    "budget", ["0", "0s", "-1h", "inf", "nan", "2 hours", "1h30m", "1e3s", "400d", "", "0.5s", "9" * 400 + "s"]
)
def test_a_budget_that_is_none_names_its_range(train, tmp_path, budget):
    code, out, err = train(f"--budget={budget}")
    assert (code, out) == (2, "")
    assert "--budget" in err
    assert "write a time from 1s to 365d, as 90s, 45m, 2h or 1d" in " ".join(err.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--seed=-1"], "--seed"),
        (["--seed", "9223372036854775808"], "--seed"),
        (["--seed", "1.5"], "--seed"),
        (["--workers", "0"], "--workers"),
        (["--workers", "100000"], "--workers"),
    ],
)
def test_a_number_out_of_range_names_its_option(train, tmp_path, words, option):
    code, out, err = train(*words)
    assert (code, out) == (2, "")
    assert option in err
    assert list(tmp_path.iterdir()) == []


def test_the_largest_seed_is_one(train, tmp_path):
    code, _, err = train("--seed", "9223372036854775807", changes=["schedule.epochs=1"])
    assert code == 0, err
    assert open_model_folder(tmp_path / "m").description.training["seed"] == "9223372036854775807"


def test_a_device_that_is_not_there_is_said_before_pictures_are_opened(train, tmp_path):
    code, _, err = train("--device", "cuda:9")
    assert code == 1
    assert "device 'cuda:9' cannot be used here" in err
    assert "try --device cpu" in err
    assert list(tmp_path.iterdir()) == []


def test_a_column_of_another_name_and_a_split_that_is_drawn(run, studio_folder, tmp_path):
    rows = [(path.relative_to(studio_folder), path.parent.name) for path in sorted(studio_folder.rglob("*.jpg"))]
    table = tmp_path / "mine.csv"
    table.write_text("path,painter\n" + "".join(f"{path},{name}\n" for path, name in rows))
    words = ["train", "demo-cnn", table, "--root", studio_folder, "--out", tmp_path / "m"]
    code, _, err = run(*words)
    assert (code, f"{table}, line 1: no column 'artist'" in err) == (1, True)
    few = tmp_path / "few.csv"
    few.write_text("path,painter\n" + "".join(f"{path},{name}\n" for path, name in rows[:6]))
    code, _, err = run("train", "demo-cnn", few, *words[3:], "--artist-column", "painter")
    assert code == 1
    assert "near duplicates are not looked for" in err
    assert f"{few}: " in err.splitlines()[-1]
