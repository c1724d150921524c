"""Against the model's own comparisons."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from morelli.errors import ModelError  # noqa: E402
from morelli.looking.torch_similarity import torch_similarity  # noqa: E402
from morelli.model.comparison import CohortComparison, MetricComparison, load_pair_net  # noqa: E402


def model_of(comparison, data=b""):
    folder = SimpleNamespace(path=Path("somewhere"), read=lambda name: data)
    return SimpleNamespace(comparison=comparison, folder=folder)


def agree(model, embeddings):
    similarity = torch_similarity(model)
    tensors = torch.from_numpy(embeddings)
    got = similarity(tensors, tensors[:1])
    rows = np.arange(len(embeddings))
    wanted = model.comparison.over(embeddings).rows(rows, np.zeros_like(rows))
    np.testing.assert_allclose(got.numpy(), wanted, atol=1e-5)
    return similarity


@pytest.mark.parametrize("kind", ["cosine", "dot", "negative-mean-squared-difference"])
def test_a_metric(rng, kind):
    embeddings = rng.normal(size=(6, 5)).astype(np.float32)
    similarity = agree(model_of(MetricComparison(kind)), embeddings)
    several, one = (torch.from_numpy(rng.normal(size=(n, 5))) for n in (3, 1))
    assert torch.autograd.gradcheck(lambda a: similarity(a, one), (several.requires_grad_(),))


@pytest.mark.parametrize("kind", ["cosine", "negative-mean-squared-difference"])
def test_a_metric_against_a_cohort(rng, kind):
    embeddings, cohort = (rng.normal(size=(n, 5)).astype(np.float32) for n in (6, 40))
    similarity = agree(model_of(CohortComparison(kind, cohort, 7, 0.5)), embeddings)
    a = torch.from_numpy(embeddings[:2]).requires_grad_()
    similarity(a, torch.from_numpy(embeddings[2:3])).sum().backward()
    assert a.grad.abs().min() > 0


class PairNet(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.branch, self.end = nn.Linear(5, 8), nn.Linear(24, 1)

    def forward(self, first, second):
        a, b = torch.relu(self.branch(first)), torch.relu(self.branch(second))
        return self.end(torch.cat([a, b, (a - b).abs()], dim=1)).squeeze(1)


def test_a_network_over_pairs(rng, tmp_path):
    file = tmp_path / "head.onnx"
    rows = {0: torch.export.Dim("n", min=1, max=4096)}
    torch.onnx.export(
        PairNet().eval(),
        (torch.zeros(2, 5), torch.zeros(2, 5)),
        str(file),
        input_names=["first", "second"],
        output_names=["similarity"],
        dynamic_shapes={"first": rows, "second": rows},
        external_data=False,
        dynamo=True,
        verbose=False,
    )
    data = file.read_bytes()
    embeddings = rng.normal(size=(6, 5)).astype(np.float32)
    agree(model_of(load_pair_net(data, name="head", width=5), data), embeddings)


def test_another_way_of_comparing_is_named():
    with pytest.raises(ModelError, match="somewhere: compares by SimpleNamespace"):
        torch_similarity(model_of(SimpleNamespace()))
