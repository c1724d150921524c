"""How odd features are: beside a slow loop, and what it does to an embedding."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from morelli.training.back_end import BackEnd, Projection  # noqa: E402
from morelli.training.backbones.pooled import PooledBackbone  # noqa: E402
from morelli.training.frozen import FrozenNetwork  # noqa: E402
from morelli.training.oddness import Oddness, Sized, parts_of  # noqa: E402
from morelli.training.projected import Projected  # noqa: E402

COLUMNS = ((0, 3), (3, 8), (8, 10))


def slow_oddness(features, training):
    """The largest root mean square of standardised features over the parts, each by the 99 % quantile of the training pictures'."""
    found = []
    for row in features:
        largest = 0.0
        for start, stop in COLUMNS:
            mean, deviation = training[:, start:stop].mean(axis=0), training[:, start:stop].std(axis=0)
            own = np.sqrt(np.mean(((row[start:stop] - mean) / deviation) ** 2))
            all_ = [np.sqrt(np.mean(((other[start:stop] - mean) / deviation) ** 2)) for other in training]
            largest = max(largest, own / np.quantile(all_, 0.99))
        found.append(largest)
    return np.array(found)


def test_it_is_that_of_a_slow_loop_over_the_parts(rng):
    training = rng.gamma(2.0, rng.uniform(0.1, 3, 10), (2000, 10)).astype(np.float32)
    asked = rng.gamma(2.0, 2.0, (7, 10)).astype(np.float32)
    found = Oddness(COLUMNS, training)(torch.from_numpy(asked)).numpy()
    np.testing.assert_allclose(found, slow_oddness(asked.astype(np.float64), training.astype(np.float64)), rtol=1e-4)


def test_one_odd_part_is_enough_and_scale_and_place_of_a_feature_do_not_matter(rng):
    training = rng.normal(size=(3000, 10)).astype(np.float32)
    odd = training[:4].copy()
    odd[:, 8:] += 30
    oddness = Oddness(COLUMNS, training)
    assert (oddness(torch.from_numpy(odd)) > 5).all()
    assert np.mean(oddness(torch.from_numpy(training)).numpy() > 1) == pytest.approx(0.03, abs=0.01)  # 1 % of each part
    scale, shift = rng.uniform(0.5, 20, 10).astype(np.float32), rng.normal(0, 5, 10).astype(np.float32)
    moved = Oddness(COLUMNS, training * scale + shift)(torch.from_numpy(odd * scale + shift))
    np.testing.assert_allclose(moved, oddness(torch.from_numpy(odd)), rtol=1e-3)


def test_a_feature_that_never_stirred_counts_and_does_not_drown_the_rest(rng):
    training = rng.normal(size=(1000, 10)).astype(np.float32)
    training[:, [4, 8, 9]] = 0.25  # one of a part, and a whole part
    asked = training[:2].copy()
    asked[1, 4] += 1.0
    found = Oddness(COLUMNS, training)(torch.from_numpy(asked)).numpy()
    assert np.isfinite(found).all()
    assert found[0] < 2
    assert 5 < found[1] < 100


def test_an_embedding_keeps_its_direction_and_is_as_long_as_its_picture_is_odd(rng):
    class Small(nn.Module):
        layers = {"first": 4, "last": 6}  # noqa: RUF012

        def forward(self, pictures):
            return {"first": pictures[:, :1].repeat(1, 4, 1, 1), "last": pictures[:, 1:2].repeat(1, 6, 1, 1)}

    network = FrozenNetwork(
        [PooledBackbone(Small(), name="small", layers=["first", "last"], statistics=["mean", "deviation"])]
    )
    parts = parts_of(network, width=20)
    assert parts == ((0, 4), (4, 8), (8, 14), (14, 20))
    assert parts_of(network, width=40) == (*parts, *((20 + start, 20 + stop) for start, stop in parts))
    with pytest.raises(ValueError, match="30 values are not those of this network, 20 a view"):
        parts_of(network, width=30)
    projection = Projection(rng.normal(size=20), rng.normal(size=(20, 5)))
    projected = Projected(network, BackEnd(((0, 20),), (projection,), (1.0,)))
    features = rng.normal(size=(500, 20)).astype(np.float32)
    sized = Sized(projected, Oddness(parts, features))
    given = torch.from_numpy(features[:9])
    np.testing.assert_allclose(sized.of_features(given).detach().norm(dim=1), sized.oddness(given), rtol=1e-5)
    cosine = torch.cosine_similarity(sized.of_features(given), projected.of_features(given))
    np.testing.assert_allclose(cosine.detach(), 1, rtol=1e-5)
