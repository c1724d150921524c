from __future__ import annotations

import numpy as np
import pytest
from lir.algorithms.bayeserror import elub

from morelli.protocol.empirical_bounds import empirical_bounds

STEP = 0.0002  # of lir's grid, on log10; a stretch without worth that is narrower than that escapes it


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("separation", "scale"), [(0.3, 1.0), (1.5, 1.0), (3.0, 1.0), (1.0, 3.0), (2.0, 0.4)])
def test_they_are_lirs(seed: int, separation: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    same = np.arange(400) < 150
    score = rng.normal(np.where(same, separation / 2, -separation / 2), 1.0)
    llr = scale * separation * score  # right at a scale of 1, too large or too timid otherwise
    low, high = empirical_bounds(llr, same)
    their_low, their_high = elub(llr.copy() / np.log(10), same.astype(int), add_misleading=1, step_size=STEP)
    assert low / np.log(10) == pytest.approx(their_low, abs=2.01 * STEP)
    assert high / np.log(10) == pytest.approx(their_high, abs=2.01 * STEP)


def test_they_are_where_the_cost_passes_that_of_ignoring(rng: np.random.Generator) -> None:
    """The oracle counts both costs on a fine grid, pair by pair."""
    same = np.arange(300) < 150
    llr = 2.5 * rng.normal(np.where(same, 0.9, -0.9), 1.0)
    low, high = empirical_bounds(llr, same)

    def worth(at: float) -> bool:
        threshold = np.exp(at)
        missed = (np.sum(llr[same] <= at) + 1) / 151
        accepted = (np.sum(llr[~same] > at) + 1) / 151
        return bool(missed + threshold * accepted <= (1.0 if at >= 0 else threshold))

    assert low < 0 < high
    for at in np.linspace(0, high - 1e-6, 300):
        assert worth(float(at))
    assert not worth(high + 1e-6)
    for at in np.linspace(low + 1e-6, -1e-9, 300):
        assert worth(float(at))
    assert not worth(low - 1e-6)


def test_evidence_that_is_worth_nothing_supports_nothing() -> None:
    same = np.array([True, False] * 50)
    assert empirical_bounds(np.zeros(100), same) == (0.0, 0.0)
    low, high = empirical_bounds(np.where(same, -3.0, 3.0), same)  # always misleading
    assert (low, high) == (0.0, 0.0)


def test_no_bound_passes_the_number_of_pairs() -> None:
    same = np.arange(60) < 20
    low, high = empirical_bounds(np.where(same, 50.0, -50.0), same)
    assert high <= np.log(41)
    assert low >= -np.log(21)
    with pytest.raises(ValueError, match="nan"):
        empirical_bounds(np.array([0.0, np.nan]), np.array([True, False]))
