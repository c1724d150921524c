"""From a catalogue to a model folder: what it says of itself is what was done, and a failure at the end leaves no folder."""

import json
import re
from hashlib import sha256

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.conftest import TINY

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError, TrainingError
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import read_history
from morelli.model.folder import open_model_folder
from morelli.model.model import load
from morelli.protocol.split import make_split
from morelli.systems.parameters import count_parameters
from morelli.systems.read import check_system, read_system
from morelli.training.run import Run
from morelli.training.train import licence_words, train


@pytest.fixture(scope="module")
def catalogue(studio_folder):
    return Catalogue.read(studio_folder)


@pytest.fixture(scope="module")
def part(catalogue):
    return make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)


def test_what_a_model_says_of_itself_is_what_was_done(tiny_model, catalogue, part):
    folder = open_model_folder(tiny_model)
    said = folder.description
    system = read_system("demo-cnn", changes=TINY)
    assert check_system(said.system, place="x") == system
    assert said.parameters == count_parameters(system)["total"]
    assert (said.embedding, said.view.size, said.similarity) == (8, 32, system.similarity)
    names = artist_names(catalogue)
    counts = {name: (len(set(names[part == name])), int((part == name).sum())) for name in ("train", "validation")}
    assert said.training["artists"] == f"{counts['train'][0]} trained, {counts['validation'][0]} validation"
    assert said.training["paintings"] == f"{counts['train'][1]} trained, {counts['validation'][1]} validation"
    assert re.fullmatch(r"2 of 2, the best: [12]", said.training["epochs"])
    history = read_history(load(tiny_model))
    chosen = [int(row["epoch"]) for row in history if row.get("chosen") == 1.0]
    assert said.training["epochs"].endswith(f"the best: {chosen[0]}")
    assert len(chosen) == 1
    assert max(row["validation_auc"] for row in history) == history[chosen[0] - 1]["validation_auc"]
    assert said.training["seed"] == "0"
    assert set(said.versions) == {"morelli", "python", "torch"}
    for name, digest in said.files.items():
        assert sha256((tiny_model / name).read_bytes()).hexdigest() == digest
    assert load(tiny_model).decision.fitted_on.endswith("5 calibration artists")


def test_a_failure_at_the_end_leaves_no_model_and_what_can_be_taken_up(catalogue, part, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ModelError("no calibration today")

    monkeypatch.setattr("morelli.training.train.fit_model_decisions", fail)
    run = Run(folder=tmp_path / "m.training", cache=tmp_path / "cache", device="cpu")
    system = read_system("demo-cnn", changes=TINY)
    with pytest.raises(ModelError, match="no calibration today"):
        train(system, catalogue, part, out=tmp_path / "m", run=run)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "m.training"]
    assert (tmp_path / "m.training" / "checkpoint.pt").exists()


def test_a_model_is_replaced_only_where_that_is_asked_for_and_by_a_whole_one(catalogue, part, tmp_path):
    run = Run(folder=tmp_path / "m.training", cache=tmp_path / "cache", device="cpu")
    system = read_system("demo-cnn", changes=[*TINY, "schedule.epochs=1"])
    first = train(system, catalogue, part, out=tmp_path / "m", run=run)
    with pytest.raises(TrainingError, match="is taken"):
        train(system, catalogue, part, out=tmp_path / "m", run=run)
    other = read_system("demo-cnn", changes=[*TINY, "schedule.epochs=1", "objective.margin=0.5"])
    second = train(other, catalogue, part, out=tmp_path / "m", run=run, replace=True)
    assert first.id != second.id
    assert json.loads((tmp_path / "m" / "model.json").read_text())["system"]["objective"]["margin"] == 0.5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "m", "m.training"]


def test_pictures_that_cannot_be_used_are_left_out_and_counted(catalogue, part, tmp_path, studio_folder):
    import shutil

    root = shutil.copytree(studio_folder, tmp_path / "paintings")
    mine = Catalogue.read(root)
    bad = [int(np.flatnonzero(part == name)[0]) for name in ("train", "validation", "calibration")]
    mine.file(bad[0]).write_bytes(b"no picture")
    mine.file(bad[1]).unlink()
    mine.file(bad[2]).write_bytes(b"")
    said = []
    run = Run(folder=tmp_path / "t", cache=tmp_path / "c", device="cpu", remark=said.append)
    system = read_system("demo-cnn", changes=[*TINY, "schedule.epochs=1"])
    model = load(train(system, mine, part, out=tmp_path / "m", run=run).path)
    assert model.folder.description.training["pictures skipped"] == "2"
    assert sum(line.startswith("skipped ") for line in said) == 3
    assert len(model.trained_on.pictures["train"]) == int((part == "train").sum()) - 1
    assert len(model.trained_on.pictures["validation"]) == int((part == "validation").sum()) - 1


def test_the_licence_says_how_many_pictures_are_marked(tmp_path):
    marks = np.array(["1", "0", "1", "1"], dtype=object)
    columns = {"path": np.array(list("abcd"), dtype=object), "artist": np.array(list("aabb"), dtype=object)}
    rows = np.array([0, 1, 2])
    assert "2 of 3 are marked public_domain = 1" in licence_words(
        Catalogue(tmp_path, {**columns, "public_domain": marks}), rows
    )
    assert licence_words(Catalogue(tmp_path, columns), rows) == "that of the training pictures; see the catalogue"
