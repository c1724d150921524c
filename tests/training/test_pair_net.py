"""Oracles: numpy, and a loop over pairs."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.errors import ModelError  # noqa: E402
from morelli.model.comparison import load_pair_net  # noqa: E402
from morelli.systems.objectives import PairNet  # noqa: E402
from morelli.systems.parameters import count_pair_net  # noqa: E402
from morelli.training.export import check_head, export_head  # noqa: E402
from morelli.training.pair_net import PairNetwork, Standardise, fold, merge, similarity_of_rows  # noqa: E402

ALL = ("concatenate", "product", "absolute-difference", "squared-difference")


@pytest.fixture
def pair(rng):
    return rng.normal(size=(2, 5, 3)).astype(np.float32)


def test_merges_are_numpys(pair):
    a, b = pair
    wanted = {"concatenate": np.hstack([a, b]), "product": a * b}
    wanted |= {"absolute-difference": abs(a - b), "squared-difference": (a - b) ** 2}
    for kind, one in wanted.items():
        np.testing.assert_allclose(merge(*map(torch.from_numpy, pair), kinds=[kind]).numpy(), one, rtol=1e-6)
    together = merge(*map(torch.from_numpy, pair), kinds=ALL).numpy()
    np.testing.assert_allclose(together, np.hstack(list(wanted.values())), rtol=1e-6)


@pytest.mark.parametrize(
    "objective",
    [
        PairNet(branch=(7, 4), hidden=(6,), merge=ALL),
        PairNet(branch=(), hidden=(6,), merge=("concatenate",), bias=False),
        PairNet(branch=(4,), hidden=(), activation="none", dropout=0.5),
    ],
)
def test_the_net_is_a_numpy_net_and_has_the_number_of_parameters_that_is_said(objective, rng):
    torch.manual_seed(1)
    network = PairNetwork(objective, width=9).eval()
    assert sum(p.numel() for p in network.parameters()) == count_pair_net(objective, width=9)
    x = rng.normal(size=(2, 6, 9)).astype(np.float32)
    relu = (lambda v: np.maximum(v, 0)) if objective.activation == "relu" else (lambda v: v)

    def linear(layer, v):
        bias = 0 if layer.bias is None else layer.bias.detach().numpy()
        return v @ layer.weight.detach().numpy().T + bias

    def through(layers, v, last):
        lines = [one for one in layers if isinstance(one, torch.nn.Linear)]
        for number, one in enumerate(lines, 1):
            v = linear(one, v)
            v = relu(v) if number < len(lines) or last else v
        return v

    first, second = (through(network.branch, one, True) for one in x)
    merged = merge(torch.from_numpy(first), torch.from_numpy(second), kinds=objective.merge).numpy()
    wanted = through(network.head.layers, merged, False)[:, 0]
    with torch.inference_mode():
        got = network.head(*(network(torch.from_numpy(one)) for one in x)).numpy()
    np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_a_bare_output_has_no_activation():
    network = PairNetwork(PairNet(hidden=()), width=2)
    with torch.no_grad():
        network.head.layers[0].weight.fill_(-1)
        network.head.layers[0].bias.zero_()
    assert float(network.head(torch.ones(1, 2), torch.zeros(1, 2))) == -2  # the logit of "different" may be below 0


def test_standardising_is_numpys_and_leaves_out_what_hardly_varies(rng):
    x = rng.normal(3, 2, size=(500, 4)).astype(np.float32)
    x[:, 2] = 5 + 1e-6 * x[:, 0]
    got = Standardise(torch.from_numpy(x.mean(0)), torch.from_numpy(x.std(0)))(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(np.delete(got, 2, 1), np.delete((x - x.mean(0)) / x.std(0), 2, 1), rtol=1e-4, atol=1e-5)
    assert (got[:, 2] == 0).all()


@pytest.mark.parametrize("branch", [(7, 4), ()])
def test_folding_changes_nothing(branch, rng):
    torch.manual_seed(3)
    network = PairNetwork(PairNet(branch=branch), width=6).eval()
    x = torch.from_numpy(rng.normal(3, [2, 1, 0.5, 4, 0.1, 1], size=(50, 6)).astype(np.float32))
    standardise = Standardise(x.mean(0), x.std(0))
    with torch.inference_mode():
        torch.testing.assert_close(fold(standardise, network.branch)(x), network(standardise(x)), atol=1e-4, rtol=1e-4)


def test_a_pair_s_similarity_is_the_mean_of_both_orders_in_torch_and_in_the_export(rng):
    torch.manual_seed(2)
    head = PairNetwork(PairNet(branch=(), hidden=(8,), merge=("concatenate",), dropout=0.5), width=5).head
    embeddings = rng.normal(size=(12, 5)).astype(np.float32)
    first, second = rng.integers(0, 12, 40), rng.integers(0, 12, 40)
    wanted = []
    with torch.inference_mode():
        head.eval()
        for i, j in zip(first, second, strict=True):
            a, b = (torch.from_numpy(embeddings[[k]]) for k in (i, j))
            wanted.append(float(head(a, b) + head(b, a)) / 2)
    head.train()
    there = [torch.from_numpy(one) for one in (first, second)]
    got = similarity_of_rows(head, torch.from_numpy(embeddings), *there, chunk=7)
    assert got.numpy() == pytest.approx(wanted, abs=1e-5)
    assert head.training
    model = export_head(head, width=5)
    assert check_head(head, model, embeddings) < 1e-4
    loaded = load_pair_net(model, name="h", width=5).over(embeddings)
    assert loaded.rows(first, second) == pytest.approx(wanted, abs=1e-5)
    assert loaded.rows(second, first) == pytest.approx(wanted, abs=1e-5)
    with torch.no_grad():
        head.layers[0].weight.mul_(1.5)
    with pytest.raises(ModelError, match="exported head differs"):
        check_head(head, model, embeddings)
