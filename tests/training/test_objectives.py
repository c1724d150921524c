"""Oracles: plain loops over samples, and pytorch-metric-learning."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.training.objectives import (  # noqa: E402
    batch_contrastive_loss,
    batch_triplet_loss,
    contrastive_loss,
    mean_squared_distance,
    mean_squared_distances,
    triplet_loss,
)

ARTIST = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])


@pytest.fixture
def embeddings(rng):
    return torch.from_numpy(rng.normal(size=(9, 7))).requires_grad_()


def distance(a, b):
    return float(np.mean((a.detach().numpy() - b.detach().numpy()) ** 2))


def test_a_distance_is_the_mean_squared_difference_of_each_sample(embeddings):
    one = mean_squared_distance(embeddings[:4], embeddings[4:8])
    assert one.detach().numpy() == pytest.approx([distance(embeddings[i], embeddings[i + 4]) for i in range(4)])
    all_ = mean_squared_distances(embeddings).detach().numpy()
    assert all_ == pytest.approx(np.array([[distance(a, b) for b in embeddings] for a in embeddings]), abs=1e-12)


@pytest.mark.parametrize("margin", [1.0, 2.0])
def test_triplet_loss_of_known_distances(margin):
    loss = triplet_loss(torch.tensor([0.0, 1.0, 3.0]), torch.tensor([5.0, 1.0, 2.0]), margin=margin)
    assert float(loss.value) == pytest.approx((0 + margin + (1 + margin)) / 3)
    assert (int(loss.active), loss.examples) == (2, 3)


def test_contrastive_loss_of_known_distances():
    # same at 0 and 3: 0 and 9; different at 0.5 and 5 with margin 2: 1.5^2 and 0
    distances, different = torch.tensor([0.0, 3.0, 0.5, 5.0]), torch.tensor([False, False, True, True])
    loss = contrastive_loss(distances, different, margin=2)
    assert float(loss.value) == pytest.approx((0 + 9 + 2.25 + 0) / 4)
    assert int(loss.active) == 2


@pytest.mark.parametrize("margin", [0.1, 1.0, 2.0])
def test_batch_triplets_are_all_triplets_of_a_loop(embeddings, margin):
    losses = [
        max(0.0, distance(embeddings[a], embeddings[p]) - distance(embeddings[a], embeddings[n]) + margin)
        for a, p, n in itertools.product(range(9), repeat=3)
        if a != p and ARTIST[a] == ARTIST[p] and ARTIST[a] != ARTIST[n]
    ]
    loss = batch_triplet_loss(embeddings, torch.from_numpy(ARTIST), margin=margin)
    active = [value for value in losses if value > 0]
    assert (int(loss.active), loss.examples) == (len(active), len(losses))
    assert float(loss.value.detach()) == pytest.approx(np.mean(active))
    assert float(loss.total.detach()) == pytest.approx(np.sum(losses))


def test_batch_triplets_agree_with_pytorch_metric_learning(embeddings):
    losses = pytest.importorskip("pytorch_metric_learning.losses")
    from pytorch_metric_learning.distances import LpDistance

    # Squared Euclidean distances over the root of d are mean squared differences.
    theirs = losses.TripletMarginLoss(margin=0.5, distance=LpDistance(normalize_embeddings=False, p=2, power=2))
    scaled = embeddings / np.sqrt(embeddings.shape[1])
    ours = batch_triplet_loss(embeddings, torch.from_numpy(ARTIST), margin=0.5)
    assert float(ours.value) == pytest.approx(float(theirs(scaled, torch.from_numpy(ARTIST))), rel=1e-6)


def test_batch_contrastive_weighs_same_and_different_alike(embeddings):
    pull, push = [], []
    for i, j in itertools.combinations(range(9), 2):
        d = distance(embeddings[i], embeddings[j])
        (pull if ARTIST[i] == ARTIST[j] else push).append(d**2 if ARTIST[i] == ARTIST[j] else max(0, 2 - d) ** 2)
    loss = batch_contrastive_loss(embeddings, torch.from_numpy(ARTIST), margin=2)
    assert float(loss.value) == pytest.approx((np.mean(pull) + np.mean(push)) / 2)


def test_losses_have_gradients_that_a_finite_difference_finds(embeddings):
    artist = torch.from_numpy(ARTIST)
    for loss in (batch_triplet_loss, batch_contrastive_loss):
        assert torch.autograd.gradcheck(lambda e, loss=loss: loss(e, artist, margin=1.0).value, (embeddings,))


def test_a_batch_without_triplets_costs_nothing(embeddings):
    alone = batch_triplet_loss(embeddings, torch.arange(9), margin=1.0)
    assert (float(alone.value), alone.examples) == (0.0, 0)
    alone.value.backward()
    assert float(embeddings.grad.abs().sum()) == 0
