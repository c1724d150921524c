"""Altered copies: what may change changes within its bounds, what follows from content and seed follows from nothing else."""

import numpy as np
import pytest

pytest.importorskip("torchvision")

from PIL import Image

from morelli.pictures.view import View
from morelli.systems.objectives import Copies
from morelli.training.copies import AlteredView, altered

NOTHING = {"crop": 1.0, "stretch": 1.0, "shrink": 1.0, "colour": 0.0, "noise": 0.0, "quality": 100}


@pytest.fixture
def places():
    """A picture that says of each pixel where it is: red from left to right, green from top to bottom."""
    line = np.linspace(0, 255, 96).round().astype(np.uint8)
    return np.stack([np.tile(line, (96, 1)), np.tile(line[:, None], (1, 96)), np.full((96, 96), 128, np.uint8)], axis=2)


def test_without_changes_a_copy_is_the_picture_or_its_mirror(places):
    seen = set()
    for seed in range(20):
        copy = altered(places, Copies(count=1, **NOTHING), np.random.default_rng(seed))
        mirrored = not np.array_equal(copy, places)
        np.testing.assert_array_equal(copy[:, ::-1] if mirrored else copy, places)
        seen.add(mirrored)
    assert seen == {True, False}


def test_a_crop_keeps_as_much_as_it_must_and_its_proportions_within_bounds(places):
    kept, proportions = [], []
    for seed in range(60):
        changes = {**NOTHING, "crop": 0.25, "stretch": 1.5}
        copy = altered(places, Copies(count=1, **changes), np.random.default_rng(seed)).astype(float)
        width, height = np.ptp(copy[..., 0]) / 255, np.ptp(copy[..., 1]) / 255
        kept.append(width * height)
        proportions.append(height / width)
    assert min(kept) > 0.2
    assert min(kept) < 0.4
    assert max(kept) > 0.85
    assert 1 / 1.6 < min(proportions) < 0.85
    assert 1.15 < max(proportions) < 1.6


@pytest.mark.parametrize("change", ["shrink", "colour", "noise", "quality"])
def test_every_change_of_scan_changes_some_copies_and_keeps_the_picture(places, change):
    value = {"shrink": 0.3, "colour": 0.12, "noise": 0.05, "quality": 20}[change]
    copies = Copies(count=1, **{**NOTHING, change: value})
    detail = np.random.default_rng(7).integers(0, 256, places.shape, dtype=np.uint8) // 4 + places // 2
    away = []
    for seed in range(40):
        copy = altered(detail, copies, np.random.default_rng(seed)).astype(float)
        away.append(min(np.abs(copy - one).mean() for one in (detail, detail[:, ::-1])))
    assert max(away) > 1
    assert max(away) < 60


def test_copies_follow_from_content_and_seed(tmp_path, places):
    Image.fromarray(places).save(tmp_path / "a.png")
    Image.fromarray(places[:, ::-1]).save(tmp_path / "b.png")
    data = {name: (tmp_path / f"{name}.png").read_bytes() for name in "ab"}
    shown = AlteredView(View("whole", 48), Copies(count=3), seed=1)
    one = shown.open_bytes(data["a"], name="a").pixels
    assert one.shape == (3, 48, 48, 3)
    assert one.dtype == np.uint8
    assert (shown.n, shown.kind, shown.quarters((10, 10))) == (3, "whole", False)
    shown.open_bytes(data["b"], name="b")
    np.testing.assert_array_equal(shown.open_bytes(data["a"], name="elsewhere").pixels, one)
    assert not np.array_equal(
        AlteredView(View("whole", 48), Copies(count=3), seed=2).open_bytes(data["a"], name="a").pixels, one
    )
    assert not np.array_equal(one[0], one[1])
