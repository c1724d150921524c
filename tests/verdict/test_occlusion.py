"""Occlusion, checked on networks of known weights: what a region is worth is known there."""

from dataclasses import dataclass

import numpy as np
import pytest

from morelli.model.comparison import MetricComparison
from morelli.pictures.view import View
from morelli.verdict.occlusion import above_average, blurred, lost_by_occlusion, occluded, occluded_embeddings
from morelli.verdict.windows import Windows

SIZE = 32


@dataclass
class KnownEncoder:
    """Embeds a picture by a weighted sum of its reds: weights (d, k, s, s)."""

    weights: np.ndarray
    views: int = 1
    size: int = SIZE

    @property
    def embedding(self):
        return len(self.weights)

    def encode(self, pictures):
        pictures = pictures[:, None] if self.views == 1 else pictures
        return np.einsum("dkyx,nkyx->nd", self.weights, pictures[..., 0].astype(np.float64)).astype(np.float32)


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (2, 1, SIZE, SIZE, 3), dtype=np.uint8)


REGIONS = [Windows(4, 4, 1).box(number) for number in range(16)]


def test_what_is_lost_is_what_the_weights_say(pictures, rng):
    """A region's part of the embedding is its weights times what blurring takes from it; the similarity is the inner product."""
    encoder = KnownEncoder(rng.normal(0, 0.01, size=(5, 1, SIZE, SIZE)))
    embedded = [occluded_embeddings(encoder, one, View("whole", SIZE).boxes((9, 9)), REGIONS) for one in pictures]
    parts = []
    for one in pictures:
        taken = one[0, ..., 0].astype(np.float64) - blurred(one)[0, ..., 0]
        each = encoder.weights[:, 0] * taken
        parts.append(each.reshape(5, 4, 8, 4, 8).sum(axis=(2, 4)).reshape(5, 16).T)
    of_first, of_second, of_pairs = lost_by_occlusion(MetricComparison("dot"), *embedded)
    whole = [one[0].astype(np.float64) for one in embedded]
    np.testing.assert_allclose(of_first, parts[0] @ whole[1], rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(of_second, parts[1] @ whole[0], rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(of_pairs, parts[0] @ parts[1].T, rtol=1e-2, atol=0.05)
    assert np.abs(parts[0] @ parts[1].T).max() > 1


def test_a_network_that_looks_at_one_region_alone_is_found_out(pictures):
    weights = np.zeros((1, 1, SIZE, SIZE))
    weights[0, 0, 8:16, 24:32] = 0.01  # region 7: second row, last column
    encoder = KnownEncoder(weights)
    embedded = [occluded_embeddings(encoder, one, [(0.0, 0.0, 1.0, 1.0)], REGIONS) for one in pictures]
    of_first, _, of_pairs = lost_by_occlusion(MetricComparison("dot"), *embedded)
    assert np.flatnonzero(np.abs(of_first) > 1e-3).tolist() == [7]
    assert np.argwhere(np.abs(of_pairs) > 1e-3).tolist() == [[7, 7]]


@pytest.mark.parametrize("view", [View("whole", 32), View("centre", 32), View("corners", 32), View("tiles", 32)])
def test_a_region_is_blurred_in_every_picture_that_shows_it(view, rng):
    """In the painting, then shown, beside shown, then blurred: the same places differ from the view of the painting as it is."""
    painting = np.kron(rng.integers(0, 256, (80, 120, 3), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))  # 480 x 320 px
    region = (0.5, 0.5, 0.75, 0.75)
    shown = view.apply(painting)
    got = occluded(shown, view.boxes((480, 320)), region)
    marked = painting.copy()
    marked[160:240, 240:360] = 0
    where = (view.apply(marked).astype(int) != shown).any(axis=-1)
    changed = (got != shown).any(axis=-1)
    for one, other in zip(changed, where, strict=True):
        assert (one & ~grown(other)).sum() == 0
        assert (shrunk(other) & ~one).mean() < 0.02  # a blurred pixel may happen to have its own value
    assert changed.any()
    np.testing.assert_array_equal(occluded(shown, view.boxes((480, 320)), (0.0, 0.0, 1.0, 1.0)), blurred(shown))


def grown(mask):
    padded = np.pad(mask, 3)
    shape = mask.shape
    return np.any([padded[y : y + shape[0], x : x + shape[1]] for y in range(7) for x in range(7)], axis=0)


def shrunk(mask):
    return ~grown(~mask)


def test_pictures_of_several_views_are_embedded_together(rng):
    view = View("tiles", SIZE)
    pictures = rng.integers(0, 256, (4, SIZE, SIZE, 3), dtype=np.uint8)
    encoder = KnownEncoder(rng.normal(size=(2, 4, SIZE, SIZE)), views=4)
    told = []
    regions = [(0.0, 0.0, 0.1, 0.1)] * 20
    found = occluded_embeddings(encoder, pictures, view.boxes((8, 8)), regions, progress=told.append)
    np.testing.assert_allclose(found[0], encoder.encode(pictures[None])[0], rtol=1e-5)
    assert found.shape == (21, 2)
    assert told == [16, 21]


def test_values_above_average_sum_to_nothing_along_every_axis(rng):
    pairs = above_average(rng.normal(size=(4, 6)) + 10)
    np.testing.assert_allclose(pairs.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(pairs.sum(axis=1), 0, atol=1e-9)
