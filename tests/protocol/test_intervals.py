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
    np.testing.assert_equal(interval(0.5, np.array([0.4, 0.6]), n_artists=3, scale="share"), nothing)
    assert not np.isnan(interval(0.5, np.array([0.4, 0.6]), n_artists=4, scale="share")).any()
    np.testing.assert_equal(interval(0.5, np.zeros(0), n_artists=9, scale="share"), nothing)


def test_a_perfect_share_has_the_exact_limit_of_artists_without_an_exception() -> None:
    """Clopper and Pearson's, of scipy."""
    reach = stats.binomtest(9, 9).proportion_ci(method="exact").low
    assert interval(1.0, np.ones(50), n_artists=9, scale="share") == pytest.approx((reach, 1.0))
    assert interval(0.0, np.zeros(50), n_artists=9, scale="share") == pytest.approx((0.0, 1 - reach))
    assert interval(0.0, np.zeros(50), n_artists=9, scale="cost") == (0.0, 0.0)


def test_a_share_near_one_does_not_reach_to_the_other_end(rng: np.random.Generator) -> None:
    """Log-odds alone reach below 0.1 here; the score interval (Wilson), by hand, ends far above."""
    resampled = np.clip(0.986 + rng.normal(0, 0.13, 1000), 0.6, 1)
    error = stats.t.ppf(0.975, 9) * resampled.std(ddof=1)
    alone = special.expit(special.logit(0.986) - error / (0.986 * 0.014))
    low, high = interval(0.986, resampled, n_artists=10, scale="share")
    assert alone < 0.1
    n = 0.986 * 0.014 / resampled.std(ddof=1) ** 2  # as many independent artists have this standard error
    z = stats.t.ppf(0.975, 9)
    centre, half = 0.986 + z**2 / (2 * n), z * np.sqrt(0.986 * 0.014 / n + z**2 / (4 * n**2))
    assert low == pytest.approx((centre - half) / (1 + z**2 / n), abs=2e-3)
    assert low > 0.3
    assert 0.986 < high <= 1
    mirrored = interval(1 - 0.986, 1 - resampled, n_artists=10, scale="share")
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_the_lower_limit_of_what_noise_raises_is_moved_by_its_bias(rng: np.random.Generator) -> None:
    """A calibration error of nothing but noise: the interval must hold nothing."""
    resampled = rng.normal(0.045, 0.01, 500)
    reach = stats.t.ppf(0.975, 49) * resampled.std(ddof=1)
    low, high = interval(0.1, resampled + 0.07, n_artists=50, scale="folded")
    assert (low, high) == pytest.approx((0.1 - 2 * (resampled.mean() + 0.07 - 0.1) - reach, 0.1 + reach), abs=1e-4)
    assert interval(0.03, resampled, n_artists=50, scale="folded")[0] == 0
    assert interval(0.99, resampled + 0.9, n_artists=50, scale="folded")[1] == 1
    assert interval(0.06, resampled, n_artists=50, scale="excess") == pytest.approx(
        (0.06 - reach, 0.06 + reach), abs=1e-4
    )
    assert interval(0.01, resampled, n_artists=50, scale="excess")[0] == 0


def test_a_share_that_less_than_an_artist_spoils_may_be_spoilt_by_one_who_was_not_drawn() -> None:
    resampled = np.array([0.998, 0.999, 1.0] * 50)
    plain = interval(0.999, resampled, n_artists=50, scale="share")
    low, high = interval(0.999, resampled, n_artists=50, scale="nearly-sure")
    assert plain[0] > 0.98
    assert (low, high) == pytest.approx((0.999 - (1 - 0.025 ** (1 / 50)), plain[1]))
    assert interval(0.9, resampled - 0.099, n_artists=50, scale="nearly-sure") == interval(
        0.9, resampled - 0.099, n_artists=50, scale="share"
    )
