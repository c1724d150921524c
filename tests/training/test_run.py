"""What parts a run from its checkpoint, and what does not."""

import msgspec
import numpy as np
import pytest

pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue
from morelli.systems.read import read_system, system_names
from morelli.systems.system import System
from morelli.training.run import chosen, run_identity


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
