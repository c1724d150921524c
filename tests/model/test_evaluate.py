"""Judging a model: against the protocol's own functions, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError, PairsError
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import evaluate
from morelli.model.model import load
from morelli.protocol.roc import auc
from morelli.protocol.split import make_split


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def catalogue(studio_folder):
    return Catalogue.read(studio_folder)


@pytest.fixture(scope="module")
def part(catalogue):
    return make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)


@pytest.fixture(scope="module")
def evaluation(model, catalogue, part):
    return evaluate(model, catalogue, part, resamples=50)


def test_the_figures_are_those_of_scoring_the_files_pair_by_pair(evaluation, model, catalogue):
    one = evaluation.of("unseen", "random")
    few = np.arange(len(one.pairs))[:: max(1, len(one.pairs) // 40)]
    files = [
        (catalogue.file(int(a)), catalogue.file(int(b)))
        for a, b in zip(one.pairs.first[few], one.pairs.second[few], strict=True)
    ]
    assert model.score(files) == pytest.approx(one.similarity[few], abs=1e-5)
    assert one.figures["auc"].value == pytest.approx(auc(one.similarity, one.pairs.same))


def test_groups_are_of_the_right_artists(evaluation, catalogue, part):
    names = artist_names(catalogue)
    assert [(one.group, one.negatives) for one in evaluation.pairs] == [
        (group, negatives) for group in ("seen", "unseen", "mix") for negatives in ("random", "style-matched")
    ]
    for group, where in (("seen", "test-seen"), ("unseen", "test")):
        for negatives in ("random", "style-matched"):
            pairs = evaluation.of(group, negatives).pairs
            assert set(part[np.concatenate([pairs.first, pairs.second])]) == {where}
            np.testing.assert_array_equal(names[pairs.first] == names[pairs.second], pairs.same)


def test_pairs_that_no_style_allows_are_said_to_lack(model, catalogue, part):
    said: list[str] = []
    plain = replace(catalogue, columns={k: v for k, v in catalogue.columns.items() if k != "style"})
    evaluation = evaluate(model, plain, part, resamples=0, remark=said.append)
    assert {one.negatives for one in evaluation.pairs} == {"random"}
    (words,) = [line for line in said if line.startswith("style-matched pairs: ")]
    assert words.startswith("style-matched pairs: none of seen, unseen, mix: two styles are needed")
    assert evaluation.facts["style-matched pairs"] == words.removeprefix("style-matched pairs: ")


def test_it_carries_history_and_threshold(evaluation, model):
    assert "style-matched pairs" not in evaluation.facts
    assert [row["epoch"] for row in evaluation.history] == [1, 2]
    assert evaluation.threshold == model.decision.threshold
    assert evaluation.facts["pictures that could not be used"] == "0"


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("train", "its weights were fitted to their work"),
        ("validation", "its epoch was chosen by their work"),
        ("calibration", "its threshold and calibration were fitted to their work"),
    ],
)
def test_a_test_artist_who_had_a_role_is_refused(model, catalogue, part, role, words):
    other = np.where(part == role, "test", part).astype(object)
    with pytest.raises(
        ModelError, match=f"is a test artist of this split, but had the role '{role}' .*{words}; judge with"
    ):
        evaluate(model, catalogue, other, resamples=0)


@pytest.mark.parametrize("role", ["validation", "calibration", "test"])
def test_an_artist_who_counts_as_trained_on_and_was_not_is_refused(model, catalogue, part, role):
    other = np.where(part == role, "test-seen", part).astype(object)
    had = "was not seen" if role == "test" else f"had the role '{role}'"
    with pytest.raises(ModelError, match=f"counts as trained on in this split, but {had}"):
        evaluate(model, catalogue, other, resamples=0)


@pytest.mark.parametrize("role", ["train", "validation", "calibration"])
def test_a_picture_that_had_a_role_is_refused_whoever_is_said_to_have_painted_it(model, catalogue, part, role):
    row = int(np.flatnonzero(part == role)[0])
    artist = catalogue.artist.copy()
    artist[row] = artist[np.flatnonzero(part == "test")[0]]
    other = part.copy()
    other[row] = "test"
    renamed = Catalogue(catalogue.root, {**catalogue.columns, "artist": artist})
    with pytest.raises(ModelError, match=f"this very picture had the role '{role}'"):
        evaluate(model, renamed, other, resamples=0)


def test_a_trained_picture_among_the_seen_is_refused(model, catalogue, part):
    swapped = np.where(part == "train", "test-seen", part).astype(object)
    with pytest.raises(ModelError, match="this very picture had the role 'train'"):
        evaluate(model, catalogue, swapped, resamples=0)


def test_nothing_to_judge_is_said(model, catalogue, part):
    with pytest.raises(PairsError, match="leaves no picture to judge on"):
        evaluate(model, catalogue, np.full(len(part), "train", dtype=object))
