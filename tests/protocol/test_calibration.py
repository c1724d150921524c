from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from morelli.protocol.calibration import (
    IsotonicCalibration,
    LogisticCalibration,
    calibration_from_dict,
    llr_bound,
    probability,
)
from morelli.protocol.empirical_bounds import empirical_bounds
from morelli.protocol.fit_calibration import fit_calibration, fit_isotonic, fit_logistic
from morelli.protocol.llr import cllr


def _scores(rng: np.random.Generator, *, n: int = 400, apart: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    same = rng.random(n) < 0.4
    return rng.normal(size=n) + apart * same, same


def _named(n_artists: int, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first = rng.integers(0, n_artists, n)
    same = rng.random(n) < 0.5
    second = np.where(same, first, (first + rng.integers(1, n_artists, n)) % n_artists)
    return first.astype(str).astype(object), second.astype(str).astype(object), same


def test_logistic_is_scikit_learns_with_platts_targets(rng: np.random.Generator) -> None:
    """Soft targets are hard ones twice over: each pair once as a positive and once as a negative, weighing its
    target.
    """
    score, same = _scores(rng)
    n1, n0 = same.sum(), (~same).sum()
    target = np.where(same, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    weight = np.where(same, 0.5 / n1, 0.5 / n0)
    oracle = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(
        np.concatenate([score, score])[:, None],
        np.repeat([1, 0], len(score)),
        sample_weight=1e3 * np.concatenate([weight * target, weight * (1 - target)]),
    )
    fitted = fit_logistic(score, same, n_artists=1000)
    assert fitted.slope == pytest.approx(oracle.coef_[0, 0], rel=1e-4)
    assert fitted.intercept == pytest.approx(oracle.intercept_[0], rel=1e-4, abs=1e-4)


def test_logistic_finds_the_likelihood_ratio_of_two_normals(rng: np.random.Generator) -> None:
    """N(1.5, 1) against N(0, 1): llr = 1.5 s - 1.125, whatever the share of positives."""
    score, same = _scores(rng, n=200_000)
    fitted = fit_logistic(score, same, n_artists=10**6)
    assert fitted.slope == pytest.approx(1.5, abs=0.03)
    assert fitted.intercept == pytest.approx(-1.125, abs=0.03)


@pytest.mark.parametrize("fit", [fit_logistic, fit_isotonic])
def test_separable_scores_stay_within_what_the_artists_support(fit) -> None:  # type: ignore[no-untyped-def]
    same = np.arange(20) >= 10
    fitted = fit(np.arange(20.0), same, n_artists=10)
    llr = fitted.llr(np.array([-1e9, 0.0, 9.5, 19.0, 1e9]))
    assert np.abs(llr).max() == pytest.approx(np.log(11))
    assert (np.diff(llr) >= 0).all()


@pytest.mark.parametrize("fit", [fit_logistic, fit_isotonic])
@pytest.mark.parametrize("score", [np.zeros(10), -np.arange(10.0)])
def test_a_score_that_says_nothing_or_the_wrong_thing_is_not_turned_round(fit, score: np.ndarray) -> None:  # type: ignore[no-untyped-def]
    fitted = fit(score, np.arange(10) >= 5, n_artists=5)
    np.testing.assert_allclose(fitted.llr(np.array([-3.0, 0.0, 3.0])), 0.0, atol=1e-9)


@given(seed=st.integers(0, 10**6), digits=st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_calibrations_never_fall_and_survive_a_file(seed: int, digits: int) -> None:
    rng = np.random.default_rng(seed)
    score, same = _scores(rng, n=60)
    score = score.round(digits)
    if same.all() or not same.any():
        return
    x = np.sort(np.concatenate([score, rng.normal(scale=3, size=50)]))
    for fitted in (fit_logistic(score, same, n_artists=12), fit_isotonic(score, same, n_artists=12)):
        assert (np.diff(fitted.llr(x)) >= 0).all()
        again = calibration_from_dict(fitted.to_dict(), source="calibration.json")
        assert again == fitted
        np.testing.assert_array_equal(again.llr(x), fitted.llr(x))


def test_isotonic_reads_the_fitted_points_as_scikit_learn_does(rng: np.random.Generator) -> None:
    from sklearn.isotonic import IsotonicRegression

    score, same = _scores(rng)
    weight = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum())
    oracle = IsotonicRegression(y_min=0, y_max=1).fit(score, same, sample_weight=weight).predict(score)
    bound = llr_bound(30)
    with np.errstate(divide="ignore"):
        expected = np.clip(np.log(oracle) - np.log1p(-oracle), -bound, bound)
    np.testing.assert_allclose(fit_isotonic(score, same, n_artists=30).llr(score), expected, atol=1e-9)


def test_choice_follows_the_shape_of_the_scores(rng: np.random.Generator) -> None:
    first, second, same = _named(60, rng, 20_000)
    straight = rng.normal(size=len(same)) + 1.5 * same
    assert isinstance(fit_calibration(straight, same, first_artist=first, second_artist=second), LogisticCalibration)
    bent = np.sign(straight - 0.75) * np.abs(straight - 0.75) ** 9
    chosen = fit_calibration(bent, same, first_artist=first, second_artist=second)
    assert isinstance(chosen, IsotonicCalibration)
    assert cllr(chosen.llr(bent), same) < cllr(fit_logistic(bent, same, n_artists=60).llr(bent), same)
    assert chosen.n_artists == 60


def test_too_few_artists_to_choose_by_give_the_logistic_one(rng: np.random.Generator) -> None:
    first, second, same = _named(2, rng, 50)
    assert isinstance(
        fit_calibration(rng.normal(size=50), same, first_artist=first, second_artist=second), LogisticCalibration
    )


def test_a_curve_that_overstates_is_cut_to_what_left_out_artists_support(rng: np.random.Generator) -> None:
    """One pair of different artists in a hundred looks alike: few enough for a fit to pass over, enough to mislead."""
    first, second, same = _named(60, rng, 4_000)

    def scores() -> np.ndarray:
        odd = (rng.random(len(same)) < 0.01) & ~same
        return np.where(odd, 3.0, 0.0) + rng.normal(size=len(same)) + 2.0 * same

    fitted = fit_calibration(scores(), same, first_artist=first, second_artist=second)
    assert 0 < fitted.ceiling < fitted.bound == llr_bound(60)
    assert (fitted.lowest, fitted.highest) == (max(fitted.floor, -fitted.bound), fitted.ceiling)
    again = scores()  # others like them
    uncut = replace(fitted, floor=-np.inf, ceiling=np.inf).llr(again)
    _, high = empirical_bounds(uncut, same)
    assert uncut.max() > high + 0.3  # it claims what they do not support
    assert fitted.llr(again).max() == pytest.approx(high, abs=0.5)
    assert fitted.reaching(fitted.highest + 1e-6) is None
    assert fitted.falling_to(fitted.lowest - 1e-6) is None
    assert calibration_from_dict(fitted.to_dict(), source="x") == fitted


def test_thresholds_are_where_the_curve_passes_a_level(rng: np.random.Generator) -> None:
    score, same = _scores(rng)
    for fitted in (fit_logistic(score, same, n_artists=30), fit_isotonic(score, same, n_artists=30)):
        x = np.linspace(score.min(), score.max(), 20_001)
        y = fitted.llr(x)
        for level in (0.3, 1.0, 2.0):
            up, down = fitted.reaching(level), fitted.falling_to(-level)
            assert up is not None
            assert down is not None
            assert up == pytest.approx(x[y >= level].min(), abs=2e-3)
            assert down == pytest.approx(x[y <= -level].max(), abs=2e-3)
        assert fitted.reaching(fitted.bound + 0.1) is None
        assert fitted.falling_to(-fitted.bound - 0.1) is None


def test_probability_at_a_prior() -> None:
    llr = np.array([-800.0, 0.0, np.log(99.0), 800.0])
    np.testing.assert_allclose(probability(llr, prior=0.5), [0, 0.5, 0.99, 1], atol=1e-12)
    np.testing.assert_allclose(probability(llr, prior=0.01), [0, 0.01, 0.5, 1], atol=1e-12)
    for prior in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="prior"):
            probability(llr, prior=prior)


def test_bad_numbers_are_refused() -> None:
    same = np.array([True, False])
    calibration = LogisticCalibration(slope=1.0, intercept=0.0, bound=3.0, n_pairs=2, n_artists=2)
    with pytest.raises(ValueError, match="nan"):
        calibration.llr(np.array([0.0, np.nan]))
    for fit in (fit_logistic, fit_isotonic):
        with pytest.raises(ValueError, match="nan"):
            fit(np.array([0.0, np.nan]), same, n_artists=2)
        with pytest.raises(ValueError, match="infinite"):
            fit(np.array([0.0, np.inf]), same, n_artists=2)
        with pytest.raises(ValueError, match="no pair by different artists"):
            fit(np.zeros(2), np.array([True, True]), n_artists=2)
    before = {key: value for key, value in calibration.to_dict().items() if key not in ("floor", "ceiling")}
    assert calibration_from_dict(before, source="x") == calibration  # files of before there were any
    with pytest.raises(ValueError, match="slope"):
        LogisticCalibration(slope=-1.0, intercept=0.0, bound=3.0, n_pairs=2, n_artists=2)
    with pytest.raises(ValueError, match="must rise"):
        IsotonicCalibration(similarity=(0.0, 0.0), log_lr=(0.0, 1.0), bound=3.0, n_pairs=2, n_artists=2)
    good = calibration.to_dict()
    for bad, words in (
        ({**good, "kind": "logisti"}, "did you mean 'logistic'"),
        ({**good, "slop": 1.0}, "unknown key 'slop'"),
        ({key: value for key, value in good.items() if key != "slope"}, "no 'slope'"),
        ({**good, "slope": "1"}, "should be a number"),
        ({**good, "n_artists": 2.5}, "whole number"),
        ({**good, "floor": 0.5}, "which must hold 0"),
        ({**good, "ceiling": -0.5}, "which must hold 0"),
        ({**good, "ceiling": float("nan")}, "not finite"),
    ):
        with pytest.raises(ValueError, match=words):
            calibration_from_dict(bad, source="calibration.json")
