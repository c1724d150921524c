from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.protocol.threshold import best_threshold


@given(seed=st.integers(0, 10**6), digits=st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_cut_between_two_similarities_does_better(seed: int, digits: int) -> None:
    rng = np.random.default_rng(seed)
    same = rng.permutation(np.arange(40) < rng.integers(1, 40))
    score = (rng.normal(size=40) + same).round(digits)

    def balanced(threshold: float) -> float:
        return float((np.mean(score[same] >= threshold) + np.mean(score[~same] < threshold)) / 2)

    threshold = best_threshold(score, same)
    distinct = np.unique(score)
    if len(distinct) == 1:
        assert threshold == distinct[0]
        return
    assert threshold not in distinct
    assert distinct[0] < threshold < distinct[-1]
    assert balanced(threshold) == pytest.approx(max(map(balanced, (distinct[1:] + distinct[:-1]) / 2)), abs=1e-12)


def test_ties_are_not_split_and_order_does_not_matter(rng: np.random.Generator) -> None:
    score = np.zeros(10)
    same = np.arange(10) < 5
    assert best_threshold(score, same) == 0.0
    spread = rng.normal(size=50)
    labels = np.arange(50) % 2 == 0
    order = rng.permutation(50)
    assert best_threshold(spread[order], labels[order]) == best_threshold(spread, labels)


def test_neighbouring_floats_still_part() -> None:
    low = 1.0
    high = np.nextafter(low, 2.0)
    threshold = best_threshold(np.array([low, high]), np.array([False, True]))
    assert low < threshold <= high


def test_of_equally_good_places_the_middle_one() -> None:
    score = np.arange(6.0)
    same = np.array([False, True, False, True, False, True])
    assert best_threshold(score, same) == 2.5
