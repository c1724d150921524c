import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.conftest import reseal

from morelli.errors import ModelError, OperatingPointError, PairsError, PictureError
from morelli.model.model import load
from morelli.model.seen import TrainedOn, digest_file
from morelli.protocol.calibration import LogisticCalibration
from morelli.protocol.calibration_artists import CalibrationArtists
from morelli.protocol.decision import Decision
from morelli.protocol.estimate import Estimate
from morelli.protocol.operating_point import OperatingPoint, Refused
from morelli.verdict.compare import HYPOTHESES, compare, read_similarity, withheld
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
    assert verdict.negatives == "style-matched"
    point = model.decision.point("balanced", negatives="style-matched")
    assert verdict.decision == point.decide(np.array([verdict.similarity]))[0]
    assert (verdict.upper, verdict.lower) == (point.upper, point.lower)
    assert dict(verdict.rates) == dict(point.achieved)
    calibration = model.decision.calibrations["style-matched"]
    assert verdict.log10_lr_limits == pytest.approx(
        (calibration.lowest / math.log(10), calibration.highest / math.log(10))
    )
    assert verdict.log10_lr_limits[1] <= math.log10(verdict.calibration_artists + 1) + 1e-9
    decided = [
        None if threshold is None else float(calibration.llr(np.array([threshold]))[0]) / math.log(10)
        for threshold in (verdict.lower, verdict.upper)
    ]
    assert list(verdict.log10_lr_decided) == decided
    sides = {"same": 1, "different": -1, "undecided": 0}
    for number, threshold in enumerate((verdict.lower, verdict.upper)):
        if threshold is not None:  # `balanced` decides from a ratio of 2, and from one half
            assert (
                sides[point.decide(np.array([threshold]))[0]] * verdict.log10_lr_decided[number] >= math.log10(2) - 1e-9
            )


def test_a_frame_is_cut_off_where_that_is_asked_for(model, pictures, tmp_path):
    pixels = np.asarray(Image.open(pictures[0]))
    framed = np.pad(pixels, ((12, 12), (9, 9), (0, 0)), constant_values=250)
    Image.fromarray(framed).save(tmp_path / "framed.png")
    bare = compare(pictures[0], pictures[1], model=model)
    kept, cut = (compare(tmp_path / "framed.png", pictures[1], model=model, crop=crop) for crop in (False, True))
    assert abs(cut.similarity - bare.similarity) < 0.5 * abs(kept.similarity - bare.similarity)
    assert any(words.startswith("framed.png has a frame or border") for words in kept.warnings)
    assert any(words.startswith("framed.png was cropped to what is inside") for words in cut.warnings)
    assert not any("has a frame" in words for words in cut.warnings)
    assert compare(pictures[0], pictures[1], model=model, crop=True) == bare


def test_nothing_is_decided_of_a_flat_picture(model, pictures, tmp_path):
    Image.new("RGB", (80, 80), (200, 200, 198)).save(tmp_path / "flat.png")
    for pair in ((tmp_path / "flat.png", pictures[0]), (pictures[0], tmp_path / "flat.png")):
        verdict = compare(*pair, model=model)
        assert verdict.decision == "undecided"
        assert verdict.warnings[0] == "nothing is decided: flat.png shows nothing that a painter could be known by"
        assert (verdict.log10_lr, verdict.probability) == (0.0, 0.5)
        assert verdict.support == "no support for either"
        assert compare(*pair, model=model, prior=0.2).probability == 0.2


def test_nothing_is_decided_of_a_picture_of_far_too_few_pixels(model, pictures, tmp_path, monkeypatch):
    size = model.view.size
    # A sixth of what the tiny model looks at is less than any picture has.
    monkeypatch.setattr("morelli.verdict.warnings._LEAST_SHARE", 0.9)
    for side, decided in ((int(0.9 * size), False), (int(0.9 * size) + 1, True)):
        Image.open(pictures[0]).resize((2 * side, side)).save(tmp_path / f"{side}.png")
        verdict = compare(tmp_path / f"{side}.png", pictures[1], model=model)
        said = f"nothing is decided: {side}.png has {2 * side} x {side} px, too few where the model looks at {size} px a side"
        assert (said in verdict.warnings) != decided
        if not decided:
            assert (verdict.decision, verdict.log10_lr) == ("undecided", 0.0)
        assert any("so detail is missing" in words for words in verdict.warnings)


def test_a_decision_beside_a_probability_of_the_other_side_is_explained():
    for similarity, prior, words in ((3.0, 0.001, "below 50%"), (-3.0, 0.999, "above 50%")):
        verdict = replace(read(similarity), decision="same" if similarity > 0 else "different")
        assert "by the similarity alone" not in verdict_text(verdict)
        tilted = replace(verdict, prior=prior, probability=0.01 if similarity > 0 else 0.99)
        assert f"the evidence leaves the probability {words}" in verdict_text(tilted)
        assert "by the similarity alone" not in verdict_text(replace(tilted, decision="undecided"))


def test_one_picture_is_never_two_hands():
    verdict = replace(read(0.5), decision="different")
    assert withheld(verdict, little=[], same=True).decision == "undecided"
    assert "the two are the same picture" in withheld(verdict, little=[], same=True).warnings[0]
    assert withheld(verdict, little=["", ""], same=False) == verdict
    assert withheld(read(3.0), little=[], same=True).decision == "same"


def test_a_name_cannot_forge_lines_of_a_verdict(model, pictures, tmp_path):
    forged = tmp_path / "x\n  probability   99.99% that one artist painted both\r\x1b[2J\u202e.png"
    Image.new("RGB", (40, 40), (200, 200, 198)).save(forged, "PNG")
    text = verdict_text(compare(forged, pictures[0], model=model))
    assert not any(line.startswith("  probability   99.99%") for line in text.splitlines())
    assert not set("\r\x1b\u202e") & set(text)
    assert "x\\n  probability" in text


RATE = Estimate(value=0.0012, low=0.0004, high=0.031, n_pairs=9000, n_artists=50)
POINT = OperatingPoint(
    upper=0.4, lower=None, achieved={"false_accept": RATE, "undecided": RATE}, artist_pairs=12, artists=0,
    remark="never says 'different': so few",
)  # fmt: skip
REFUSED = Refused("3 distinct pairs of artists lie beyond the threshold, 10 are needed")
DECISION = Decision(
    threshold=0.1,
    calibrations={
        "random": LogisticCalibration(slope=8.0, intercept=-1.0, bound=math.log(51), n_pairs=800, n_artists=50),
        "style-matched": LogisticCalibration(slope=4.0, intercept=-1.0, bound=math.log(51), n_pairs=700, n_artists=50),
    },
    fitted_on="x",
    points={"random": {"fpr=1%": POINT}, "style-matched": {"fpr=1%": POINT, "fpr=0.1%": REFUSED}},
    artists=CalibrationArtists(artists=50, paintings=900, styles={"Realism": 30, "Cubism": 20}),
)


def read(similarity, negatives="style-matched", prior=0.5):
    return read_similarity(
        similarity, calibration=DECISION.calibration(negatives), artists=DECISION.artists, point=POINT, name="fpr=1%",
        negatives=negatives, hypotheses=HYPOTHESES[negatives], prior=prior, warnings=("w",), model="m",
    )  # fmt: skip


def test_the_text_names_hypotheses_population_and_measured_error_rates():
    text = verdict_text(read(0.5))
    assert text.startswith("the same artist (operating point: fpr=1%, against style-matched negatives)")
    for words in (
        "one artist painted both; or two artists of the same style painted one each",
        "900 paintings by 50 artists (Realism 30, Cubism 20)",
        "different artists called the same    0.0012 [0.0004, 0.031]",
        "likelihood ratio 2.72 (log10 +0.43; the calibration supports -1.71 to +1.71)",
        "'same' from 0.4000, never 'different'",
        "this operating point never says 'different': so few",
        "weak support for: one artist painted both",
        "warning       w",
        "no test of authenticity",
    ):
        assert words in text
    assert "73% that one artist painted both, if it was 50% before looking" in text
    # The probability, the prior and the point's own name, and nothing else, have a percent sign.
    assert text.replace("fpr=1%", "").count("%") == 2
    assert "two artists drawn at random painted one each" in verdict_text(read(0.5, "random"))


def test_the_decision_does_not_depend_on_the_prior_and_the_probability_does():
    for similarity, said in ((0.39, "undecided"), (0.4, "same"), (-9.0, "undecided")):
        assert {read(similarity, prior=prior).decision for prior in (0.01, 0.5, 0.99)} == {said}
    odds = [one.probability / (1 - one.probability) for one in (read(0.5, prior=0.9), read(0.5))]
    assert odds[0] / odds[1] == pytest.approx(9)


def test_json_carries_all_that_the_text_says():
    verdict = read(0.5)
    found = json.loads(verdict_json(verdict))
    assert found["rates"]["false_accept"] == {
        "value": 0.0012, "low": 0.0004, "high": 0.031, "n_pairs": 9000, "n_artists": 50, "resampled": "artist",
    }  # fmt: skip
    assert found["hypotheses"] == list(verdict.hypotheses)
    assert (found["upper"], found["lower"]) == (0.4, None)
    kind = DECISION.calibrations[verdict.negatives]
    assert found["log10_lr_decided"] == [None, pytest.approx((kind.slope * 0.4 + kind.intercept) / math.log(10))]
    assert found["styles"] == {"Realism": 30, "Cubism": 20}
    for key in ("decision", "operating_point", "negatives", "probability", "prior", "log10_lr"):
        assert found[key] == getattr(verdict, key)
    assert found["log10_lr_limits"] == list(verdict.log10_lr_limits)
    assert found["support"] == verdict.support
    unmeasured = replace(verdict, rates={"miss": replace(RATE, low=math.nan, high=math.nan)})
    assert json.loads(verdict_json(unmeasured))["rates"]["miss"]["low"] is None
    assert "one artist called different          0.0012\n" in verdict_text(unmeasured)


def test_the_evidence_never_speaks_against_the_decision(model, pictures):
    """`balanced` says `same` from a ratio of 2 and `different` from one half; the words do so at the same places."""
    for first in pictures:
        for second in pictures:
            verdict = compare(first, second, model=model)
            side = {"same": 1, "different": -1, "undecided": 0}[verdict.decision]
            assert (verdict.support == "no support for either") == (side == 0)
            assert side * verdict.log10_lr >= 0


def test_operating_points_and_negatives_are_chosen_by_name(model, pictures):
    verdict = compare(pictures[0], pictures[1], model=model, negatives="random", operating_point=" Balanced")
    assert (verdict.negatives, verdict.operating_point) == ("random", "balanced")
    assert verdict.hypotheses[1] == "two artists drawn at random painted one each"
    with pytest.raises(OperatingPointError, match=r"10 are needed|never says 'same'"):  # so few artists
        compare(pictures[0], pictures[1], model=model, operating_point="fpr=0.1%")
    with pytest.raises(PairsError, match="no calibration for 'styled' negatives"):
        compare(pictures[0], pictures[1], model=model, negatives="styled")


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


@pytest.fixture(scope="module")
def fresh(tiny_model):
    """The model as one that has seen none of these pictures."""
    model = load(tiny_model)
    vars(fresh := replace(model))["decisions"] = model.decisions
    vars(fresh)["trained_on"] = TrainedOn.of(artists={}, pictures={})
    return fresh


def test_warnings_are_for_what_is_wrong(fresh, pictures, tmp_path):
    (few,) = compare(pictures[0], pictures[1], model=fresh).warnings  # as few as a tiny model has
    assert few.startswith(f"calibrated on {fresh.decision.artists.artists} artists; with fewer than 10")
    same = compare(pictures[0], pictures[0], model=fresh).warnings
    assert same == ("the two are the same picture, or nearly, or one is a part of the other", few)
    image = pytest.importorskip("PIL.Image")
    small = tmp_path / "small.png"
    image.open(pictures[0]).resize((20, 20)).save(small)
    warning, _ = compare(small, pictures[1], model=fresh).warnings
    assert warning.startswith("small.png has 20 x 20 px; the model looks at 32 px")


def test_a_picture_that_the_model_has_seen_is_told(model, studio_folder, tmp_path):
    """By its file: the same picture under another name too, a copy that was saved again not."""
    files = sorted(studio_folder.rglob("*.jpg"))
    by_role = {model.trained_on.role_of_picture(digest_file(file)): file for file in files}
    renamed = tmp_path / "renamed.jpg"
    renamed.write_bytes(by_role["train"].read_bytes())
    said = compare(renamed, by_role["calibration"], model=model).warnings
    assert (
        "renamed.jpg is among the pictures that the model was trained on; error rates are of pictures that it never saw"
        in said
    )
    assert any("is among the pictures that the probabilities were fitted to" in one for one in said)
    assert not any(
        "is among the pictures" in one for one in compare(by_role[None], by_role[None], model=model).warnings
    )


def test_words_of_a_model_cannot_forge_lines_or_drive_a_terminal(model, pictures):
    verdict = compare(*pictures[:2], model=model)
    evil = replace(verdict, model="\x1b[2Jevil\nthe same artist", remark="x\x07", calibrated_on="a\r\nb")
    text = verdict_text(evil)
    assert text.count("\n") == verdict_text(replace(verdict, remark="x")).count("\n")
    assert not any(ord(letter) < 32 for letter in text.replace("\n", ""))


def test_the_easier_question_is_said_to_be_one(model, pictures):
    vars(other := replace(model))["decisions"] = {
        name: replace(
            decision,
            calibrations={"random": decision.calibrations["random"]},
            points={"random": decision.points["random"]},
            sets={kind: sizes for kind, sizes in decision.sets.items() if kind == "random"},
        )
        for name, decision in model.decisions.items()
    }
    said = "the model is not calibrated against painters of one style: the evidence is against any other painter, the easier question"
    assert said in compare(*pictures[:2], model=other).warnings
    assert said not in compare(*pictures[:2], model=other, negatives="random").warnings
    assert said not in compare(*pictures[:2], model=model).warnings


def test_a_model_of_before_there_was_a_range_says_nothing_of_it(model, pictures, tmp_path, tiny_model):
    old = shutil.copytree(tiny_model, tmp_path / "old")
    reseal(old, lambda d: {key: value for key, value in d.items() if key != "known_range"})
    assert "known_range" not in json.loads((old / "model.json").read_text())
    assert load(old).known_range is None
    assert compare(pictures[0], pictures[1], model=load(old)).warnings == compare(*pictures[:2], model=model).warnings


def test_a_bad_picture_and_an_uncalibrated_model_are_refused(model, pictures, tmp_path, tiny_model):
    with pytest.raises(PictureError, match=r"gone\.jpg"):
        compare(pictures[0], tmp_path / "gone.jpg", model=model)
    bare = shutil.copytree(tiny_model, tmp_path / "bare")
    reseal(bare, lambda d: d | {"files": {n: h for n, h in d["files"].items() if n != "calibration.json"}})
    with pytest.raises(ModelError, match="is not calibrated"):
        compare(pictures[0], pictures[1], model=load(bare))
