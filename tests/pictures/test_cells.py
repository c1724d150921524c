"""Where cells lie, and how they are handed out to a grid, beside a count of a million points."""

import numpy as np
import pytest

from morelli.pictures.cells import Line


def handed_out_slowly(line, grid, count, points=100_000):
    """Count, of points spread evenly over each cell, those that fall into each tile; those outside the picture are left out."""
    out = np.zeros((grid, count))
    for number in range(count):
        start = line.first + number * line.step - line.step / 2
        place = start + (np.arange(points) + 0.5) / points * line.step
        inside = place[(place >= 0) & (place < 1)]
        out[:, number] = np.bincount((inside * grid).astype(int), minlength=grid) / len(inside)
    return out


@pytest.mark.parametrize("grid", [1, 3, 14])
@pytest.mark.parametrize(
    ("line", "count"),
    [(Line.even(7), 7), (Line.even(56), 56), (Line(first=0.14, step=1 / 7), 7), (Line(first=-0.02, step=0.06), 18)],
)
def test_a_cell_counts_for_the_tiles_that_it_covers(line, count, grid):
    found = line.onto(grid, count)
    np.testing.assert_allclose(found, handed_out_slowly(line, grid, count), atol=1e-3)
    np.testing.assert_allclose(found.sum(axis=0), 1)


def test_a_cell_beyond_the_edge_counts_at_the_edge():
    found = Line(first=-0.5, step=1.0).onto(4, 3)
    np.testing.assert_array_equal(found[:, 0], [1, 0, 0, 0])
    np.testing.assert_array_equal(found[:, 2], [0, 0, 0, 1])


@pytest.mark.parametrize("cells", [7, 14, 56])
def test_no_edge_is_handed_more_than_its_share(cells):
    """Windows of EfficientNet-Lite0's last cells have their centres on the picture's edge, which had up to twice its share by them."""
    windows = Line(first=1 / cells, step=1 / cells)
    np.testing.assert_allclose(windows.centred(cells).onto(14, cells).mean(axis=1) * 14, 1)
    assert windows.onto(14, cells).mean(axis=1)[-1] * 14 > 1.1
