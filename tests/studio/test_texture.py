from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from morelli.studio.texture import TILE, cells, noise, window


@pytest.mark.parametrize("kind", ["clouds", "waves", "fibres", "streaks"])
def test_tiles_are_standard_and_seamless(kind: str) -> None:
    tile = noise(kind)
    assert tile.shape == (2 * TILE, 2 * TILE)
    assert abs(float(tile.mean())) < 1e-4
    assert abs(float(tile.std()) - 1) < 1e-4
    inside = np.abs(np.diff(tile[:TILE], axis=0)).mean()
    seam = np.abs(tile[TILE] - tile[TILE - 1]).mean()
    assert seam < 1.6 * inside + 0.05


def test_streaks_are_long_along_the_first_axis() -> None:
    tile = noise("streaks")
    assert np.abs(np.diff(tile, axis=0)).mean() < 0.2 * np.abs(np.diff(tile, axis=1)).mean()


def test_cells_against_a_tree_of_points() -> None:
    count, pitch, rng = 22, TILE / 22, np.random.default_rng([7, 9])
    grid = np.stack(np.meshgrid(np.arange(count), np.arange(count), indexing="ij"), -1)
    points = ((grid + rng.random((count, count, 2))) * pitch).reshape(-1, 2)
    at = np.random.default_rng(0).integers(0, TILE, (400, 2))
    distance, _ = cKDTree(points, boxsize=TILE).query(at, k=2)
    oracle = distance[:, 1] - distance[:, 0]
    # The nearest two are sought among the nine cells around; very rarely the second lies farther off.
    assert np.mean(np.abs(cells()[at[:, 0], at[:, 1]] - oracle) < 1e-3) > 0.97


def test_a_window_is_cut_from_the_tile_and_may_not_be_written_to(rng: np.random.Generator) -> None:
    cut = window(rng, "fibres", 32)
    assert cut.shape == (32, 32)
    with pytest.raises(ValueError, match="read-only"):
        cut[0, 0] = 1
    with pytest.raises(ValueError, match="larger than the tile"):
        window(rng, "fibres", 200, step=2)
