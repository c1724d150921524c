from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from morelli.protocol.intervals import interval, student_t


def test_quantiles_are_scipys() -> None:
    for degrees in (1, 2, 3, 5, 10, 49, 75, 1000):
        assert student_t(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=4e-3)
    with pytest.raises(ValueError, match="at least 1"):
        student_t(0)


def test_scales_by_hand(rng: np.random.Generator) -> None:
    resampled = rng.normal(0.8, 0.02, 500)
    reach = stats.t.ppf(0.975, 49) * resampled.std(ddof=1)
    assert interval(0.8, resampled, n_artists=50, scale="difference") == pytest.approx(
        (0.8 - reach, 0.8 + reach), abs=1e-5
    )
    expected = special.expit(special.logit(0.8) + np.array([-1, 1]) * reach / (0.8 * 0.2))
    assert interval(0.8, resampled, n_artists=50, scale="share") == pytest.approx(tuple(expected), abs=1e-5)
    expected = 0.8 * np.exp(np.array([-1, 1]) * reach / 0.8)
    assert interval(0.8, resampled, n_artists=50, scale="cost") == pytest.approx(tuple(expected), abs=1e-5)


@pytest.mark.parametrize("value", [0.0, 1e-300, 1e-6, 0.5, 1 - 1e-6, 1.0])
def test_shares_stay_shares(value: float, rng: np.random.Generator) -> None:
    resampled = np.clip(value + rng.normal(0, 0.05, 100), 0, 1)
    low, high = interval(value, resampled, n_artists=10, scale="share")
    assert 0 <= low <= value <= high <= 1


def test_a_cost_of_almost_nothing_has_limits_without_end_and_no_overflow(rng: np.random.Generator) -> None:
    low, high = interval(1e-12, np.abs(rng.normal(0, 0.01, 100)), n_artists=10, scale="cost")
    assert 0 <= low < 1e-12 < 1 < high


def test_what_has_no_value_has_no_interval() -> None:
    nothing = (np.nan, np.nan)
    np.testing.assert_equal(interval(np.nan, np.ones(5), n_artists=5, scale="share"), nothing)
    np.testing.assert_equal(interval(0.5, np.full(5, np.nan), n_artists=5, scale="share"), nothing)
    np.testing.assert_equal(
        interval(0.5, np.array([0.5, 0.6, np.nan, np.nan, np.nan]), n_artists=5, scale="share"), nothing
    )
    np.testing.assert_equal(interval(0.5, np.array([0.4, 0.6]), n_artists=1, scale="share"), nothing)
    np.testing.assert_equal(interval(0.5, np.zeros(0), n_artists=9, scale="share"), nothing)
    assert interval(1.0, np.ones(50), n_artists=9, scale="share") == (1.0, 1.0)
