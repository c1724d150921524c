"""A picture against references, on the studio's painters, with a decision that is calibrated for sets."""

import json
import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import OperatingPointError, PairsError, PictureError
from morelli.model.calibrate import fit_model_decisions
from morelli.model.model import load
from morelli.model.seen import TrainedOn, digest_file
from morelli.pictures.observe import observe
from morelli.pictures.open import Decoded
from morelli.pictures.view import View
from morelli.protocol.decision import Decision
from morelli.studio.studio import Studio
from morelli.verdict.compare import compare
from morelli.verdict.set_warnings import set_hands_warnings, set_warnings
from morelli.verdict.set_words import set_verdict_json, set_verdict_text
from morelli.verdict.sets import compare_set


@pytest.fixture(scope="module")
def model(tiny_model, studio_folder):
    """The tiny model, calibrated on all painters: what is tested here is how sets are read, not how well."""
    model = load(tiny_model)
    catalogue = Catalogue.read(studio_folder)
    part = np.full(len(catalogue), "calibration", dtype=object)
    fitted = fit_model_decisions(model.encoder, model.comparisons, catalogue, part, view=model.view, width=model.width)
    vars(calibrated := replace(model))["decisions"] = fitted.decisions
    vars(calibrated)["trained_on"] = TrainedOn.of(artists={}, pictures={})
    return calibrated


@pytest.fixture(scope="module")
def painter(studio_folder):
    """Nine paintings of one painter."""
    folder = sorted(path for path in studio_folder.iterdir() if path.is_dir())[0]
    return sorted(folder.glob("*.jpg"))


def slow(model, picture, references, size):
    """The mean over all choices of so many references, pair by pair from the files."""
    to = {one: float(model.score([(picture, one)])[0]) for one in references}
    among = {two: float(model.score([two])[0]) for two in combinations(references, 2)}
    chosen = []
    for choice in combinations(references, size):
        mean = np.mean([to[one] for one in choice])
        inner = np.mean([among[two] for two in combinations(choice, 2)]) if size > 1 else 0.0
        chosen.append(mean - (size - 1) / (2 * size) * inner)
    return float(np.mean(chosen))


@pytest.mark.parametrize(("count", "size"), [(1, 1), (2, 2), (3, 2), (4, 4), (6, 4)])
def test_the_verdict_is_the_sets_similarity_read_by_its_calibration(model, painter, count, size):
    references = painter[1 : 1 + count]
    found = compare_set(painter[0], references, model=model, negatives="random")
    verdict = found.verdict
    assert found.calibrated_for == size
    assert verdict.similarity == pytest.approx(slow(model, painter[0], references, size), abs=1e-5)
    number, calibration, points = model.decision.of_set(count, negatives="random")
    assert number == size
    llr = float(calibration.llr(np.array([verdict.similarity]))[0])
    assert verdict.log10_lr == pytest.approx(llr / math.log(10))
    assert verdict.decision == points["balanced"].decide(np.array([verdict.similarity]))[0]
    assert dict(verdict.rates) == dict(points["balanced"].achieved)
    for decided, threshold in zip(verdict.log10_lr_decided, (verdict.lower, verdict.upper), strict=True):
        said = None if threshold is None else calibration.llr(np.array([threshold]))[0] / math.log(10)
        assert decided == (None if said is None else pytest.approx(said))
    assert [path for path, _ in found.references] == [
        str(one) for one in sorted(references, key=lambda one: -model.score([(painter[0], one)])[0])
    ]


def test_frames_of_the_picture_and_of_references_are_cut_off_where_asked(model, painter, tmp_path):
    files = []
    for file in painter[:3]:
        framed = np.pad(np.asarray(Image.open(file)), ((12, 12), (9, 9), (0, 0)), constant_values=250)
        files.append(tmp_path / f"{file.stem}.png")
        Image.fromarray(framed).save(files[-1])
    bare = compare_set(painter[0], painter[1:3], model=model).verdict.similarity
    kept, cut = (compare_set(files[0], files[1:], model=model, crop=crop) for crop in (False, True))
    assert abs(cut.verdict.similarity - bare) < abs(kept.verdict.similarity - bare)
    assert any("references cropped to what is inside a frame" in words for words in cut.verdict.warnings)


def test_one_reference_is_a_pair(model, painter):
    alone = compare(painter[0], painter[1], model=model, prior=0.3)
    found = compare_set(painter[0], [painter[1]], model=model, prior=0.3)
    same = replace(found.verdict, hypotheses=alone.hypotheses, similarity=alone.similarity)
    assert found.verdict.similarity == pytest.approx(alone.similarity, abs=1e-6)
    assert same.log10_lr == pytest.approx(alone.log10_lr, abs=1e-4)
    assert same.decision == alone.decision
    assert found.verdict.hypotheses[0] == "the artist of the references painted it"


def test_order_and_names_of_references_do_not_matter(model, painter):
    one = compare_set(painter[0], painter[1:6], model=model)
    other = compare_set(painter[0], painter[5:0:-1], model=model)
    assert one.verdict.similarity == pytest.approx(other.verdict.similarity, abs=1e-6)
    assert sorted(path for path, _ in one.references) == sorted(path for path, _ in other.references)


def test_what_is_no_evidence_is_left_out_and_said(model, painter, tmp_path):
    image = pytest.importorskip("PIL.Image")
    itself, scan, bad = tmp_path / "itself.png", tmp_path / "scan.png", tmp_path / "bad.jpg"
    with image.open(painter[0]) as picture:
        picture.save(itself)
    with image.open(painter[1]) as picture:
        picture.resize((60, 60)).save(scan)
    bad.write_bytes(b"no picture")
    given = [itself, bad, painter[1], scan, painter[2], painter[1]]
    found = compare_set(painter[0], given, model=model)
    assert sorted(path for path, _ in found.references) == sorted([str(painter[1]), str(painter[2])])
    reasons = dict(found.left_out)
    assert reasons[str(itself)] == "shows the same work as the picture itself"
    assert reasons[str(scan)] == f"shows the same work as {painter[1]}"
    assert "bad.jpg" in reasons[str(bad)]
    assert found.verdict.similarity == pytest.approx(
        compare_set(painter[0], painter[1:3], model=model).verdict.similarity, abs=1e-6
    )
    text = set_verdict_text(found)
    assert "references    2 paintings\n" in text
    assert text.count("left out") == 3
    with pytest.raises(PictureError, match=r"none of 2 references can be used; the first: .*bad\.jpg"):
        compare_set(painter[0], [bad, itself], model=model)
    with pytest.raises(PictureError, match="none of 0 references"):
        compare_set(painter[0], [], model=model)


def test_flat_references_and_turned_copies_are_no_evidence(model, studio_folder, tmp_path):
    catalogue = Catalogue.read(studio_folder)
    structured = [
        file
        for file in (catalogue.file(row) for row in range(len(catalogue)))
        if observe(
            Decoded(pixels=np.asarray(Image.open(file).convert("RGB")), original_size=(64, 64))
        ).sketch.fingerprint.structure
        > 0.62
    ]
    asked, one, other = structured[:3]
    pixels, asked_pixels = (np.asarray(Image.open(file).convert("RGB")) for file in (one, asked))
    made = {
        "flat.png": np.full((64, 64, 3), 120, np.uint8),
        "mirror.png": pixels[:, ::-1],
        "turned.png": np.rot90(pixels),
        "negative.png": 255 - pixels,
        "itself-mirrored.png": asked_pixels[:, ::-1],
    }
    for name, array in made.items():
        Image.fromarray(np.ascontiguousarray(array)).save(tmp_path / name)
    found = compare_set(asked, [one, *(tmp_path / name for name in made), other], model=model)
    assert sorted(path for path, _ in found.references) == sorted([str(one), str(other)])
    assert found.calibrated_for == 2
    reasons = {path.rpartition("/")[2]: reason for path, reason in found.left_out}
    assert reasons["flat.png"].startswith("is of one flat colour")
    assert reasons["itself-mirrored.png"] == "shows the same work as the picture itself"
    assert {reasons[name] for name in ("mirror.png", "turned.png", "negative.png")} == {f"shows the same work as {one}"}
    with pytest.raises(PictureError, match=r"the first: .*flat\.png: is of one flat colour"):
        compare_set(asked, [tmp_path / "flat.png"], model=model)


@pytest.fixture
def altered(painter, tmp_path):
    """Paintings of one painter, each with something that a reader must know of."""
    image = pytest.importorskip("PIL.Image")
    ops = pytest.importorskip("PIL.ImageOps")
    files = {name: tmp_path / name for name in ("small.png", "small2.png", "grey.png", "poor.jpg", "framed.png")}
    with image.open(painter[1]) as picture:
        picture.resize((20, 20)).save(files["small.png"])
    with image.open(painter[2]) as picture:
        picture.resize((24, 20)).save(files["small2.png"])
    with image.open(painter[3]) as picture:
        picture.convert("L").save(files["grey.png"])
    with image.open(painter[4]) as picture:
        picture.save(files["poor.jpg"], quality=8)
    with image.open(painter[5]) as picture:
        ops.expand(picture, border=picture.width // 8, fill=(20, 30, 90)).save(files["framed.png"])
    return files


def test_the_picture_has_the_warnings_that_it_has_in_a_pair(model, painter, altered):
    for name, file in altered.items():
        pair = [one for one in compare(file, painter[7], model=model).warnings if name in one]
        found = compare_set(file, [painter[7]], model=model).verdict.warnings
        own = [one for one in found if one.startswith(name)]
        assert pair
        assert [one for one in pair if "is in colour" not in one] == own
        assert any(one.startswith("references in colour, where grey.png is") for one in found) == (name == "grey.png")


def test_warnings_of_references_are_counted(model, painter, altered):
    references = [*altered.values(), painter[6]]
    found = compare_set(painter[7], references, model=model)
    assert len(found.references) == 6
    alone = [compare(one, painter[6], model=model).warnings for one in references[:-1]]
    poor = [  # the studio's own files are JPEG
        one.name
        for one, said in zip(references, alone, strict=False)
        if any(words.startswith(f"{one.name} was heavily compressed") for words in said)
    ]
    assert "poor.jpg" in poor
    assert found.verdict.warnings == (
        "references smaller than the 32 px a side that the model looks at, so that detail is missing: 2 of 6, such as small.png",
        "references with a frame or border; crop them to the painting: 1 of 6, framed.png",
        "references heavily compressed; brushwork is lost, so take better files: "
        f"{len(poor)} of 6, {'such as ' if len(poor) > 1 else ''}{poor[0]}",
        f"references greyscale or of one tint, where {painter[7].name} is in colour; a model may take that for two hands: "
        "1 of 6, grey.png",
    )
    assert "warning       references with a frame" in set_verdict_text(found)
    assert compare_set(painter[7], [painter[6]], model=model).verdict.warnings == ()


def test_pictures_that_the_model_has_seen_are_told(model, painter):
    vars(seen := replace(model))["decisions"] = model.decisions
    vars(seen)["trained_on"] = TrainedOn.of(
        artists={}, pictures={"train": map(digest_file, painter[5:]), "calibration": [digest_file(painter[0])]}
    )
    name = painter[7].name
    assert compare_set(painter[7], [painter[0], painter[5], painter[6], painter[1]], model=seen).verdict.warnings == (
        f"{name} is among the pictures that the model was trained on; error rates are of pictures that it never saw",
        "references among the pictures that the probabilities were fitted to; error rates are of pictures that it never saw: "
        f"1 of 4, {painter[0].name}",
        "references among the pictures that the model was trained on; error rates are of pictures that it never saw: "
        f"2 of 4, such as {painter[5].name}",
    )


def test_against_many_references_only_artists_of_many_paintings_are_calibrated_on(model, painter):
    one, many = (compare_set(painter[8], painter[:count], model=model).verdict for count in (1, 8))
    assert "of them in questions" not in one.calibrated_on
    fewer = replace(model.decision.artists, artists=model.decision.artists.artists + 3)
    vars(other := replace(model))["decisions"] = {
        name: replace(decision, artists=fewer) for name, decision in model.decisions.items()
    }
    vars(other)["trained_on"] = model.trained_on
    said = compare_set(painter[8], painter[:8], model=other).verdict
    assert said.calibrated_on.endswith(f", {many.calibration_artists} of them in questions of this kind")


def test_what_is_left_out_is_not_warned_of(model, painter, altered, tmp_path):
    again = tmp_path / "again.png"
    again.write_bytes(altered["small.png"].read_bytes())
    found = compare_set(painter[7], [altered["small.png"], again], model=model)
    assert [path for path, _ in found.left_out] == [str(again)]
    assert "1 of 1, small.png" in found.verdict.warnings[0]


def test_a_part_of_the_picture_among_the_references_is_said():
    studio = Studio(seed=3, painters=12)
    painted, other = (studio.paint(painter, 0, size=256) for painter in (2, 1))
    part = np.ascontiguousarray(painted[20:212, 20:212])
    asked, beside, cut = (
        observe(Decoded(pixels=one, original_size=one.shape[1::-1])) for one in (painted, other, part)
    )
    said = set_warnings("a.jpg", asked, [("b.jpg", beside), ("c.jpg", cut)], view=View("whole", 128))
    assert said == ["references that show the same painting as a.jpg, whole or in part: 1 of 2, c.jpg"]
    said = set_warnings("a.jpg", asked, [("b.jpg", beside)], view=View("corners", 256))
    assert said == [
        "a.jpg is no larger than the 256 px crops that the model takes from corners; it saw enlarged quarters instead",
        "references no larger than the 256 px crops that the model takes from corners; it saw enlarged quarters instead: "
        "1 of 1, b.jpg",
    ]


def test_text_and_json_carry_what_was_compared(model, painter):
    found = compare_set(painter[0], painter[1:8], model=model, negatives="random")
    text = set_verdict_text(found)
    assert "references    7 paintings, read as every choice of 4 of them: calibrated for 4" in text
    assert "or another artist, drawn at random, painted it" in text
    assert text.endswith("forgeries and copies were not studied.")
    read = json.loads(set_verdict_json(found))
    assert [one["path"] for one in read["references"]] == [path for path, _ in found.references]
    assert (read["calibrated_for"], read["left_out"]) == (4, [])
    assert read["similarity"] == found.verdict.similarity
    assert read["hypotheses"] == list(found.verdict.hypotheses)


def test_references_of_too_few_pixels_are_left_out(model, painter, tmp_path, monkeypatch):
    monkeypatch.setattr("morelli.verdict.warnings._LEAST_SHARE", 0.9)
    Image.open(painter[1]).resize((16, 16)).save(tmp_path / "tiny.png")
    found = compare_set(painter[0], [tmp_path / "tiny.png", painter[2]], model=model)
    assert [path for path, _ in found.references] == [str(painter[2])]
    assert "has 16 x 16 px, too few" in dict(found.left_out)[str(tmp_path / "tiny.png")]


def test_references_that_are_no_more_alike_than_two_hands_are_asked_about(model, painter, studio_folder):
    calibration = model.decision.calibration("random")
    among = np.linspace(-1, 1, 41)
    said = [bool(set_hands_warnings(value, calibration=calibration, references=4)) for value in among.tolist()]
    assert said == (calibration.llr(among) < 0).tolist()
    assert set(said) == {True, False}
    assert set_hands_warnings(-1.0, calibration=calibration, references=3) == []
    hands = [sorted(folder.glob("*.jpg"))[0] for folder in sorted(studio_folder.iterdir()) if folder.is_dir()][1:9]
    asked = (
        "the 8 references are no more alike than two painters' works are, on the average; are they all by one artist?"
    )
    without_sets = replace(model)
    vars(without_sets)["decisions"] = {name: replace(one, sets={}) for name, one in model.decisions.items()}
    vars(without_sets)["trained_on"] = model.trained_on
    for references in (hands, painter[1:9]):
        mean = float(np.mean([model.score([two])[0] for two in combinations(references, 2)]))
        for one in (model, without_sets):  # of the latter each reference is read as a pair
            warned = asked in compare_set(painter[0], references, model=one).verdict.warnings
            assert warned == (float(calibration.llr(np.array([mean]))[0]) < 0)


def test_many_references_take_several_batches(model, studio_folder):
    files = sorted(studio_folder.rglob("*.jpg"))
    told = []
    found = compare_set(files[0], files[1:80], model=model, progress=lambda done, total: told.append((done, total)))
    assert len(found.references) + len(found.left_out) == 79
    assert told[-1] == (79, 79)
    kept = [path for path, _ in found.references]
    size = found.calibrated_for
    to = model.score([(files[0], path) for path in kept]).astype(float)
    among = model.score(list(combinations(kept, 2))).astype(float)
    wanted = to.mean() - (size - 1) / (2 * size) * among.mean()
    assert found.verdict.similarity == pytest.approx(wanted, abs=1e-5)


def test_what_is_not_offered_is_refused(model, painter):
    with pytest.raises(OperatingPointError, match=r"'fpr=0.1%' is not offered for 2 references against style-matched"):
        compare_set(painter[0], painter[1:3], model=model, operating_point="fpr=0.1%")
    with pytest.raises(PairsError, match="no calibration for 'styled'"):
        compare_set(painter[0], painter[1:3], model=model, negatives="styled")
    with pytest.raises(ValueError, match="prior"):
        compare_set(painter[0], painter[1:3], model=model, prior=1.0)


def test_a_model_without_sets_reads_them_as_pairs(tiny_model, painter):
    """As one of too few artists: no claim beyond what was calibrated."""
    model = load(tiny_model)
    assert isinstance(model.decision, Decision)
    assert not model.decision.sets
    found = compare_set(painter[0], painter[1:4], model=model)
    assert found.calibrated_for == 1
    wanted = np.mean(model.score([(painter[0], one) for one in painter[1:4]]))
    assert found.verdict.similarity == pytest.approx(float(wanted), abs=1e-5)
