import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")

from morelli.looking.colouring import lay_over, lay_over_signed, tint, tint_signed
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


@pytest.mark.parametrize("lay", [lay_over, lay_over_signed])
def test_the_painting_is_seen_under_any_heat(rng, lay):
    painting = np.kron(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8), np.ones((10, 10, 1), np.uint8))
    grey = painting @ np.array([0.2126, 0.7152, 0.0722])
    for heat in (0.0, 0.5, 1.0):
        laid = lay(painting, np.full((60, 60), heat))
        assert laid.dtype == np.uint8
        assert np.corrcoef(laid.mean(axis=2).ravel(), grey.ravel())[0, 1] > 0.95
        assert laid.mean(axis=2).std() > 20


def test_cold_is_grey_hot_is_coloured_and_lightness_grows_with_heat():
    grey = np.full((1, 256), 0.5)
    bar = tint(grey, np.linspace(0, 1, 256)[None])[0].astype(int)
    assert np.ptp(bar[0]) < 4
    assert np.ptp(bar[170]) > 60
    lightness = bar @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness) > -1.5).all()  # but for rounding
    signed = tint_signed(np.full((1, 3), 0.5), np.array([[-1.0, 0.0, 1.0]]))[0].astype(int)
    assert np.ptp(signed[1]) == 0
    assert signed[0, 2] > signed[0, 0] + 60  # blue below
    assert signed[2, 0] > signed[2, 2] + 60  # orange above


def test_a_painting_of_one_colour_divides_by_nothing():
    assert lay_over(np.full((4, 4, 3), 90, np.uint8), np.zeros((4, 4))).shape == (4, 4, 3)
