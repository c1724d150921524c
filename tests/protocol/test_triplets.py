from __future__ import annotations

import numpy as np
import pytest

from morelli.protocol.triplets import batched_triplet_accuracy, triplet_accuracy


def test_one_at_a_time_by_hand() -> None:
    near, far = np.array([0.9, 0.5, 0.1, 0.3]), np.array([0.1, 0.5, 0.9, 0.4])
    assert triplet_accuracy(near, far) == 0.5
    assert triplet_accuracy(near, far, weight=np.array([0.0, 0.0, 1.0, 3.0])) == 0.0


def test_batches_of_four_against_a_slow_draw(rng: np.random.Generator) -> None:
    """The source's way: distances of a batch averaged, then compared."""
    near, far = rng.normal(0.5, 1, 300), rng.standard_t(3, 300)
    weight = rng.integers(0, 3, 300).astype(float)
    places = rng.choice(300, size=(400_000, 4), p=weight / weight.sum())
    slow = np.mean(near[places].mean(axis=1) >= far[places].mean(axis=1))
    assert batched_triplet_accuracy(near, far, weight=weight) == pytest.approx(slow, abs=0.003)
    assert batched_triplet_accuracy(near, far) > triplet_accuracy(near, far)


def test_batches_against_all_of_them() -> None:
    """Whole numbers lie on the grid where the largest divides it, so the count is exact, ties and all."""
    difference = np.array([4.0, -4.0, 1.0, 0.0, -2.0])
    grid = np.stack(np.meshgrid(*[difference] * 4), axis=-1).sum(axis=-1)
    assert batched_triplet_accuracy(difference, np.zeros(5)) == pytest.approx(np.mean(grid >= 0), abs=1e-12)


def test_batches_of_one_and_ties() -> None:
    near, far = np.array([1.0, 0.0, -2.0]), np.zeros(3)
    assert batched_triplet_accuracy(near, far, batch=1) == pytest.approx(triplet_accuracy(near, far))
    # A tie is right, as the source counts it: a constant is always right.
    assert triplet_accuracy(np.zeros(3), np.zeros(3)) == 1.0
    assert batched_triplet_accuracy(np.zeros(3), np.zeros(3)) == pytest.approx(1.0)


def test_normal_differences_have_a_closed_form(rng: np.random.Generator) -> None:
    from scipy.stats import norm

    difference = rng.normal(0.3, 1, 200_000)
    assert batched_triplet_accuracy(difference, np.zeros(200_000)) == pytest.approx(norm.cdf(0.6), abs=0.003)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="nan"):
        triplet_accuracy(np.array([np.nan]), np.zeros(1))
    with pytest.raises(ValueError, match="near"):
        triplet_accuracy(np.zeros(2), np.zeros(1))
    with pytest.raises(ValueError, match="n at least 1"):
        triplet_accuracy(np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="any weight"):
        batched_triplet_accuracy(np.zeros(1), np.zeros(1), weight=np.zeros(1))
    with pytest.raises(ValueError, match="batches of 0"):
        batched_triplet_accuracy(np.zeros(1), np.zeros(1), batch=0)
