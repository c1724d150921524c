from __future__ import annotations

import io
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.pictures.open import open_image
from morelli.pictures.same import best_part, shows_the_same, sketch

Pixels = npt.NDArray[np.uint8]


def through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def grey(pixels: Pixels) -> Pixels:
    return np.repeat(np.asarray(Image.fromarray(pixels).convert("L"))[..., np.newaxis], 3, axis=2)


def mounted(pixels: Pixels) -> Pixels:
    return np.pad(pixels, ((40, 30), (25, 45), (0, 0)), constant_values=240)


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "none": lambda p: p,
    "heavily compressed": lambda p: through_jpeg(p, 20),
    "half the size": lambda p: np.asarray(Image.fromarray(p).resize((p.shape[1] // 2, p.shape[0] // 2))),
    "greyscale": grey,
    "a part": lambda p: p[30:200, 40:220],
    "a small part, grey and compressed": lambda p: grey(through_jpeg(p[100:240, 90:225], 40)),
    "in a mount": mounted,
}
TURNS: dict[str, Callable[[Pixels], Pixels]] = {
    "mirrored": lambda p: p[:, ::-1],
    "turned by a quarter": lambda p: np.rot90(p),
    "mirrored and turned": lambda p: np.rot90(p[:, ::-1], 3),
    "upside down, compressed": lambda p: through_jpeg(np.ascontiguousarray(p[::-1, ::-1]), 50),
    "a negative": lambda p: 255 - p,
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_painting_is_found(made_up: list[Pixels], change: str) -> None:
    structured = [pixels for pixels in made_up if sketch(pixels).fingerprint.structure >= 0.5]
    assert len(structured) >= 6
    found = 0
    for pixels in structured:
        one, other = sketch(pixels), sketch(np.ascontiguousarray(CHANGES[change](pixels)))
        found += shows_the_same(one, other)
        assert shows_the_same(other, one) == shows_the_same(one, other)
    assert found == len(structured) if "small" not in change else found >= 0.8 * len(structured)


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_copy_is_found_where_there_is_structure(made_up: list[Pixels], turn: str) -> None:
    sketches = [(pixels, sketch(pixels)) for pixels in made_up]
    structured = [(pixels, one) for pixels, one in sketches if one.fingerprint.structure >= 0.62]
    assert len(structured) >= 4
    for pixels, one in structured:
        other = sketch(np.ascontiguousarray(TURNS[turn](pixels)))
        assert shows_the_same(one, other)
        assert shows_the_same(other, one)


def test_two_paintings_are_not(made_up: list[Pixels]) -> None:
    sketches = [sketch(pixels) for pixels in made_up]
    assert not any(shows_the_same(one, other) for one, other in combinations(sketches, 2))


def test_flat_pictures_are_the_same_only_to_the_pixel() -> None:
    one, other = (np.full((60, 60, 3), level, dtype=np.uint8) for level in (90, 91))
    assert shows_the_same(sketch(one), sketch(one.copy()))
    assert not shows_the_same(sketch(one), sketch(other))


def test_a_part_is_found_where_it_is_cut_from(rng: np.random.Generator) -> None:
    """A template cut out at scale 1 correlates perfectly but for the blur around its cut edges; a slow search agrees."""
    field = np.asarray(
        Image.fromarray(rng.integers(0, 255, (10, 12), dtype=np.uint8)).resize((48, 40)), dtype=np.float32
    )
    assert best_part(field, field) == pytest.approx(1, abs=1e-3)
    assert best_part(field, np.ascontiguousarray(field[5:35, 8:44])) > 0.8
    assert best_part(field, rng.normal(100, 30, (40, 48)).astype(np.float32)) < 0.4
    assert best_part(field[:8, :8], field) == -1


@pytest.mark.slow
def test_real_paintings_by_one_artist_are_told_apart(paintings: Path) -> None:
    """The hardest negatives: 400 pairs of two paintings by one artist."""
    draw = np.random.default_rng(4)
    artists = sorted(folder for folder in paintings.iterdir() if folder.is_dir())
    alarms = 0
    for _ in range(400):
        files = sorted(artists[draw.integers(len(artists))].glob("*.jpg"))
        one, other = (sketch(open_image(files[k])) for k in draw.choice(len(files), 2, replace=False))
        alarms += shows_the_same(one, other)
    assert alarms <= 4
