from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn import metrics

from morelli.protocol.llr import min_cllr
from morelli.protocol.ranked import Ranked
from morelli.protocol.roc import auc, equal_error_rate, roc_curve


def _case(seed: int, *, n: int = 60, digits: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    same = rng.permutation(np.arange(n) < rng.integers(1, n))
    return (rng.normal(size=n) + same).round(digits), same


cases = given(seed=st.integers(0, 10**6), digits=st.integers(0, 4))


@cases
@settings(max_examples=40, deadline=None)
def test_auc_is_scikit_learns_with_weights(seed: int, digits: int) -> None:
    score, same = _case(seed, digits=digits)
    weight = np.random.default_rng(seed).integers(0, 4, len(score)).astype(float)
    weight[[np.argmax(same), np.argmin(same)]] = 1
    assert auc(score, same) == pytest.approx(metrics.roc_auc_score(same, score), abs=1e-12)
    assert auc(score, same, weight=weight) == pytest.approx(
        metrics.roc_auc_score(same, score, sample_weight=weight), abs=1e-12
    )


@cases
@settings(max_examples=40, deadline=None)
def test_auc_is_the_slow_count(seed: int, digits: int) -> None:
    score, same = _case(seed, n=25, digits=digits)
    wins = [(p > q) + (p == q) / 2 for p in score[same] for q in score[~same]]
    assert auc(score, same) == pytest.approx(np.mean(wins), abs=1e-12)


@cases
@settings(max_examples=40, deadline=None)
def test_order_monotone_maps_and_negation(seed: int, digits: int) -> None:
    score, same = _case(seed, digits=digits)
    order = np.random.default_rng(seed).permutation(len(score))
    for figure in (auc, equal_error_rate, min_cllr):
        assert figure(score[order], same[order]) == pytest.approx(figure(score, same), abs=1e-12)
        assert figure(np.exp(score) * 3 - 1, same) == pytest.approx(figure(score, same), abs=1e-12)
    assert auc(-score, same) == pytest.approx(1 - auc(score, same), abs=1e-12)
    assert equal_error_rate(-score, same) == pytest.approx(1 - equal_error_rate(score, same), abs=1e-12)


@cases
@settings(max_examples=40, deadline=None)
def test_equal_error_rate_is_where_the_curve_crosses(seed: int, digits: int) -> None:
    score, same = _case(seed, digits=digits)
    false, true, _ = metrics.roc_curve(same, score, drop_intermediate=False)
    found = equal_error_rate(score, same)
    # A vertical stretch has many true rates at one false rate, so the curve is walked by its length.
    walk = np.arange(len(false))
    gap = interp1d(walk, (1 - true) - false)
    at = brentq(gap, 0, len(false) - 1)
    assert found == pytest.approx(float(interp1d(walk, false)(at)), abs=1e-9)


def test_curve_is_scikit_learns() -> None:
    score, same = _case(3, n=200)
    for ours, theirs in zip(
        roc_curve(score, same), metrics.roc_curve(same, score, drop_intermediate=False), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_constant_perfect_and_reversed() -> None:
    same = np.arange(10) < 4
    assert auc(np.zeros(10), same) == 0.5
    assert equal_error_rate(np.zeros(10), same) == 0.5
    assert (auc(same * 1.0, same), equal_error_rate(same * 1.0, same)) == (1.0, 0.0)
    assert (auc(-1.0 * same, same), equal_error_rate(-1.0 * same, same)) == (0.0, 1.0)


@cases
@settings(max_examples=30, deadline=None)
def test_weights_in_a_ranking_are_repetitions(seed: int, digits: int) -> None:
    """The form that the bootstrap uses, against the same pairs written out as often as they weigh; integers and floats
    alike.
    """
    score, same = _case(seed, digits=digits)
    ranked = Ranked(score, same)
    times = np.random.default_rng(seed).integers(0, 4, len(score))
    times[[np.argmax(same), np.argmin(same)]] = 1
    again = Ranked(np.repeat(score, times), np.repeat(same, times))
    ones = np.ones(len(again.positive)), np.ones(len(again.negative))
    for dtype in (np.int32, np.float64):
        weights = times[ranked.positive_order].astype(dtype), times[ranked.negative_order].astype(dtype)
        for figure in ("auc", "eer", "min_cllr"):
            assert getattr(ranked, figure)(*weights) == pytest.approx(getattr(again, figure)(*ones), abs=1e-12)
        assert ranked.accepted(*weights, threshold=0.3) == pytest.approx(again.accepted(*ones, threshold=0.3))
        assert ranked.min_cllr(*weights) == pytest.approx(min_cllr(score, same, weight=times.astype(float)), abs=1e-12)


@pytest.mark.parametrize("figure", [auc, equal_error_rate, roc_curve])
def test_bad_input_is_refused(figure) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="nan"):
        figure(np.array([0.0, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="no pair by different artists"):
        figure(np.zeros(2), np.array([True, True]))
    with pytest.raises(ValueError, match="no weight"):
        figure(np.zeros(2), np.array([True, False]), weight=np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="labels"):
        figure(np.zeros(2), np.array([True, False, True]))
