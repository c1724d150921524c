"""How a training is run: devices, and what a run is known by."""

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.errors import TrainingError  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.training.run import choose_device, run_identity  # noqa: E402


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
