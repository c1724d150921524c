"""How a training is run: devices, and what a run is known by."""

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.errors import TrainingError  # noqa: E402
from morelli.systems.read import read_system, system_names  # noqa: E402
from morelli.systems.system import System  # noqa: E402
from morelli.training.run import choose_device, chosen, run_identity  # noqa: E402


def test_a_device_is_what_torch_calls_so(monkeypatch):
    assert choose_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == torch.device("cpu")


@pytest.mark.parametrize("name", ["meta", "cuda:99", "gpu", "cpu:x", ""])
def test_a_device_that_cannot_be_used_names_itself_and_the_way_out(name):
    with pytest.raises(TrainingError) as error:
        choose_device(name)
    assert str(error.value).startswith(f"device {name!r} cannot be used here: ")
    assert str(error.value).endswith("; try --device cpu")
    assert "\n" not in str(error.value)


@pytest.fixture
def made(tmp_path):
    names = np.array(["a", "a", "b"], dtype=object)
    paths = np.array(["a/1.jpg", "a/2.jpg", "b/1.jpg"], dtype=object)
    part = np.array(["train", "test-seen", "validation"], dtype=object)
    return read_system("demo-cnn"), Catalogue(tmp_path, {"path": paths, "artist": names}), part


def test_a_run_is_known_by_all_that_its_course_follows_from_and_by_nothing_else(made, tmp_path):
    system, catalogue, part = made
    known = run_identity(system, catalogue, part, 0)
    elsewhere = Catalogue(tmp_path / "moved", {**catalogue.columns, "title": catalogue.artist})
    assert run_identity(msgspec.structs.replace(system), elsewhere, part.copy(), 0) == known

    changed = [
        (read_system("demo-cnn", changes=["schedule.patience=3"]), catalogue, part, 0),
        (read_system("demo-cnn", changes=["objective.margin=2"]), catalogue, part, 0),
        (system, catalogue, part[::-1], 0),
        (system, catalogue.select(np.array([1, 0, 2])), part, 0),
        (system, Catalogue(tmp_path, {**catalogue.columns, "artist": catalogue.artist[::-1]}), part, 0),
        (system, catalogue, part, 1),
    ]
    found = {run_identity(*one) for one in changed}
    assert len(found) == len(changed)
    assert known not in found


@pytest.fixture(scope="module")
def data(studio_folder):
    catalogue = Catalogue.read(studio_folder)
    return catalogue, np.repeat("train", len(catalogue)).astype(object)


def test_a_key_that_has_its_default_value_counts_for_nothing(data):
    system = read_system("triplet-cnn")
    same = read_system("triplet-cnn", changes=["network.dropout=0", "schedule.warm_up=0", "precision=float32"])
    assert run_identity(system, *data, 0) == run_identity(same, *data, 0)
    assert chosen(system.network)["kind"] == "tower"
    assert "dropout" not in chosen(system.network)


def test_words_count_for_nothing_and_numbers_do(data):
    system = read_system("triplet-cnn")
    worded = msgspec.structs.replace(system, title="Another", source="elsewhere", remarks="!", published={})
    assert run_identity(system, *data, 0) == run_identity(worded, *data, 0)
    keys = {run_identity(system, *data, 0)}
    for change in ("objective.margin=2", "schedule.epochs=59", "network.dropout=0.1", "augmentation.shift=0.1"):
        keys.add(run_identity(read_system("triplet-cnn", changes=[change]), *data, 0))
    keys.add(run_identity(system, *data, 1))
    keys.add(run_identity(system, *data, 0, more=["weights"]))
    catalogue, part = data
    other = part.copy()
    other[3] = "validation"
    keys.add(run_identity(system, catalogue, other, 0))
    assert len(keys) == 8


@pytest.mark.parametrize("name", system_names())
def test_what_is_chosen_makes_the_system_again(name):
    system = read_system(name)
    assert msgspec.convert(chosen(system), System) == system
