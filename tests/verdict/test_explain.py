"""Explaining a verdict with whole models: exactly where the encoder has a map, by occlusion where it has none."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from morelli.errors import PictureError
from morelli.model.comparison import MetricComparison
from morelli.model.folder import ENCODER
from morelli.model.mapper import load_mapper
from morelli.model.model import load
from morelli.pictures.view import View
from morelli.verdict import explain as module
from morelli.verdict.compare import compare
from morelli.verdict.explain import explain


@pytest.fixture(scope="module")
def mapped(mapped_model):
    return load(mapped_model)


@pytest.fixture(scope="module")
def unmapped(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def pictures(studio_folder):
    return sorted(studio_folder.rglob("*.jpg"))


def test_the_exact_parts_add_up_to_the_verdicts_similarity(mapped, pictures):
    for first, second in ((0, 1), (0, 30), (50, 100)):
        found = explain(pictures[first], pictures[second], model=mapped)
        assert found.method == "exact"
        assert found.cohort
        assert found.verdict == compare(pictures[first], pictures[second], model=mapped)
        for side in (found.first, found.second):
            assert side.values.shape == (4, 4)
            assert side.values.sum() + side.held == pytest.approx(found.verdict.similarity, abs=1e-5)
            assert np.abs(side.values).max() > 0


def test_of_a_cropped_picture_the_painting_alone_is_explained(mapped, unmapped, pictures, tmp_path):
    framed = np.pad(np.asarray(Image.open(pictures[0])), ((12, 12), (9, 9), (0, 0)), constant_values=250)
    Image.fromarray(framed).save(tmp_path / "framed.png")
    height, width = framed.shape[:2]
    inside = (9 / width, 12 / height, 1 - 9 / width, 1 - 12 / height)
    for model in (mapped, unmapped):
        found = explain(tmp_path / "framed.png", pictures[40], model=model, crop=True)
        assert found.first.seen == pytest.approx(inside, abs=3 / width)
        assert found.second.seen == (0, 0, 1, 1)
        for match in found.matches:
            assert inside[0] - 0.03 <= match.first[0] < match.first[2] <= inside[2] + 0.03
        if model is mapped:
            assert found.first.values.sum() + found.first.held == pytest.approx(found.verdict.similarity, abs=1e-5)


def test_the_parts_of_the_shipped_model_add_up_too(pictures):
    found = explain(pictures[0], pictures[40], model=load("default"))
    assert found.method == "exact"
    for side in (found.first, found.second):
        assert side.values.shape == (14, 14)
        assert side.values.sum() + side.held == pytest.approx(found.verdict.similarity, abs=1e-4)


def test_swapping_the_pictures_mirrors_what_is_said(mapped, unmapped, pictures):
    for model in (mapped, unmapped):
        one = explain(pictures[0], pictures[40], model=model)
        other = explain(pictures[40], pictures[0], model=model)
        assert (one.first.path, one.second.path) == (other.second.path, other.first.path)
        np.testing.assert_allclose(one.first.values, other.second.values, atol=1e-4)
        np.testing.assert_allclose(one.second.values, other.first.values, atol=1e-4)
        assert [(m.first, m.second) for m in one.matches] == [(m.second, m.first) for m in other.matches]


def test_matches_are_what_their_regions_add_and_do_not_overlap(mapped, pictures):
    """A picture beside itself: its regions match themselves, and a match's value is that of the map's parts."""
    found = explain(pictures[3], pictures[3], model=mapped)
    (embedding,), maps = load_mapper(mapped.folder.read(ENCODER), name="x")(mapped.view.open(pictures[3]).pixels)
    assert found.matches
    for match in found.matches:
        assert match.first == match.second
        left, top, right, bottom = (round(4 * edge) for edge in match.first)
        part = maps[0, top:bottom, left:right].sum(axis=(0, 1), dtype=np.float64)
        assert match.value == pytest.approx(float(part @ part / (embedding @ embedding)), rel=1e-3)


def test_a_picture_beside_itself_is_explained_alike_on_both_sides(mapped, pictures):
    found = explain(pictures[0], pictures[0], model=mapped)
    np.testing.assert_allclose(found.first.values, found.second.values, atol=1e-5)


def test_a_model_without_a_map_is_asked_by_occlusion(unmapped, pictures):
    told = []
    found = explain(pictures[0], pictures[40], model=unmapped, progress=lambda *done: told.append(done))
    assert found.method == "occlusion"
    assert not found.cohort
    assert found.first.values.shape == (8, 8)
    assert (found.first.held, found.second.held) == (0, 0)
    assert np.abs(found.first.values).max() > 0
    assert told[-1] == (100, 100)
    assert len(found.matches) <= 4


def test_both_ways_agree_where_both_can_be_asked(mapped, pictures, monkeypatch):
    """The weights are random here, so loosely: on the whole, what the map says counts more also loses more."""
    agreement = []
    for first, second in ((0, 1), (9, 10), (20, 60), (30, 31)):
        exact = explain(pictures[first], pictures[second], model=mapped)
        with monkeypatch.context() as patch:
            patch.setattr(module, "load_mapper", lambda *_, **__: None)
            tried = explain(pictures[first], pictures[second], model=mapped)
        assert (exact.method, tried.method) == ("exact", "occlusion")
        coarse = tried.first.values.reshape(4, 2, 4, 2).mean(axis=(1, 3))
        agreement.append(np.corrcoef(exact.first.values.ravel(), coarse.ravel())[0, 1])
    assert np.mean(agreement) > 0.2


def test_a_picture_that_cannot_be_used_is_named(mapped, pictures, tmp_path):
    with pytest.raises(PictureError, match=r"gone\.jpg"):
        explain(pictures[0], tmp_path / "gone.jpg", model=mapped)


class Reds:
    """Embeds a picture by the mean red of the sixteenths of each of its views."""

    def __init__(self, view):
        self.size, self.views, self.embedding = view.size, view.n, 16 * view.n

    def encode(self, pictures):
        reds = pictures.reshape(len(pictures), self.views, 4, self.size // 4, 4, self.size // 4, 3)[..., 0]
        return reds.mean(axis=(3, 5)).reshape(len(pictures), -1).astype(np.float32)


@pytest.mark.parametrize(
    ("view", "seen"),
    [
        (View("centre", 32), (0.25, 0.0, 0.75, 1.0)),
        (View("corners", 32), (0.0, 0.0, 1.0, 1.0)),
        (View("tiles", 32), (0.0, 0.0, 1.0, 1.0)),
    ],
)
def test_whatever_the_view_values_lie_on_what_is_read(unmapped, tmp_path, rng, view, seen):
    """Two paintings of 200 x 100 px that differ in all but the upper left of what is read: there they are alike."""
    files = []
    for name, base in (("a.png", 40), ("b.png", 200)):
        pixels = np.full((100, 200, 3), base, np.uint8)
        left, top, right, bottom = (round(edge * side) for edge, side in zip(seen, (200, 100, 200, 100), strict=True))
        pixels[top : (top + bottom) // 2, left : (left + right) // 2] = rng.integers(0, 255, (1, 1, 3))
        pixels[top : (top + bottom) // 4, left : (left + right) // 2, 0] = 255
        Image.fromarray(pixels).save(tmp_path / name)
        files.append(tmp_path / name)
    model = replace(unmapped, view=view, encoder=Reds(view), comparisons={"alone": MetricComparison("dot")})
    found = explain(*files, model=model)
    assert found.method == "occlusion"
    for side in (found.first, found.second):
        assert side.seen == pytest.approx(seen)
        assert np.isfinite(side.values).all()
        brightest = np.unravel_index(np.abs(side.values).argmax(), (8, 8))
        assert max(brightest) <= 4  # round the bright patch, whose edges are all that blurring changes
    for match in found.matches:
        for box in (match.first, match.second):
            assert seen[0] <= box[0] < box[2] <= seen[2]
            assert seen[1] <= box[1] < box[3] <= seen[3]
