from __future__ import annotations

import lir.metrics
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lir.data.models import LLRData

from morelli.protocol.llr import brier, cllr, ece, expit, min_cllr


def _case(seed: int, *, n: int = 60, digits: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    same = np.arange(n) < rng.integers(1, n)
    return (rng.normal(size=n) + same).round(digits), same


@given(seed=st.integers(0, 10**6), digits=st.integers(0, 4))
@settings(max_examples=25, deadline=None)
def test_cllr_and_its_minimum_are_those_of_lir(seed: int, digits: int) -> None:
    llr, same = _case(seed, digits=digits)
    theirs = LLRData(features=llr / np.log(10), labels=same.astype(int))  # lir counts in powers of ten
    assert cllr(llr, same) == pytest.approx(lir.metrics.cllr(theirs), abs=1e-9)
    assert min_cllr(llr, same) == pytest.approx(lir.metrics.cllr_min(theirs), abs=1e-9)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_weights_are_repetitions(seed: int) -> None:
    llr, same = _case(seed)
    times = np.random.default_rng(seed).integers(0, 4, len(llr))
    times[[0, -1]] = 1
    again = np.repeat(llr, times), np.repeat(same, times)
    weight = times.astype(float)
    for metric in (cllr, min_cllr):
        assert metric(llr, same, weight=weight) == pytest.approx(metric(*again), abs=1e-12)


def test_brier_by_hand_and_class_shares(rng: np.random.Generator) -> None:
    llr, same = rng.normal(size=100), np.arange(100) < 30
    p = 1 / (1 + np.exp(-llr))
    assert brier(llr, same) == pytest.approx(np.mean((p - same) ** 2))
    # Weights move pairs inside a class, never mass between the classes.
    weight = np.where(np.arange(100) % 2 == 0, 1.0, 0.0)
    even = np.arange(0, 100, 2)
    expected = 0.3 * np.mean((p - 1)[even[even < 30]] ** 2) + 0.7 * np.mean(p[even[even >= 30]] ** 2)
    assert brier(llr, same, weight=weight) == pytest.approx(expected)


def test_ece_against_a_slow_loop(rng: np.random.Generator) -> None:
    n = 300
    llr = rng.normal(size=n)
    same = rng.random(n) < 0.5
    order = np.argsort(llr)
    slow = 0.0
    for b in range(15):
        members = [order[i] for i in range(n) if i * 15 // n == b]
        slow += len(members) / n * abs(np.mean(expit(llr[members])) - np.mean(same[members]))
    assert ece(llr, same) == pytest.approx(slow)


def test_constant_and_perfect_scores() -> None:
    same = np.array([True, False, True, False])
    assert cllr(np.zeros(4), same) == min_cllr(np.zeros(4), same) == 1.0
    assert brier(np.zeros(4), same) == 0.25
    assert ece(np.zeros(4), same) == 0.0
    perfect = np.where(same, 800.0, -800.0)
    assert cllr(perfect, same) == min_cllr(perfect, same) == brier(perfect, same) == 0.0
    assert min_cllr(-perfect, same) == 1.0


def test_minimum_ignores_the_scale(rng: np.random.Generator) -> None:
    score, same = rng.normal(size=200), np.arange(200) % 2 == 0
    assert min_cllr(score, same) == pytest.approx(min_cllr(np.exp(3 * score), same), abs=1e-12)
    assert min_cllr(score, same) <= cllr(score, same)


@pytest.mark.parametrize("metric", [cllr, min_cllr, brier, ece])
def test_bad_input_is_refused(metric) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="1 of 2 scores are nan"):
        metric(np.array([0.0, np.nan]), np.array([True, False]))
    with pytest.raises(ValueError, match="no pair by same artists"):
        metric(np.zeros(2), np.array([False, False]))
    with pytest.raises(ValueError, match="bool"):
        metric(np.zeros(2), np.array([1, 0]))
    with pytest.raises(ValueError, match="one class of pairs has no weight"):
        metric(np.zeros(2), np.array([True, False]), weight=np.array([1.0, 0.0]))
