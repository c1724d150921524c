"""Figures of validation, against a loop over pairs and triplets and against scikit-learn."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.protocol.pairs import Pairs  # noqa: E402
from morelli.systems.objectives import Siamese  # noqa: E402
from morelli.training.criteria import SiameseCriterion  # noqa: E402
from morelli.training.pixels import Pixels  # noqa: E402
from morelli.training.validation import Validation, embed_rows, to_network  # noqa: E402

CPU = torch.device("cpu")


class Means(torch.nn.Module):
    """Embeds a picture as its mean colours, with dropout that shows whether the network was left in training mode."""

    def __init__(self):
        super().__init__()
        self.dropout = torch.nn.Dropout(0.9)

    def forward(self, pictures):
        return self.dropout(pictures.mean(dim=(2, 3)) * 4)


@pytest.fixture
def pixels(rng):
    pictures = rng.integers(0, 256, size=(12, 1, 4, 4, 3), dtype=np.uint8)
    index = np.array([3, -1, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11])  # row 1 of the catalogue has no picture
    return Pixels(pictures, index, ())


@pytest.fixture
def validation():
    rows = np.array([0, 2, 3, 4, 5, 8, 9, 12])
    first = np.array([0, 2, 4, 8, 0, 2, 4, 8])
    second = np.array([2, 3, 5, 9, 4, 8, 9, 12])
    same = np.arange(8) < 4
    triplets = np.stack([first[:4], second[:4], second[4:]], axis=1)
    return Validation(rows, Pairs(first, second, same, np.full(8, "unseen", dtype=object)), triplets)


def colours(pixels, row):
    return pixels.pictures[pixels.index[row], 0].reshape(-1, 3).astype(np.float64).mean(axis=0) / 255 * 4


def distance(pixels, one, other):
    return float(np.mean((colours(pixels, one) - colours(pixels, other)) ** 2))


@pytest.mark.parametrize("pair_triplet", [True, False])
def test_figures_are_those_of_a_loop(pixels, validation, pair_triplet):
    sklearn = pytest.importorskip("sklearn.metrics")
    margin = 0.7
    network = Means().train()
    outputs = embed_rows(network, pixels, validation.rows, device=CPU)
    criterion = SiameseCriterion(Siamese(pair_triplet=pair_triplet, margin=margin))
    found = criterion.judge(network, outputs, validation)
    pairs = validation.pairs
    apart = [distance(pixels, a, b) for a, b in zip(pairs.first, pairs.second, strict=True)]
    assert found["validation_auc"] == pytest.approx(sklearn.roc_auc_score(pairs.same, [-d for d in apart]))
    near = [distance(pixels, a, p) for a, p, _ in validation.triplets]
    far = [distance(pixels, a, n) for a, _, n in validation.triplets]
    right = [one <= other for one, other in zip(near, far, strict=True)]
    assert found["validation_triplet_accuracy"] == pytest.approx(np.mean(right))
    if pair_triplet:
        each = [max(0.0, one - other + margin) for one, other in zip(near, far, strict=True)]
    else:
        each = [d**2 if same else max(0.0, margin - d) ** 2 for d, same in zip(apart, pairs.same, strict=True)]
    assert found["validation_loss"] == pytest.approx(np.mean(each), rel=1e-5)


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_embeddings_do_not_depend_on_the_batch_and_the_mode_is_put_back(pixels, batch):
    rows = np.array([12, 0, 5, 2, 2])
    for training in (True, False):
        network = Means().train(training)
        found = embed_rows(network, pixels, rows, device=CPU, batch=batch)
        assert network.training == training
        assert found.numpy() == pytest.approx(np.array([colours(pixels, row) for row in rows]), rel=1e-5)


def test_pictures_become_floats_from_0_to_1_channels_first():
    pictures = np.zeros((1, 2, 3, 3), np.uint8)
    pictures[0, 1, 2] = (255, 51, 0)
    found = to_network(pictures, CPU)
    assert tuple(found.shape) == (1, 3, 2, 3)
    assert found.dtype == torch.float32
    assert found[0, :, 1, 2].tolist() == pytest.approx([1.0, 0.2, 0.0])
    assert float(found.sum()) == pytest.approx(1.2)
