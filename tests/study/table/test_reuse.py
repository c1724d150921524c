"""A model is reused only where it is what would be trained: each thing that differs is told."""

import numpy as np
import pytest
from tests.conftest import TINY
from tests.study.table.conftest import SHARES

from morelli.model.folder import TRAINED_ON, ModelFolder, open_model_folder
from morelli.model.seen import TrainedOn
from morelli.protocol.split import make_split
from morelli.study.table.reuse import Data, why_not
from morelli.systems.read import read_system

pytestmark = pytest.mark.slow  # the table of `made` is made anew for it


@pytest.fixture
def models(made):
    return [open_model_folder(row.model) for row in made[0].rows[:2]]


@pytest.fixture
def reason(models, systems, catalogue, part):
    def find(number=0, *, system=None, parts=None, seed=0, weights=None):
        return why_not(
            models[number],
            system or systems[number],
            Data(catalogue, part if parts is None else parts),
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


def test_a_system_that_trains_on_validation_artists_too_fits(models, systems, catalogue, part):
    """As linear discriminants do, which choose nothing by them; a net that trained on calibration artists would not fit."""

    def seen_as(roles):
        seen = TrainedOn.from_json(models[0].read(TRAINED_ON), source="model")
        tables = (
            {to: frozenset().union(*(table[one] for one in roles[to])) for to in roles} for table in seen_of(seen)
        )
        artists, pictures = tables
        text = TrainedOn(schema=seen.schema, artists=artists, pictures=pictures).to_json().encode()
        folder = ModelFolder(models[0].path, models[0].description, "made up", {TRAINED_ON: text})
        return why_not(folder, systems[0], Data(catalogue, part), seed=0, weights={})

    def seen_of(seen):
        return seen.artists, seen.pictures

    usual = {"train": ["train"], "validation": ["validation"], "calibration": ["calibration"]}
    assert seen_as(usual) is None
    assert seen_as(usual | {"train": ["train", "validation"], "validation": []}) is None
    wrong = seen_as(usual | {"train": ["train", "calibration"]})
    assert wrong == "its artists for train are not those of this split"
