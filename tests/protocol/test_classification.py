from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from morelli.protocol.classification import Rates, rates_at


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_rates_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    same = rng.permutation(np.arange(50) < rng.integers(1, 50))
    score = (rng.normal(size=50) + same).round(1)
    threshold = float(rng.choice(score))
    called = score >= threshold
    rates = rates_at(score, same, threshold=threshold)
    assert rates.accuracy == pytest.approx(metrics.accuracy_score(same, called))
    assert rates.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(same, called))
    assert rates.precision == pytest.approx(metrics.precision_score(same, called))
    assert rates.recall == pytest.approx(metrics.recall_score(same, called))
    assert rates.f1 == pytest.approx(metrics.f1_score(same, called))


def test_weights_move_pairs_inside_a_class_only(rng: np.random.Generator) -> None:
    same = np.arange(60) < 20
    score = rng.normal(size=60) + same
    times = rng.integers(1, 4, 60)
    rates = rates_at(score, same, threshold=0.5, weight=times.astype(float))
    again = rates_at(np.repeat(score, times), np.repeat(same, times), threshold=0.5)
    assert rates.true_accept == pytest.approx(again.true_accept)
    assert rates.false_accept == pytest.approx(again.false_accept)
    assert rates.positive_share == pytest.approx(1 / 3)


def test_constant_scores_and_nothing_accepted() -> None:
    same = np.array([True, False])
    assert rates_at(np.zeros(2), same, threshold=0.0).accuracy == 0.5
    none = rates_at(np.zeros(2), same, threshold=1.0)
    assert (none.accuracy, none.f1, none.recall) == (0.5, 0.0, 0.0)
    with pytest.raises(ValueError, match="no pair is called"):
        _ = none.precision


def test_bad_input_is_refused() -> None:
    same = np.array([True, False])
    with pytest.raises(ValueError, match="nan"):
        rates_at(np.array([0.0, np.nan]), same, threshold=0.0)
    with pytest.raises(ValueError, match="threshold is nan"):
        rates_at(np.zeros(2), same, threshold=float("nan"))
    with pytest.raises(ValueError, match="no pair by same"):
        rates_at(np.zeros(2), np.array([False, False]), threshold=0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Rates(true_accept=1.5, false_accept=0.0, positive_share=0.5)
