"""A model's card says what the model is: every figure of it is one of the description's or of the decision's."""

import shutil
from math import exp

import numpy as np
import pytest

from morelli.model.card import record_figures, write_card
from morelli.model.model import load


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def card(model):
    return write_card(model.folder.description, model.decisions)


def test_the_card_in_the_folder_is_this_one(card, tiny_model):
    assert (tiny_model / "card.md").read_text(encoding="utf-8") == card


def test_it_says_what_the_model_is_and_was_trained_on(card, model):
    said = model.folder.description
    assert card.startswith(f"# {said.system['title']} (`{said.system['name']}`)\n")
    assert f"{said.parameters:,} trained parameters" in card
    assert f"becomes {said.embedding} values" in card
    for name, value in said.training.items():
        assert f"- {name}: {value}\n" in card


def test_it_says_how_the_model_decides_and_within_which_bounds(card, model):
    decision = model.decision
    assert f"threshold {decision.threshold:.6g} on the similarity, from {decision.fitted_on}." in card
    for kind, one in decision.calibrations.items():
        assert f"calibrated against {kind} negatives" in card
        assert f"{exp(one.lowest):.2g} and {exp(one.highest):.3g}" in card
    for points in decision.points.values():
        for name in points:
            assert f"- `{name}`: " in card


def test_figures_are_there_where_they_were_measured_and_limits_always(model):
    said = model.folder.description
    assert "## What it reaches" not in write_card(said, model.decisions)
    with_figures = write_card(said, model.decisions, figures=["- AUC 0.8"])
    assert "## What it reaches\n\n- AUC 0.8\n\n## Where it may fail" in with_figures
    assert "no test of authenticity" in with_figures


def test_figures_are_written_into_the_folder_whole(model, tiny_model, tmp_path, studio_folder):
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    before = load(folder)
    written = record_figures(before, ["- AUC 0.8"])
    again = load(folder)
    assert written.id == again.id != model.id
    assert "## What it reaches\n\n- AUC 0.8\n" in (folder / "card.md").read_text(encoding="utf-8")
    files = sorted(studio_folder.glob("*/*.jpg"))[:2] or sorted(studio_folder.glob("*/*.png"))[:2]
    np.testing.assert_array_equal(again.encode(files), model.encode(files))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]
