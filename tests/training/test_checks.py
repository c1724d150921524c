"""What would fail at the end of a training is said before anything is decoded."""

import importlib.util

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.conftest import TINY

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import MissingExtraError, TrainingError
from morelli.protocol.split import make_split
from morelli.systems.read import read_system
from morelli.training.checks import check_before, what_the_data_allow
from morelli.training.run import Run
from morelli.training.train import train


@pytest.fixture
def catalogue(studio_folder):
    return Catalogue.read(studio_folder)


@pytest.fixture
def part(catalogue):
    return make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)


@pytest.fixture
def start(catalogue, part, tmp_path, monkeypatch):
    """Start a training that must not come to its first picture; the words of its error."""

    def start(*, error=TrainingError, catalogue=catalogue, part=part, changes=(), **run):
        monkeypatch.setattr(
            "morelli.training.end_to_end.cache_pixels", lambda *_, **__: pytest.fail("pictures were opened")
        )
        settings = {"folder": tmp_path / "m.training", "cache": tmp_path / "cache", "device": "cpu"} | run
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(error) as caught:
            train(
                read_system("demo-cnn", changes=[*TINY, *changes]),
                catalogue,
                part,
                out=tmp_path / "m",
                run=Run(**settings),
            )
        assert sorted(tmp_path.rglob("*")) == before
        return str(caught.value)

    return start


def few(part, catalogue, name, count, *, paintings=99):
    """Keep so many artists of a part, with so many paintings at most; the rest is set aside."""
    kept = sorted(set(catalogue.artist[part == name]))[:count]
    left = part.copy()
    for artist in sorted(set(catalogue.artist[part == name])):
        rows = np.flatnonzero((part == name) & (catalogue.artist == artist))
        left[rows[paintings if artist in kept else 0 :]] = "set-aside"
    return left


def test_a_sound_start_passes_and_leaves_nothing(catalogue, part, tmp_path):
    run = Run(folder=tmp_path / "m.training", cache=tmp_path / "cache", device="cpu")
    system = read_system("demo-cnn", changes=list(TINY))
    check_before(system, catalogue, part, out=tmp_path / "m", run=run, replace=False)
    assert list(tmp_path.iterdir()) == []


def test_places(start, tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "thesis").write_text("years of work")
    assert "m: is taken" in start()
    (tmp_path / "m" / "thesis").unlink()
    (tmp_path / "file").write_text("x")
    assert "file: is a file, not a folder" in start(folder=tmp_path / "file")
    assert "file/run: cannot be written" in start(folder=tmp_path / "file" / "run")
    said = start(cache=tmp_path / "file")
    assert "file: is a file, not a folder; choose another place for decoded pictures, in MORELLI_CACHE" in said


@pytest.mark.parametrize("device", ["cuda:7", "meta", "gpu", ""])
def test_a_device_that_is_not_there(start, device):
    assert f"device {device!r} cannot be used here" in start(device=device)


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "tensorboard"])
def test_a_package_that_is_wanted_only_at_the_end(start, monkeypatch, package):
    plain = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else plain(name))
    assert f"{package!r}) needs the 'train' extra: pip install 'morelli[train]'" in start(error=MissingExtraError)


def test_too_few_artists(start, part, catalogue):
    assert "3 training artists with two usable paintings; 4 are the least" in start(
        part=few(part, catalogue, "train", 3)
    )
    said = start(part=few(part, catalogue, "train", 9, paintings=1))
    assert "0 training artists with two usable paintings" in said
    said = start(part=few(part, catalogue, "calibration", 1))
    assert "1 calibration artists with two paintings; 2 are the least" in said
    assert "0 calibration artists" in start(part=few(part, catalogue, "calibration", 0))


@pytest.mark.parametrize("objective", ["true", "false"])
def test_no_validation_pair(start, part, catalogue, objective):
    changes = [f"objective.pair_triplet={objective}"]
    for left in (few(part, catalogue, "validation", 0), few(part, catalogue, "validation", 1)):
        assert "no pair of validation artists" in start(part=left, changes=changes)
    said = start(part=few(part, catalogue, "validation", 5, paintings=1), changes=changes)
    assert "no pair of validation artists: no artist among 5 paintings has two" in said
    assert "split again with a larger share for validation" in said


def test_files_that_are_not_there_do_not_count(start, part, catalogue, tmp_path):
    empty = Catalogue(tmp_path / "elsewhere", catalogue.columns)
    assert "0 training artists" in start(catalogue=empty)


def test_what_the_data_allow_is_said_in_figures(catalogue, part):
    counts, little = what_the_data_allow(catalogue, part)
    assert counts.startswith("train 63 paintings, 9 artists; validation 45 paintings, 5 artists; calibration 45")
    assert "9 training artists with two paintings are few" in little
    assert "calibrate a trained model instead" in little
    artist = np.array([f"artist {k // 2}" for k in range(100)], dtype=object)
    many = Catalogue(catalogue.root, {"path": artist, "artist": artist})
    assert len(what_the_data_allow(many, np.full(100, "train", dtype=object))) == 1
    assert len(what_the_data_allow(many, np.where(np.arange(100) < 98, "train", "test").astype(object))) == 2


def test_the_least_that_is_let_through_comes_to_a_model(catalogue, part, tmp_path):
    """Two artists to calibrate on, two to validate on, four to train on: no more is refused at the start than fails at the end."""
    least = few(few(few(part, catalogue, "train", 4), catalogue, "validation", 2), catalogue, "calibration", 2)
    run = Run(folder=tmp_path / "m.training", cache=tmp_path / "cache", device="cpu")
    system = read_system("demo-cnn", changes=[*TINY, "schedule.epochs=1", "schedule.steps=[]"])
    model = train(system, catalogue, least, out=tmp_path / "m", run=run)
    assert model.description.training["artists"] == "4 trained, 2 validation"


@pytest.mark.parametrize(("count", "blocks", "said"), [(5, "layers", True), (6, "layers", False), (5, "all", False)])
def test_a_back_end_a_layer_wants_six_artists(catalogue, part, tmp_path, count, blocks, said):
    left = few(part, catalogue, "train", count)
    left[left == "validation"] = "set-aside"
    system = read_system("lite0-lda", changes=[f'objective.blocks="{blocks}"', "cohort.neighbours=3"])
    run = Run(folder=tmp_path / "m.training", cache=tmp_path / "cache", device="cpu")
    words = f"{count} training and validation artists with two usable paintings; 6 are the least"
    if said:
        with pytest.raises(TrainingError, match=words):
            check_before(system, catalogue, left, out=tmp_path / "m", run=run, replace=False)
    else:
        check_before(system, catalogue, left, out=tmp_path / "m", run=run, replace=False)
