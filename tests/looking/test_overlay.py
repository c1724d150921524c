import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")

from morelli.looking.overlay import enlarge
from morelli.pictures.cells import Cells, Line


def even(count):
    return Line(first=0.5 / count, step=1 / count)


def test_every_cell_keeps_its_value_at_its_centre(rng):
    values = rng.normal(size=(4, 6))
    rows, columns = Line(first=0.125, step=0.25), Line(first=0.05, step=0.18)  # columns off the even tiles
    big = enlarge(values, Cells(rows, columns), height=1000, width=1000)
    y = [round(centre * 1000 - 0.5) for centre in rows.centres(4)]
    x = [round(centre * 1000 - 0.5) for centre in columns.centres(6)]
    np.testing.assert_allclose(big[np.ix_(y, x)], values, atol=0.03)


def test_it_never_leaves_the_range_of_its_neighbours(rng):
    values = rng.normal(size=(5, 5))
    big = enlarge(values, Cells(even(5), even(5)), height=200, width=300)
    assert big.shape == (200, 300)
    assert values.min() <= big.min() <= big.max() <= values.max()
    np.testing.assert_allclose(big[:20, :30], values[0, 0])  # level beyond the outer centres
    row, column = big[100, 90:151], slice(1, 3)  # between two cells of the middle row: from one to the other, monotone
    assert (np.diff(row) * np.sign(values[2, column][1] - values[2, column][0]) >= -1e-9).all()


def test_it_is_turned_as_the_map_is():
    values = np.zeros((3, 3))
    values[0, 2] = 1
    big = enlarge(values, Cells(even(3), even(3)), height=30, width=60)
    assert np.unravel_index(big.argmax(), big.shape)[0] < 10
    assert np.unravel_index(big.argmax(), big.shape)[1] >= 40
    turned = enlarge(values.T, Cells(even(3), even(3)), height=60, width=30)
    np.testing.assert_allclose(turned, big.T, atol=1e-12)


def test_a_map_of_one_cell_is_even():
    np.testing.assert_array_equal(enlarge(np.array([[3.0]]), Cells(even(1), even(1)), height=2, width=5), 3)
