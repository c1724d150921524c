"""A model is reused only where it is what would be trained: each thing that differs is told."""

import numpy as np
import pytest
from tests.conftest import TINY
from tests.study.table.conftest import SHARES

from morelli.model.folder import open_model_folder
from morelli.protocol.split import make_split
from morelli.study.table.reuse import why_not
from morelli.systems.read import read_system


@pytest.fixture
def models(made):
    return [open_model_folder(row.model) for row in made[0].rows[:2]]


@pytest.fixture
def reason(models, systems, catalogue, part):
    def find(number=0, *, system=None, parts=None, seed=0, weights=None):
        return why_not(
            models[number],
            system or systems[number],
            catalogue,
            part if parts is None else parts,
            seed=seed,
            weights=weights or {},
        )

    return find


def test_what_this_very_run_gave_fits_whatever_only_its_words_say(reason, lite0_file):
    assert reason() is None
    assert reason(1, weights={"lite0": lite0_file}) is None
    assert reason(system=read_system("demo-cnn", changes=[*TINY, "title=Another title", "remarks=None"])) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("schedule.epochs=3",), "it is of another demo-cnn: schedule.epochs is 2 there and 3 here"),
        (("objective.margin=2",), "it is of another demo-cnn: objective.margin is 1.0 there and 2.0 here"),
        (("name=other",), "it is a model of demo-cnn"),
    ],
)
def test_another_system_is_told_with_the_key_that_differs(reason, changes, said):
    assert reason(system=read_system("demo-cnn", changes=[*TINY, *changes])) == said


def test_another_seed_and_other_weights_are_told(reason, tmp_path):
    assert reason(seed=7) == "its seed is 0, not 7"
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"other")
    assert reason(1, weights={"lite0": other}) == f"its weights of lite0 are not those of {other}"


def test_another_split_is_told(reason, catalogue, part):
    other = make_split(catalogue, shares=SHARES, seed=9).assign(catalogue)
    assert "not those of this" in reason(parts=other)
    moved = part.copy()
    moved[np.flatnonzero(part == "calibration")[0]] = "train"
    assert reason(parts=moved) == "its pictures for calibration are not those of this catalogue and split"
    more = part.copy()
    more[np.flatnonzero(part == "test-seen")] = "train"  # pictures that a training on these parts would have seen
    count = int((part == "test-seen").sum())
    assert (
        reason(parts=more)
        == f"it has not seen {count} of the training and calibration pictures of this catalogue and split"
    )


def test_a_system_that_trains_on_validation_artists_too_fits(catalogue, part, make_run, tmp_path):
    from morelli.training.train import train

    changes = ["view.size=32", "objective.components=8", "objective.dimensions=4", "cohort.neighbours=5"]
    system = read_system("lite0-lda", changes=[*changes, 'network.features=[{backbone="lite0"}]'])
    made = train(system, catalogue, part, out=tmp_path / "model", run=make_run())
    assert why_not(made, system, catalogue, part, seed=0, weights={}) is None
