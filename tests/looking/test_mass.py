import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.looking.mass import half_area, half_level


def slow_area(heat):
    """The loop: take cells from the highest until half of the mass is taken, the last one in part."""
    values = sorted((max(float(v), 0.0) for v in heat.ravel()), reverse=True)
    left = sum(values) / 2
    taken = 0.0
    for value in values:
        if value >= left:
            return (taken + left / value) / len(values)
        left -= value
        taken += 1
    raise AssertionError


@given(seed=st.integers(0, 999), h=st.integers(1, 7), w=st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_it_is_the_loop_and_the_level_bounds_it(seed, h, w):
    heat = np.random.default_rng(seed).normal(size=(h, w)) + 0.1
    if heat.max() <= 0:
        assert np.isnan(half_area(heat))
        return
    assert half_area(heat) == pytest.approx(slow_area(heat))
    positive, level = np.maximum(heat, 0), half_level(heat)
    assert positive[heat >= level].sum() >= positive.sum() / 2 >= positive[heat > level].sum()


def test_scale_and_resolution_do_not_matter(rng):
    heat = rng.random((5, 6))
    assert half_area(7 * heat) == pytest.approx(half_area(heat))
    assert half_area(heat.repeat(3, 0).repeat(3, 1)) == pytest.approx(half_area(heat))


def test_a_peak_is_small_and_an_even_map_is_half():
    peak = np.zeros((10, 10))
    peak[3, 4] = 2
    assert half_area(peak) == pytest.approx(0.005)
    assert half_area(np.full((9, 3), 0.2)) == pytest.approx(0.5)


@pytest.mark.parametrize("heat", [np.zeros((3, 3)), -np.ones((2, 2))])
def test_a_map_without_mass_has_no_value(heat):
    assert np.isnan(half_area(heat))
    assert np.isnan(half_level(heat))
