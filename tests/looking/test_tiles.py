from dataclasses import replace

import numpy as np
import pytest

from morelli.looking.tiles import shared_heat, smooth


def test_enlarging_keeps_the_range_the_mass_and_the_place(rng):
    values = rng.normal(size=(4, 6))
    big = smooth(values, height=200, width=360)
    assert values.min() <= big.min() <= big.max() <= values.max()
    np.testing.assert_allclose(smooth(np.full((3, 3), 2.5), height=31, width=17), 2.5)
    spot = np.zeros((4, 6))
    spot[1, 4] = 1
    at = np.unravel_index(smooth(spot, height=200, width=360).argmax(), (200, 360))
    assert (at[0] // 50, at[1] // 60) == (1, 4)
    assert smooth(spot, height=200, width=360).mean() == pytest.approx(spot.mean(), rel=1e-3)
    np.testing.assert_allclose(smooth(values.T, height=360, width=200), big.T, atol=1e-12)


def test_both_paintings_share_one_measure_and_what_is_not_read_stays_grey(explanation):
    side = replace(explanation.second, seen=(0.0, 0.25, 1.0, 0.75), values=-np.ones((4, 4)))
    strong = replace(explanation.first, values=np.full((4, 4), 2.0))
    one, other = shared_heat([strong, side], [(90, 120), (150, 100)])
    assert one.shape == (90, 120)
    np.testing.assert_allclose(one, 0.9)
    np.testing.assert_allclose(other[38:112], -0.45)
    np.testing.assert_array_equal(other[:36], 0)
    nothing = replace(explanation.first, values=np.zeros((4, 4)))
    assert not any(heat.any() for heat in shared_heat([nothing, nothing], [(9, 12), (15, 10)]))
