"""Oracles: scikit-learn, and plain loops."""

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.protocol.pairs import Pairs  # noqa: E402
from morelli.systems.objectives import PairNet  # noqa: E402
from morelli.training.classifier import MeanSoftmax, hold_out  # noqa: E402
from morelli.training.criteria import ArtistCriterion, PairCriterion  # noqa: E402
from morelli.training.pair_net import PairNetwork  # noqa: E402
from morelli.training.sampling import Step  # noqa: E402
from morelli.training.validation import Validation  # noqa: E402


@pytest.fixture
def validation(rng):
    rows = rng.permutation(90)[:60]
    first, second = rng.choice(rows, size=(2, 20), replace=False)
    pairs = Pairs(first, second, np.arange(20) < 10, np.repeat("x", 20).astype(object))
    return Validation(rows, pairs, np.stack([first[:10], second[:10], second[10:]], axis=1))


def cross_entropy(logit, same):
    chance = 1 / (1 + np.exp(-np.asarray(logit, dtype=float)))
    return -np.mean(np.where(same, np.log(chance), np.log(1 - chance)))


def test_pairs_and_triples_have_the_cross_entropy_of_their_pairs(rng):
    torch.manual_seed(0)
    network = PairNetwork(PairNet(merge=("concatenate",), hidden=(4,)), width=3)
    a, b, c = (torch.from_numpy(rng.normal(size=(5, 3)).astype(np.float32)) for _ in range(3))
    near, far = (network.head(a, one).detach().numpy() for one in (b, c))
    triples = PairCriterion().loss(network, [a, b, c], Step(np.zeros((3, 5), int)))
    wanted = cross_entropy([*near, *far], [True] * 5 + [False] * 5)
    assert float(triples.value.detach()) == pytest.approx(wanted, rel=1e-5)
    assert (int(triples.active), triples.examples) == (int((near < 0).sum() + (far >= 0).sum()), 10)
    assert float(triples.total.detach()) == pytest.approx(10 * wanted, rel=1e-5)
    step = Step(np.zeros((2, 10), int), different=np.repeat([False, True], 5))
    pairs = PairCriterion().loss(network, [torch.cat([a, a]), torch.cat([b, c])], step)
    assert float(pairs.value.detach()) == pytest.approx(wanted, rel=1e-5)


def test_a_pair_net_is_judged_by_the_mean_of_both_orders(validation, rng):
    metrics = pytest.importorskip("sklearn.metrics")
    network = PairNetwork(PairNet(merge=("concatenate",), hidden=(4,), dropout=0.5), width=3)
    outputs = torch.from_numpy(rng.normal(size=(60, 3)).astype(np.float32))
    figures = PairCriterion().judge(network, outputs, validation)
    place = {row: number for number, row in enumerate(validation.rows.tolist())}
    network.eval()

    def similarity(i, j):
        a, b = outputs[[place[i]]], outputs[[place[j]]]
        return float((network.head(a, b) + network.head(b, a)).detach()) / 2

    pairs = validation.pairs
    logit = [similarity(i, j) for i, j in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)]
    assert figures["validation_auc"] == pytest.approx(metrics.roc_auc_score(pairs.same, logit))
    assert figures["validation_loss"] == pytest.approx(cross_entropy(logit, pairs.same), rel=1e-5)
    right = [similarity(a, p) >= similarity(a, n) for a, p, n in validation.triplets.tolist()]
    assert figures["validation_triplet_accuracy"] == pytest.approx(np.mean(right))
    assert PairCriterion().choice(figures) == figures["validation_auc"]


def test_a_classifier_is_judged_by_what_was_held_out_and_by_pairs(validation, rng):
    metrics = pytest.importorskip("sklearn.metrics")
    outputs = torch.from_numpy(rng.normal(size=(60, 4)).astype(np.float32))
    held_out, artist = validation.rows[[20, 22, 11]], np.array([0, 3, 1])
    figures = ArtistCriterion(held_out, artist).judge(SimpleNamespace(), outputs, validation)
    likely = torch.softmax(outputs.double(), dim=1).numpy()
    rows = [validation.rows.tolist().index(row) for row in held_out]
    assert figures["held_out_loss"] == pytest.approx(-np.mean(np.log(likely[rows, artist])), rel=1e-5)
    assert figures["held_out_accuracy"] == pytest.approx(np.mean(likely[rows].argmax(axis=1) == artist))
    place = [validation.rows.tolist().index(row) for row in [*validation.pairs.first, *validation.pairs.second]]
    dots = (likely[place[:20]] * likely[place[20:]]).sum(axis=1)
    assert figures["validation_auc"] == pytest.approx(metrics.roc_auc_score(validation.pairs.same, dots))
    assert ArtistCriterion(held_out, artist).choice(figures) == -figures["held_out_loss"]
    none = np.zeros(0, dtype=np.int64)
    assert ArtistCriterion(none, none).choice(figures) == figures["validation_auc"]


def test_a_share_of_every_artist_is_held_out():
    paintings = [np.arange(start, start + count) for start, count in ((0, 2), (10, 30), (100, 7), (200, 400))]
    stay, out, whose = hold_out(paintings, 0.1, seed=0)
    for number, (left, all_) in enumerate(zip(stay, paintings, strict=True)):
        assert sorted([*left, *out[whose == number]]) == all_.tolist()
        assert len(left) >= 1
        assert abs((whose == number).sum() - 0.1 * len(all_)) < 1
    counts = [len(hold_out(paintings[:1], 0.1, seed=seed)[1]) for seed in range(300)]
    assert np.mean(counts) == pytest.approx(0.2, abs=0.1)  # of two pictures a fifth of one
    assert [len(part) for part in hold_out(paintings, 1.0, seed=0)[0]] == [1] * 4


def test_several_classifiers_have_the_mean_of_their_softmax_vectors(rng):
    networks = [torch.nn.Linear(3, 4) for _ in range(3)]
    x = torch.from_numpy(rng.normal(size=(5, 3)).astype(np.float32))
    got = MeanSoftmax(networks)(x).detach().numpy()
    wanted = np.mean(
        [np.exp(v) / np.exp(v).sum(1, keepdims=True) for v in (n(x).detach().numpy() for n in networks)], axis=0
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-5)
