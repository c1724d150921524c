"""The commands of the group `show`, as a user types them."""

import json

import numpy as np
import pytest
from PIL import Image

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.main import main
from morelli.protocol.split import make_split


@pytest.fixture
def run(capsys):
    """Run words; return (exit status, standard output, standard error)."""

    def run(*words):
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        found = capsys.readouterr()
        return end.value.code or 0, found.out, found.err

    return run


@pytest.fixture(scope="module")
def pictures(studio_folder):
    return sorted(studio_folder.rglob("*.jpg"))


def test_corners(run, pictures, tmp_path):
    out = tmp_path / "corners.png"
    assert run("show", "corners", pictures[0], "--out", out, "--size", "32") == (0, f"{out}\n", "")
    assert Image.open(out).width > 1000
    code, _, err = run("show", "corners", tmp_path / "gone.jpg", "--out", out)
    assert (code, "gone.jpg: no such file" in err) == (1, True)
    code, _, err = run("show", "corners", pictures[0], "--out", tmp_path / "corners.svg")
    assert (code, "written as .png or .jpg" in err) == (1, True)


def test_diagram(run, tmp_path):
    out = tmp_path / "d.svg"
    code, said, _ = run("show", "diagram", "triplet-cnn", "--out", out, "--set", "objective.margin=2")
    assert (code, "35,526,128 trained parameters" in said) == (0, True)
    assert "− D(a, n) + 2)" in out.read_text(encoding="utf-8")
    code, _, err = run("show", "diagram", "triplet-cn", "--out", out)
    assert (code, "did you mean 'triplet-cnn'" in err) == (1, True)


def test_heatmap_of_a_pair(run, tiny_model, pictures, tmp_path):
    out = tmp_path / "pair.png"
    assert run("show", "heatmap", *pictures[:2], "--model", tiny_model, "--out", out) == (0, f"{out}\n", "")
    image = np.asarray(Image.open(out).convert("RGB")).astype(int)
    assert image.shape[1] > 1000
    assert (np.ptp(image, axis=2) > 60).mean() > 0.01  # there is colour


def test_heatmap_under_imagenets_classes(run, lite0_file, pictures, tmp_path):
    out = tmp_path / "h.jpg"
    words = [
        "--backbone",
        "lite0",
        "--weights",
        lite0_file,
        "--weights-unchecked",
        "--classes",
        "imagenet",
        "--out",
        out,
    ]
    assert run("show", "heatmap", *pictures[:2], *words) == (0, f"{out}\n", "")
    assert Image.open(out).format == "JPEG"
    code, _, err = run("show", "heatmap", tmp_path / "gone.jpg", *words)
    assert (code, "gone.jpg: no such file" in err) == (1, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give either --model or --backbone"),
        (["--model", "m", "--backbone", "lite0"], "give either --model"),
        (["--model", "m", "--classes", "imagenet"], "is of a --backbone, not of a --model"),
        (["--backbone", "lite0", "--classes", "pair"], "is of a --model, not of a --backbone"),
        (["--backbone", "lite0", "--weights", "w"], "an artist probe needs --catalogue"),
        (["--backbone", "lite0", "--classes", "wordnet"], "'wordnet'"),
        (
            ["--backbone", "lite0", "--classes", "imagenet", "--weights", "lit0=w"],
            "did you mean 'lite0'",
        ),
        (
            ["--backbone", "lite0", "--classes", "imagenet", "--weights", "a", "--weights", "b"],
            "1 backbones and 2 files",
        ),
    ],
)
def test_words_that_do_not_go_together_end_with_2(run, pictures, tmp_path, words, message):
    code, out, err = run("show", "heatmap", pictures[0], "--out", tmp_path / "h.png", *words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.replace("│", " ").split())


@pytest.fixture(scope="module")
def probed_words(studio_folder, lite0_file, tmp_path_factory):
    """A catalogue, its split and two layers of a backbone, and a cache of their own."""
    folder = tmp_path_factory.mktemp("probed")
    split = folder / "split.json"
    split.write_text(make_split(Catalogue.read(studio_folder), shares=(0.4, 0.2, 0.2, 0.2)).to_json(), encoding="utf-8")
    backbones = [
        "--backbone",
        "lite0:stage1",
        "--weights",
        lite0_file,
        "--backbone",
        "lite0:stage2",
        "--weights",
        lite0_file,
        "--weights-unchecked",
    ]
    return folder, split, backbones


@pytest.mark.slow
def test_heatmap_under_an_artist_probe_and_focus(run, studio_folder, pictures, probed_words, tmp_path, monkeypatch):
    folder, split, backbones = probed_words
    monkeypatch.setenv("MORELLI_CACHE", str(folder / "cache"))
    out = tmp_path / "h.png"
    words = ["show", "heatmap", *pictures[:2], *backbones, "--catalogue", studio_folder, "--split", split, "--out", out]
    code, said, err = run(*words)
    assert (code, said) == (0, f"{out}\n")
    assert "lite0, stage1: linear artist probe, 9 artists, right for 0." in err
    first = out.read_bytes()
    assert run(*words)[0] == 0
    assert out.read_bytes() == first  # from the cache: the same page
    code, _, err = run(*words, "--artist", "nobody at all")
    assert (code, "the probe was not trained on 'nobody at all'" in err) == (1, True)

    code, said, _ = run("show", "focus", studio_folder, "--split", split, *backbones)
    assert code == 0
    assert "| lite0, stage2 |" in said
    code, said, _ = run("show", "focus", studio_folder, "--split", split, *backbones, "--json", "--per-artist", "2")
    document = json.loads(said)
    assert [one["map"] for one in document] == ["lite0, stage1", "lite0, stage2"]
    assert 9 < document[0]["shown"]["paintings"] <= 18  # without those whose map is nowhere above zero
    assert 0 < document[0]["shown"]["low"] < document[0]["shown"]["value"] < document[0]["shown"]["high"] < 0.6


def test_weights_that_are_not_given_are_the_hubs(run, pictures, tmp_path, monkeypatch):
    """Offline: an error that names the way out."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    words = ["--backbone", "lite0", "--classes", "imagenet", "--out", tmp_path / "h.png"]
    code, _, err = run("show", "heatmap", pictures[0], *words)
    assert (code, "--weights lite0=FILE" in err) == (1, True)


def test_an_artist_who_is_not_in_training_is_told_before_the_probe(
    run, lite0_file, pictures, studio_folder, tmp_path, monkeypatch
):
    from morelli.looking import probe

    monkeypatch.setattr(probe, "train_probe", lambda *_, **__: pytest.fail("trained"))
    words = ["--backbone", "lite0", "--weights-unchecked", "--artist", "Nobody"]
    words += ["--weights", lite0_file, "--catalogue", studio_folder]
    code, _, err = run("show", "heatmap", pictures[0], *words, "--out", tmp_path / "h.png")
    assert (code, "was not trained on 'Nobody'" in err) == (1, True)


def test_the_shipped_model_has_a_heatmap_too(run, pictures, tmp_path):
    out = tmp_path / "pair.png"
    assert run("show", "heatmap", *pictures[:2], "--model", "default", "--out", out) == (0, f"{out}\n", "")
    assert np.asarray(Image.open(out)).std() > 10


def test_a_classifier_shows_where_it_sees_an_artist_in_any_number_of_paintings(
    run, classifier_model, tiny_model, studio_folder, pictures, tmp_path
):
    folder, artists = classifier_model
    out = tmp_path / "h.png"
    words = ["show", "heatmap", "--model", folder, "--out", out]
    assert run(*words, *pictures[:3]) == (0, f"{out}\n", "")
    height = Image.open(out).size[1]
    assert run(*words, pictures[0], "--catalogue", studio_folder, "--artist", artists[1]) == (0, f"{out}\n", "")
    assert Image.open(out).size[1] < height
    assert run(*words, *pictures[:2], "--classes", "pair") == (0, f"{out}\n", "")
    for more, said in (
        (["--artist", artists[1]], "give the catalogue of its training"),
        (["--catalogue", studio_folder, "--artist", artists[1] + "x"], "did you mean"),
    ):
        code, _, err = run(*words, pictures[0], *more)
        assert (code, said in err) == (1, True)
    code, _, err = run("show", "heatmap", pictures[0], "--model", tiny_model, "--out", out)
    assert (code, "compares two pictures, not 1" in " ".join(err.split())) == (2, True)
    code, _, err = run("show", "heatmap", pictures[0], "--model", tiny_model, "--classes", "artists", "--out", out)
    assert (code, "has no outputs of artists" in err) == (1, True)
