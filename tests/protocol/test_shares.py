from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.protocol.shares import allocate, largest_remainder, part_totals

SHARES = (0.65, 0.10, 0.10, 0.15)


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_rows_and_columns_add_up_and_strata_are_alike(sizes: list[int]) -> None:
    n = sum(sizes)
    if n < 8:
        return
    totals = part_totals(n, SHARES, minimum=2)
    counts = allocate(sorted(sizes), totals)
    assert counts.sum(axis=1).tolist() == sorted(sizes)
    assert counts.sum(axis=0).tolist() == totals.tolist()
    assert counts.min() >= 0
    assert np.abs(counts - np.array(sorted(sizes))[:, None] * totals / n).max() < 4


@given(n=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_largest_remainder_is_within_one(n: int) -> None:
    shares = np.array(SHARES)
    got = largest_remainder(n, shares)
    assert got.sum() == n
    assert np.abs(got - n * shares).max() < 1


def test_too_few() -> None:
    with pytest.raises(ValueError, match="fewer than 2 for each of 4"):
        part_totals(7, SHARES, minimum=2)
    assert part_totals(4, (0.0, 0.0, 0.5, 0.5), minimum=2).tolist() == [0, 0, 2, 2]
    with pytest.raises(ValueError, match="strata hold 3, parts ask for 4"):
        allocate([1, 2], np.array([4, 0]))
