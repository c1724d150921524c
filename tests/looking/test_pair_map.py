"""Against autograd by hand on the whole chain, picture to similarity."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.looking.pair_map import SimilarityTo, pair_maps  # noqa: E402
from morelli.looking.rebuild import rebuild  # noqa: E402
from morelli.model.model import load  # noqa: E402
from morelli.model.similarity import operator_similarity  # noqa: E402

COSINE = partial(operator_similarity, kind="cosine")
NEGATIVE = partial(operator_similarity, kind="negative-mean-squared-difference")


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def pictures(model, studio_folder):
    return np.concatenate([model.view.open(file).pixels for file in sorted(studio_folder.rglob("*.jpg"))[:20:10]])


@pytest.fixture(scope="module")
def rebuilt(model, pictures):
    return rebuild(model, pictures)


@pytest.mark.parametrize("kind", ["negative-mean-squared-difference", "cosine"])
def test_it_is_autograd_by_hand(model, rebuilt, pictures, kind):
    maps = rebuilt.maps(pictures).clone()
    found = pair_maps(rebuilt.head, maps[:1], maps[1:], similarity=partial(operator_similarity, kind=kind))
    for own, other, got in ((maps[:1], maps[1:], found.first), (maps[1:], maps[:1], found.second)):
        leaf = own.clone().requires_grad_()
        a, b = rebuilt.head(leaf)[0], rebuilt.head(other)[0].detach()
        similarity = a @ b / (a.norm() * b.norm()) if kind == "cosine" else -((a - b) ** 2).mean()
        similarity.backward()
        np.testing.assert_allclose(got, (leaf.grad * own).sum(dim=1)[0].numpy(), atol=1e-6)
        assert similarity.item() == pytest.approx(found.similarity, abs=1e-5)
    if kind == model.kind:
        embeddings = model.encoder.encode(pictures)
        assert found.similarity == pytest.approx(model.similarity(embeddings[:1], embeddings[1:])[0], rel=1e-3)


def test_swapping_the_pictures_swaps_the_maps(rebuilt, pictures):
    maps = rebuilt.maps(pictures)
    one = pair_maps(rebuilt.head, maps[:1], maps[1:], similarity=COSINE)
    other = pair_maps(rebuilt.head, maps[1:], maps[:1], similarity=COSINE)
    np.testing.assert_allclose(one.first, other.second, atol=1e-7)
    np.testing.assert_allclose(one.second, other.first, atol=1e-7)
    assert one.similarity == pytest.approx(other.similarity)


def test_nothing_can_raise_the_similarity_of_a_picture_to_itself(rebuilt, pictures):
    maps = rebuilt.maps(pictures)
    same = pair_maps(rebuilt.head, maps[:1], maps[:1], similarity=NEGATIVE)
    assert same.similarity == 0
    assert np.abs(same.first).max() == 0


def test_blanking_a_place_costs_what_its_map_says(rebuilt, pictures):
    maps = rebuilt.maps(pictures).clone()
    found = pair_maps(rebuilt.head, maps[:1], maps[1:], similarity=NEGATIVE)
    compare = SimilarityTo(rebuilt.head, rebuilt.head(maps[1:]), similarity=NEGATIVE)
    small = 1e-2  # of the map at that place: to first order
    cost = np.empty_like(found.first)
    with torch.inference_mode():
        for row, column in np.ndindex(cost.shape):
            less = maps[:1].double().clone()
            less[:, :, row, column] *= 1 - small
            cost[row, column] = float(compare.double()(maps[:1].double()) - compare(less)) / small
    compare.float()
    assert np.corrcoef(cost.ravel(), found.first.ravel())[0, 1] > 0.99
