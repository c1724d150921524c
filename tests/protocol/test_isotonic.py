from __future__ import annotations

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from morelli.protocol.isotonic import isotonic_probability, pool_adjacent_violators


@given(seed=st.integers(0, 10**6), n=st.integers(1, 80), digits=st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_pooling_is_scipys(seed: int, n: int, digits: int) -> None:
    rng = np.random.default_rng(seed)
    value, weight = rng.normal(size=n).round(digits), rng.uniform(0.1, 3, size=n)
    expected = isotonic_regression(value, weights=weight).x
    np.testing.assert_allclose(pool_adjacent_violators(value, weight), expected, atol=1e-12)


def test_a_long_falling_row_and_a_long_noisy_one_take_no_time(rng: np.random.Generator) -> None:
    start = time.perf_counter()
    falling = pool_adjacent_violators(-np.arange(10**6, dtype=float), np.ones(10**6))
    assert np.ptp(falling) == 0
    noisy = pool_adjacent_violators(np.linspace(0, 1, 10**6) + rng.normal(size=10**6), np.ones(10**6))
    assert (np.diff(noisy) >= 0).all()
    assert time.perf_counter() - start < 5


def test_equal_scores_are_one_point_in_any_order() -> None:
    score = np.array([1.0, 0.0, 1.0, 1.0, 2.0])
    same = np.array([True, False, False, False, True])
    distinct, p, place = isotonic_probability(score, same, np.ones(5))
    assert distinct.tolist() == [0, 1, 2]
    np.testing.assert_allclose(p, [0, 1 / 3, 1])
    assert place.tolist() == [1, 0, 1, 1, 2]


def test_points_of_no_weight_have_no_say() -> None:
    _, p, _ = isotonic_probability(np.arange(4.0), np.array([True, False, True, True]), np.array([0.0, 1.0, 0.0, 1.0]))
    assert p.tolist() == [0, 0, 0, 1]
