from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from morelli.pictures.duplicates import (
    Likeness,
    are_turned_duplicates,
    group_duplicates,
    near_duplicates,
    turned_duplicates,
)
from morelli.pictures.fingerprint import Fingerprint, fingerprint


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def cropped(image: Image.Image, share: float) -> Image.Image:
    width, height = image.size
    return image.crop((round(share * width), round(share / 2 * height), width, height))


CHANGES: dict[str, tuple[Callable[[Image.Image], Image.Image], float]] = {
    # what is done, and the least share of real paintings that must be found again
    "rescaled": (lambda image: image.resize((97, 130), Image.Resampling.LANCZOS), 0.97),
    "jpeg": (lambda image: jpeg(image, 25), 0.97),
    "brighter": (lambda image: ImageEnhance.Brightness(image).enhance(1.2), 0.95),
    "less colour": (lambda image: ImageEnhance.Color(image).enhance(0.4), 0.95),
    "cropped 2 %": (lambda image: cropped(image, 0.02), 0.95),
    "cropped 4 %": (lambda image: cropped(image, 0.04), 0.85),
    "all of it": (lambda image: jpeg(cropped(image, 0.02).resize((150, 200)), 40), 0.9),
}


@pytest.fixture(scope="module")
def real(paintings: Path) -> list[Image.Image]:
    files = sorted(paintings.glob("*/*.jpg"))
    rng = np.random.default_rng(7)
    return [Image.open(files[i]).convert("RGB") for i in rng.choice(len(files), 120, replace=False)]


def prints_of(images: list[Image.Image]) -> list[Fingerprint]:
    return [fingerprint(np.asarray(image)) for image in images]


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_are_found_and_strangers_are_not(real: list[Image.Image], change: str) -> None:
    alter, least = CHANGES[change]
    n = len(real)
    originals = prints_of(real)
    pairs = near_duplicates([*originals, *prints_of([alter(image) for image in real])])
    solid = [i for i, p in enumerate(originals) if not p.flat and p.structure >= Likeness().structure]
    found = {(i, j - n) for i, j in pairs.tolist() if i < n <= j}
    assert len(solid) > 80
    assert np.mean([(i, i) in found for i in solid]) >= least
    assert all(i == j for i, j in found)
    assert all(j - i == n for i, j in pairs.tolist())


def test_mirrored_copies_are_found_where_asked(real: list[Image.Image]) -> None:
    some = [image for image in real if fingerprint(np.asarray(image)).structure > 0.7][:40]
    turned = [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for image in some]
    prints = prints_of([*some, *turned])
    assert len(near_duplicates(prints)) == 0
    found = {tuple(pair) for pair in turned_duplicates(prints).tolist()}
    assert len(found & {(i, i + 40) for i in range(40)}) >= 38
    assert len(found) <= 40


def test_turned_copies_and_negatives_are_found_among_many_as_in_pairs(real: list[Image.Image]) -> None:
    some = [image for image in real if fingerprint(np.asarray(image)).structure > 0.7][:24]
    ways = [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90, Image.Transpose.TRANSPOSE]
    turned = [image.transpose(ways[k % 3]) if k % 4 else ImageOps.invert(image) for k, image in enumerate(some)]
    prints = prints_of([*some, *turned])
    found = {tuple(pair) for pair in turned_duplicates(prints).tolist()}
    slow = {(i, j) for i, j in combinations(range(48), 2) if are_turned_duplicates(prints[i], prints[j])}
    assert found <= slow
    assert len(found & {(i, i + 24) for i in range(24)}) >= 22
    assert len(slow) <= 24


def blank(shade: int, seed: int) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(seed).integers(-1, 2, size=(64, 64, 3))
    return np.clip(shade + noise, 0, 255).astype(np.uint8)


def test_flat_pictures_are_paired_only_where_identical() -> None:
    prints = [fingerprint(p) for p in (blank(200, 0), blank(200, 1), blank(90, 2), blank(200, 0))]
    assert all(p.flat for p in prints)
    np.testing.assert_array_equal(near_duplicates(prints), [[0, 3]])


def test_frames_alone_are_no_likeness(rng: np.random.Generator) -> None:
    """A white mount with another picture in it, as most of the false pairs were."""
    framed = []
    for _ in range(6):
        pixels = np.full((128, 128, 3), 245, dtype=np.uint8)
        inside = Image.fromarray(rng.integers(0, 256, size=(8, 8, 3), dtype=np.uint8)).resize((80, 80))
        pixels[24:104, 24:104] = np.asarray(inside)
        framed.append(fingerprint(pixels))
    assert near_duplicates(framed).shape == (0, 2)


def test_one_shape_in_two_colours_is_two_pictures() -> None:
    prints = []
    for colour in ((180, 20, 20), (20, 60, 180)):
        pixels = np.full((128, 128, 3), 245, dtype=np.uint8)
        pixels[30:100, 50:70] = colour
        prints.append(fingerprint(pixels))
    assert len(near_duplicates(prints)) == 0
    assert len(near_duplicates([prints[0], replace(prints[0], sha256="another")])) == 1


@pytest.mark.parametrize("n", [0, 1])
def test_few_pictures_have_no_pair(n: int) -> None:
    assert near_duplicates([fingerprint(blank(100, 0))] * n).shape == (0, 2)


def noise_prints(n: int, rng: np.random.Generator) -> list[Fingerprint]:
    greys = rng.integers(0, 256, size=(n, 32, 32), dtype=np.uint8)
    colour = np.zeros((8, 8, 3), dtype=np.uint8)
    return [Fingerprint(grey=g, colour=colour, structure=1.0, flat=False, sha256=str(i)) for i, g in enumerate(greys)]


def test_the_cost_grows_with_the_number_not_with_its_square(rng: np.random.Generator) -> None:
    prints = noise_prints(8000, rng)
    near_duplicates(prints[:200])
    times = []
    for n in (1000, 8000):
        began = time.perf_counter()
        near_duplicates(prints[:n])
        times.append(time.perf_counter() - began)
    assert times[1] < 8 * 3 * times[0]  # the square would be 64 times


def test_very_many_copies_hang_together(rng: np.random.Generator) -> None:
    one = noise_prints(1, rng)[0]
    copies = [replace(one, sha256=str(i)) for i in range(200)]
    pairs = near_duplicates(copies)
    assert len(pairs) < 200 * 60
    assert set(group_duplicates(pairs, 200)) == {0}


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
@settings(max_examples=60, deadline=None)
def test_groups_are_scipys_connected_components(case: tuple[int, list[tuple[int, int]]]) -> None:
    n, listed = case
    pairs = np.array(listed, dtype=np.int64).reshape(-1, 2)
    labels = group_duplicates(pairs, n)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, expected = connected_components(graph, directed=False)
    np.testing.assert_array_equal(labels[:, None] == labels, expected[:, None] == expected)
    assert all(labels[label] == label <= row for row, label in enumerate(labels))
