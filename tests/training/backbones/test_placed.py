"""What places have of pooled features: beside a slow loop, and by moving what is in the picture."""

from typing import ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from morelli.training.backbones.efficientnet_lite import EfficientNetLite  # noqa: E402
from morelli.training.backbones.placed import PlacedFeatures  # noqa: E402
from morelli.training.backbones.pooled import PooledBackbone  # noqa: E402

STATISTICS = ("mean", "deviation")


@pytest.fixture(scope="module")
def pooled():
    torch.manual_seed(0)
    return PooledBackbone(
        EfficientNetLite().eval(), name="lite0", layers=["stage1", "stage4", "head"], statistics=STATISTICS
    )


@pytest.mark.parametrize(("size", "grid"), [(96, 6), (96, 1), (80, 7)])
def test_the_parts_add_up_to_the_features(pooled, rng, size, grid):
    placed = PlacedFeatures(pooled, size=size, grid=grid)
    pictures = torch.from_numpy(rng.random((3, 3, size, size), dtype=np.float32))
    with torch.inference_mode():
        maps = pooled.backbone(pictures)
        parts, features = placed(maps).numpy(), pooled.pool(maps).numpy()
    assert parts.shape == (3, pooled.width, grid, grid)
    np.testing.assert_allclose(parts.sum(axis=(2, 3)), features, rtol=1e-4, atol=1e-5)
    shares = placed.shares.numpy()
    np.testing.assert_allclose(shares.sum(axis=(1, 2)), 1, rtol=1e-5)


class Plain(nn.Module):
    """Maps that are the mean colours of tiles of 8 px: their cells are the tiles."""

    layers: ClassVar = {"tiles": 3}

    def forward(self, pictures):
        return {"tiles": nn.functional.avg_pool2d(pictures, 8)}


def test_they_are_those_of_a_slow_loop(rng):
    pooled = PooledBackbone(Plain(), name="plain", layers=["tiles"], statistics=STATISTICS)
    placed = PlacedFeatures(pooled, size=32, grid=2)
    pictures = torch.from_numpy(rng.random((2, 3, 32, 32), dtype=np.float32))
    maps = pooled.backbone(pictures)
    found = placed(maps).numpy()
    cells = maps["tiles"].numpy().astype(np.float64)
    wanted = np.zeros((2, 6, 2, 2))
    for picture in range(2):
        for channel in range(3):
            one = cells[picture, channel]
            mean, deviation = one.mean(), one.std()
            for row in range(4):
                for column in range(4):
                    tile = picture, channel, row // 2, column // 2
                    wanted[tile] += one[row, column] / 16
                    wanted[tile[0], 3 + channel, tile[2], tile[3]] += (one[row, column] - mean) ** 2 / 16 / deviation
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(placed.shares.numpy(), 0.25, rtol=1e-6)


def test_what_is_in_one_corner_counts_there(pooled):
    """The part of a feature that a bright square in one corner adds lies in that corner's tiles."""
    placed = PlacedFeatures(pooled, size=96, grid=2)
    dark = torch.full((1, 3, 96, 96), 0.5)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        lit = dark.clone()
        lit[:, :, 48 * row + 8 : 48 * row + 40, 48 * column + 8 : 48 * column + 40] = 1.0
        with torch.inference_mode():
            change = (placed(pooled.backbone(lit)) - placed(pooled.backbone(dark))).abs()
        means = change[0, :24].sum(dim=0).numpy()  # of the first layer, whose windows are small
        assert np.unravel_index(means.argmax(), means.shape) == (row, column)
        assert means.max() > 0.8 * means.sum()


def test_a_padded_network_is_handed_out_from_its_middle(pooled):
    """Lite0 pads below and right only; no side of a picture has more of it for that."""
    shares = PlacedFeatures(pooled, size=96, grid=6).shares.numpy()
    np.testing.assert_allclose(shares, shares[:, ::-1, ::-1], rtol=1e-5)
    np.testing.assert_allclose(shares, 1 / 36, rtol=1e-5)


def test_a_flat_map_divides_by_nothing():
    pooled = PooledBackbone(Plain(), name="plain", layers=["tiles"], statistics=STATISTICS)
    parts = PlacedFeatures(pooled, size=32, grid=2)(pooled.backbone(torch.ones(1, 3, 32, 32))).numpy()
    np.testing.assert_allclose(parts[0, :3], 0.25)
    np.testing.assert_array_equal(parts[0, 3:], 0)


class Turned(nn.Module):
    """Maps whose cells cannot be followed."""

    layers: ClassVar = {"turned": 3}

    def forward(self, pictures):
        return {"turned": nn.functional.pixel_unshuffle(pictures, 8)[:, :3]}


def test_cells_that_cannot_be_followed_are_taken_for_even_tiles(rng):
    pooled = PooledBackbone(Turned(), name="turned", layers=["turned"], statistics=("mean",))
    placed = PlacedFeatures(pooled, size=32, grid=2)
    maps = pooled.backbone(torch.from_numpy(rng.random((1, 3, 32, 32), dtype=np.float32)))
    wanted = maps["turned"].reshape(1, 3, 2, 2, 2, 2).sum(dim=(3, 5)) / 16
    torch.testing.assert_close(placed(maps), wanted)
