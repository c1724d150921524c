from __future__ import annotations

import numpy as np
import pytest

from morelli.protocol.all_pairs import AllPairs, every_similarity, weigh_pairs
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.intervals import interval
from morelli.protocol.point_rates import artist_pair, count_artists, count_rates
from morelli.protocol.population import Population


@pytest.fixture
def pairs(rng: np.random.Generator) -> AllPairs:
    embedding, artist = Population(between=1.5, fewest=2, most=7).draw(12, rng)
    embedding = embedding.round(1)  # so that similarities tie
    rows = np.arange(len(artist))

    def block(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
        return -np.square(embedding[query][:, None] - embedding[gallery][None]).mean(axis=-1).round(1)

    return weigh_pairs(every_similarity(block, rows), artist, rows, negatives="random")


def _slow(pairs: AllPairs, upper: float | None, lower: float | None, times: np.ndarray) -> dict[str, float]:
    """Pair by pair: the classes' masses in the three regions under weights of artists."""
    mass = {(same, said): 0.0 for same in (True, False) for said in ("same", "different", "undecided")}
    for same, values, weights, w in (
        (True, pairs.positive, pairs.positive_weight, times[pairs.artist]),
        (False, pairs.negative, pairs.negative_weight, times[pairs.first] * times[pairs.second]),
    ):
        for value, weight, drawn in zip(values, weights, w, strict=True):
            said = "undecided"
            if upper is not None and value >= upper:
                said = "same"
            elif lower is not None and value <= lower:
                said = "different"
            mass[same, said] += weight * drawn
    p = sum(mass[True, said] for said in ("same", "different", "undecided"))
    m = sum(mass[False, said] for said in ("same", "different", "undecided"))
    tar, far = mass[True, "same"] / p, mass[False, "same"] / m
    miss, trr = mass[True, "different"] / p, mass[False, "different"] / m
    found = {"undecided": (mass[True, "undecided"] / p + mass[False, "undecided"] / m) / 2}
    if upper is not None:
        found |= {"false_accept": far, "precision": tar / (tar + far)}
    if lower is not None:
        found |= {"miss": miss, "precision_different": trr / (trr + miss)}
    return found


@pytest.mark.parametrize("thresholds", [(-1.5, -3.0), (-2.0, -2.0), (-1.5, None), (None, -4.0), (None, None)])
def test_rates_and_intervals_are_those_of_a_loop(
    pairs: AllPairs, thresholds: tuple[float | None, float | None]
) -> None:
    upper, lower = thresholds
    drawn = draw_artists(np.zeros(pairs.n_artists, dtype=int), resamples=40, seed=1)
    found = count_rates(pairs, upper=upper, lower=lower, drawn=drawn)
    wanted = _slow(pairs, upper, lower, np.ones(pairs.n_artists))
    again = [_slow(pairs, upper, lower, one) for one in drawn]
    assert set(found) == set(wanted)
    for name, one in found.items():
        assert one.value == pytest.approx(wanted[name], abs=1e-12)
        assert one.n_artists == 12
        if 1e-9 < one.value < 1 - 1e-9:
            limits = interval(one.value, np.array([row[name] for row in again]), n_artists=12, scale="share")
            assert (one.low, one.high) == pytest.approx(limits, abs=1e-9)
    assert found["undecided"].n_pairs == len(pairs.positive) + len(pairs.negative)


def test_no_error_is_not_certainty(pairs: AllPairs) -> None:
    drawn = draw_artists(np.zeros(pairs.n_artists, dtype=int), resamples=40, seed=1)
    top = float(pairs.negative[-1]) + 0.05
    one = count_rates(pairs, upper=top, lower=None, drawn=drawn)["false_accept"]
    assert (one.value, one.low) == (0.0, 0.0)
    assert one.high == pytest.approx(1 - 0.025 ** (1 / 12))  # zero of twelve, Clopper and Pearson
    bare = count_rates(pairs, upper=top, lower=None, drawn=drawn[:0])["false_accept"]
    assert np.isnan(bare.low)


def test_distinct_artists_are_counted(pairs: AllPairs) -> None:
    upper, lower = -1.5, -3.0
    wrong = {
        frozenset(two)
        for value, *two in zip(pairs.negative.tolist(), pairs.first.tolist(), pairs.second.tolist(), strict=True)
        if value >= upper
    }
    missed = {one for value, one in zip(pairs.positive.tolist(), pairs.artist.tolist(), strict=True) if value <= lower}
    assert count_artists(pairs, upper=upper, lower=lower) == (len(wrong), len(missed))
    assert count_artists(pairs, upper=None, lower=None) == (0, 0)
    assert len(np.unique(artist_pair(pairs))) <= 12 * 11 // 2
