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


def parts(rebuilt, pictures):
    """The maps of two pictures, each a tuple."""
    maps = rebuilt.maps(pictures)
    return tuple(one[:1] for one in maps), tuple(one[1:] for one in maps)


@pytest.mark.parametrize("kind", ["negative-mean-squared-difference", "cosine"])
def test_it_is_autograd_by_hand(model, rebuilt, pictures, kind):
    first, second = parts(rebuilt, pictures)
    found = pair_maps(rebuilt.head, first, second, similarity=partial(operator_similarity, kind=kind))
    for (own,), (other,), (got,) in ((first, second, found.first), (second, first, found.second)):
        leaf = own.clone().requires_grad_()
        a, b = rebuilt.head(leaf)[0], rebuilt.head(other)[0].detach()
        similarity = a @ b / (a.norm() * b.norm()) if kind == "cosine" else -((a - b) ** 2).mean()
        similarity.backward()
        np.testing.assert_allclose(got, (leaf.grad * own).sum(dim=1)[0].numpy(), atol=1e-6)
        assert similarity.item() == pytest.approx(found.similarity, abs=1e-5)
    if kind == "negative-mean-squared-difference":  # the model's own
        embeddings = model.encoder.encode(pictures)
        assert found.similarity == pytest.approx(model.similarity(embeddings[:1], embeddings[1:])[0], rel=1e-3)


def test_swapping_the_pictures_swaps_the_maps(rebuilt, pictures):
    first, second = parts(rebuilt, pictures)
    one = pair_maps(rebuilt.head, first, second, similarity=COSINE)
    other = pair_maps(rebuilt.head, second, first, similarity=COSINE)
    np.testing.assert_allclose(one.first[0], other.second[0], atol=1e-7)
    np.testing.assert_allclose(one.second[0], other.first[0], atol=1e-7)
    assert one.similarity == pytest.approx(other.similarity)


def test_nothing_can_raise_the_similarity_of_a_picture_to_itself(rebuilt, pictures):
    first, _ = parts(rebuilt, pictures)
    same = pair_maps(rebuilt.head, first, first, similarity=NEGATIVE)
    assert same.similarity == 0
    assert np.abs(same.first[0]).max() == 0


def loss_of_scaling(head, maps, other, number, row, column, *, share):
    """What the similarity loses, per share, when a map is made smaller at one place; in float64."""
    compare = SimilarityTo(head, other, similarity=NEGATIVE)
    less = [one.clone() for one in maps]
    less[number][:, :, row, column] *= 1 - share
    with torch.no_grad():
        return float(compare(*maps) - compare(*less)) / share


class TwoMaps(torch.nn.Module):
    """A head over a plane that is flattened and one whose mean and deviation are taken."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.flat, self.pooled = torch.nn.Linear(3 * 20, 6).double(), torch.nn.Linear(8, 6).double()

    def forward(self, one, other):
        places = other.flatten(2)
        pooled = torch.cat([places.mean(2), places.std(2, correction=0)], dim=1)
        return torch.tanh(self.flat(one.flatten(1))) * self.pooled(pooled)


def test_each_place_of_each_map_says_what_it_would_cost(rng):
    head = TwoMaps()
    first, second = (
        (torch.from_numpy(rng.random((1, 3, 4, 5))), torch.from_numpy(rng.random((1, 4, 2, 3)))) for _ in range(2)
    )
    found = pair_maps(head, first, second, similarity=NEGATIVE)
    other = head(*second).detach()
    for number, values in enumerate(found.first):
        assert values.shape == tuple(first[number].shape[2:])
        cost = np.empty_like(values)
        for row, column in np.ndindex(values.shape):
            cost[row, column] = loss_of_scaling(head, first, other, number, row, column, share=1e-5)
        np.testing.assert_allclose(values, cost, atol=1e-4 * np.abs(values).max())
    # All of them together are what making every map smaller at once costs.
    less = tuple(one * (1 - 1e-5) for one in first)
    with torch.no_grad():
        whole = float(NEGATIVE(head(*first), other) - NEGATIVE(head(*less), other)) / 1e-5
    assert sum(values.sum() for values in found.first) == pytest.approx(whole, rel=1e-3)
