import subprocess
import sys

import numpy as np
import pytest

import morelli
from morelli.errors import ModelError, OperatingPointError, PairsError, PictureError


def test_everything_listed_is_there():
    for name in morelli.__all__:
        assert getattr(morelli, name) is not None
    assert dir(morelli) == sorted(morelli.__all__)
    with pytest.raises(AttributeError, match="no attribute 'verify'"):
        morelli.verify  # noqa: B018


@pytest.mark.parametrize("heavy", ["torch", "openvino", "matplotlib", "duckdb", "pyvips", "numpy", "scipy", "typer"])
def test_import_is_light(heavy):
    code = f"import sys, morelli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_compare_judge_and_report(tiny_model, studio_folder, tmp_path):
    catalogue = morelli.Catalogue.read(studio_folder)
    first, second = catalogue.file(0), catalogue.file(1)
    one = morelli.compare(first, second, model=tiny_model)
    other = morelli.compare(second, first, model=morelli.load(tiny_model))
    assert one.similarity == pytest.approx(other.similarity, abs=1e-6)
    assert one.decision == other.decision
    several = morelli.compare_set(first, [second, catalogue.file(2)], model=tiny_model)
    assert len(several.references) == 2
    sure = morelli.compare(first, second, model=tiny_model, prior=0.9)
    assert sure.log10_lr == one.log10_lr
    odds = [v.probability / (1 - v.probability) for v in (sure, one)]
    assert odds[0] / odds[1] == pytest.approx(9)  # Bayes: the prior odds went from 1 to 9
    with pytest.raises(ValueError, match="between 0 and 1"):
        morelli.compare(first, second, model=tiny_model, prior=1)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda m, a, b: m.compare(a, b, prior="x"), ValueError, "prior 'x': give a probability"),
        (lambda m, a, b: m.compare(a, b, prior=None), ValueError, "prior None: give a probability"),
        (lambda m, a, b: m.compare_set(a, [b], prior="x"), ValueError, "prior 'x': give a probability"),
        (lambda m, a, b: m.probability([0.1], prior="x"), ValueError, "prior 'x': give a probability"),
        (lambda m, a, b: m.compare(a, b, operating_point=None), OperatingPointError, "operating point None: give its name"),
        (lambda m, a, b: m.compare(a, b, negatives=7), PairsError, "no calibration for 7 negatives"),
        (lambda m, a, b: m.compare_set(a, str(b)), TypeError, "give a list of files, also of one"),
        (lambda m, a, b: m.compare_set(a, b), TypeError, "give a list of files, also of one"),
        (lambda m, a, b: m.compare(None, b), PictureError, "None: give a picture file by its path"),
        (lambda m, a, b: m.score([(a, b), (a,)]), TypeError, "pair 1: .* give two picture files"),
        (lambda m, a, b: m.score(["ab"]), TypeError, "pair 0 'ab': give a list of files"),
        (lambda m, a, b: m.score([(a, 7)]), TypeError, "pair 0: number 1 is 7; give a file by its path"),
        (lambda m, a, b: m.score(None), TypeError, "pairs None: give a list of pairs"),
        (lambda m, a, b: m.encode(str(a)), TypeError, "files .*: give a list of files, also of one"),
        (lambda m, a, b: m.encode([a, None]), TypeError, "files: number 1 is None"),
        (lambda m, a, b: m.similarity(np.zeros((1, 3)), np.zeros((2, 3))), ValueError, r"embeddings \(1, 3\) and \(2, 3\)"),
        (lambda m, a, b: m.probability(0.3), ValueError, "similarities 0.3: give a list of numbers"),
        (lambda m, a, b: m.probability(["0.3"]), ValueError, "give a list of numbers"),
        (lambda m, a, b: m.compare_set(a, [None]), TypeError, "references: number 0 is None"),
        (lambda m, a, b: m.compare_set(a, 1), TypeError, "references 1: give a list of files"),
        (lambda m, a, b: m.compare(a, b, negatives=[]), PairsError, r"no calibration for \[\] negatives"),
        (lambda m, a, b: m.compare("", b), PictureError, "'': no file's name"),
        (lambda m, a, b: morelli.compare(a, b, model=1), ModelError, "model 1: give a model folder by its path"),
        (lambda m, a, b: morelli.load(m.folder.path, precision="fp32"), ModelError, "no precision is called 'fp32'"),
        (lambda m, a, b: morelli.load(m.folder.path, threads=-1), ModelError, "threads -1: give 0"),
    ],
)  # fmt: skip
def test_what_is_of_the_wrong_kind_is_named(tiny_model, studio_folder, ask, error, words):
    catalogue = morelli.Catalogue.read(studio_folder)
    with pytest.raises(error, match=words):
        ask(morelli.load(tiny_model), catalogue.file(0), catalogue.file(1))


def test_generators_are_lists_and_a_cache_may_be_a_word(tiny_model, studio_folder, tmp_path):
    catalogue = morelli.Catalogue.read(studio_folder)
    files = [catalogue.file(row) for row in range(4)]
    model = morelli.load(str(tiny_model), cache=str(tmp_path / "cache"))
    wanted = model.score([(files[0], files[1]), (files[2], files[3])])
    np.testing.assert_array_equal(model.score(zip(files[::2], files[1::2], strict=True)), wanted)
    np.testing.assert_array_equal(model.encode(iter(files)), model.encode(files))
    assert model.embed(str(file) for file in files).embeddings.shape == (4, model.width)
    assert model.score([]).shape == model.probability(model.score([])).shape == (0,)


def test_explain_and_draw(tiny_model, studio_folder, tmp_path):
    catalogue = morelli.Catalogue.read(studio_folder)
    first, second = catalogue.file(0), catalogue.file(1)
    found = morelli.explain(first, second, model=tiny_model)
    assert isinstance(found, morelli.Explanation)
    assert found.verdict == morelli.compare(first, second, model=tiny_model)
    morelli.write_explanation(found, tmp_path / "why.png")
    assert (tmp_path / "why.png").stat().st_size > 10_000


def test_a_loaded_model_judges_too(tiny_model, studio_folder):
    catalogue = morelli.Catalogue.read(studio_folder)
    files = [catalogue.file(row) for row in range(3)]
    model = morelli.load(tiny_model)
    verdict = morelli.compare(files[0], files[1], model=tiny_model, prior=0.2)
    assert model.compare(files[0], files[1], prior=0.2) == verdict
    assert model.compare_set(files[0], files[1:]) == morelli.compare_set(files[0], files[1:], model=model)
    assert model.explain(files[0], files[1], prior=0.2).verdict == verdict
    scores = model.score([(files[0], files[1]), (files[1], files[2])])
    chances = model.probability(scores, prior=0.2)
    assert chances.shape == (2,)
    assert chances[0] == pytest.approx(verdict.probability, abs=1e-6)
    assert model.probability(scores, prior=0.2, negatives="random")[0] == pytest.approx(
        model.compare(files[0], files[1], prior=0.2, negatives="random").probability, abs=1e-6
    )
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.probability(scores, prior=0)
