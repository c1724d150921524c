import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest

from morelli.errors import ModelError, PictureError
from morelli.model.model import load
from morelli.verdict.compare import compare
from morelli.verdict.words import verdict_json, verdict_text


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def pictures(studio_folder):
    return sorted(studio_folder.rglob("*.jpg"))[:4]


def test_the_verdict_is_the_models_score_read_by_its_decision(model, pictures):
    verdict = compare(pictures[0], pictures[1], model=model)
    assert verdict.similarity == pytest.approx(float(model.score([(pictures[0], pictures[1])])[0]), abs=1e-5)
    llr = float(model.decision.llr(np.array([verdict.similarity]), negatives=verdict.negatives)[0])
    assert verdict.log10_lr == pytest.approx(llr / math.log(10))
    assert verdict.probability == pytest.approx(1 / (1 + math.exp(-llr)))
    assert verdict.decision == ("same" if verdict.similarity >= model.decision.threshold else "different")
    assert verdict.negatives == "style-matched"


def test_text_and_json_say_the_same(model, pictures):
    verdict = compare(pictures[0], pictures[1], model=model)
    found = json.loads(verdict_json(verdict))
    assert found["probability"] == verdict.probability
    assert found["support"] == verdict.support
    text = verdict_text(verdict)
    assert "no test of authenticity" in text
    assert f"{verdict.probability:.0%}" in text
    assert text.count("%") == 2  # the probability and the prior, and nothing else


@pytest.mark.parametrize(
    ("log10_lr", "words"),
    [
        (0.1, "no support for either"),
        (0.5, "weak support for: one artist painted both"),
        (-1.5, "moderate support for: two artists of the same style"),
        (2.5, "moderately strong support"),
        (3.5, "strong support"),
        (-5, "very strong support"),
        (7, "extremely strong support"),
    ],
)
def test_the_verbal_scale(model, pictures, log10_lr, words):
    verdict = replace(compare(pictures[0], pictures[1], model=model), log10_lr=log10_lr)
    assert verdict.support.startswith(words)


def test_warnings_are_for_what_is_wrong(model, pictures, tmp_path):
    assert compare(pictures[0], pictures[1], model=model).warnings == ()
    assert compare(pictures[0], pictures[0], model=model).warnings == ("the two are the same picture, or nearly",)
    image = pytest.importorskip("PIL.Image")
    small = tmp_path / "small.png"
    image.open(pictures[0]).resize((20, 20)).save(small)
    (warning,) = compare(small, pictures[1], model=model).warnings
    assert warning.startswith("small.png has 20 x 20 px; the model looks at 32 px")


def test_a_bad_picture_and_an_uncalibrated_model_are_refused(model, pictures, tmp_path, tiny_model):
    with pytest.raises(PictureError, match=r"gone\.jpg"):
        compare(pictures[0], tmp_path / "gone.jpg", model=model)
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    description = json.loads((bare / "model.json").read_text())
    del description["files"]["calibration.json"]
    (bare / "model.json").write_text(json.dumps(description))
    with pytest.raises(ModelError, match="is not calibrated"):
        compare(pictures[0], pictures[1], model=load(bare))
