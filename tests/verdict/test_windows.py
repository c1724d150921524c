"""Windows over a grid and the pairs of them that are chosen, beside slow loops."""

import numpy as np
import pytest

from morelli.verdict.windows import Windows, best_pairs


@pytest.mark.parametrize("windows", [Windows(5, 4, 2), Windows(3, 3, 3), Windows(4, 6, 1)])
def test_sums_and_spread_are_those_of_loops(windows, rng):
    tiles = rng.normal(size=(windows.rows, windows.columns, 3))
    sums, values = windows.sums(tiles), rng.normal(size=len(windows.corners))
    covering = np.zeros((windows.rows, windows.columns, 2))
    number = 0
    for row in range(windows.rows - windows.side + 1):
        for column in range(windows.columns - windows.side + 1):
            total = np.zeros(3)
            for y in range(row, row + windows.side):
                for x in range(column, column + windows.side):
                    total += tiles[y, x]
                    covering[y, x] += (values[number], 1)
            np.testing.assert_allclose(sums[number], total)
            number += 1
    assert number == len(windows.corners) == len(sums)
    np.testing.assert_allclose(windows.spread(values), covering[..., 0] / covering[..., 1])


def test_boxes_lie_inside_what_the_grid_covers():
    windows = Windows(4, 4, 2)
    assert windows.box(0) == (0, 0, 0.5, 0.5)
    assert windows.box(len(windows.corners) - 1, inside=(0.25, 0.0, 0.75, 1.0)) == (0.5, 0.5, 0.75, 1.0)


def test_the_best_pairs_are_those_of_a_greedy_loop(rng):
    first, second = Windows(5, 5, 2), Windows(4, 6, 2)
    values = rng.normal(size=(len(first.corners), len(second.corners)))
    found = best_pairs(values, first, second, most=4, least=0.0)

    def apart(one, other, windows):
        (a, b), (c, d) = windows.corners[one], windows.corners[other]
        return abs(a - c) >= windows.side or abs(b - d) >= windows.side

    wanted = []
    for one, other in sorted(np.ndindex(*values.shape), key=lambda pair: -values[pair]):
        if all(apart(one, p, first) and apart(other, q, second) for p, q in wanted) and values[one, other] > 0:
            wanted.append((one, other))
    assert found == wanted[:4]
    assert [values[pair] for pair in found] == sorted((values[pair] for pair in found), reverse=True)


def test_weak_pairs_and_pairs_below_the_floor_are_not_chosen():
    windows = Windows(1, 3, 1)
    values = np.diag([1.0, 0.4, 0.2])
    assert best_pairs(values, windows, windows, most=3, least=0.3) == [(0, 0), (1, 1)]
    assert best_pairs(values, windows, windows, most=1, least=0.3) == [(0, 0)]
    assert best_pairs(values, windows, windows, most=3, least=0.0, floor=0.5) == [(0, 0)]
    assert best_pairs(-values - 1, windows, windows, most=3, least=0.0) == []


def test_swapping_the_pictures_swaps_the_pairs(rng):
    first, second = Windows(5, 5, 2), Windows(4, 6, 2)
    values = rng.normal(size=(len(first.corners), len(second.corners)))
    swapped = best_pairs(values.T, second, first, most=4, least=0.1)
    assert swapped == [(other, one) for one, other in best_pairs(values, first, second, most=4, least=0.1)]


def test_windows_larger_than_the_grid_are_refused():
    with pytest.raises(ValueError, match="windows of 4 tiles"):
        Windows(3, 5, 4)
