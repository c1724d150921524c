from __future__ import annotations

import numpy as np
import pytest

from morelli.protocol.bootstrap import PairWeigher, count_again, draw_artists, leave_one_out
from morelli.protocol.bootstrap_auc import count_auc_again
from morelli.protocol.ranked import Ranked
from morelli.protocol.roc import auc


def _pairs(rng: np.random.Generator, *, n: int = 200, artists: int = 7) -> tuple[np.ndarray, ...]:
    owner = rng.integers(0, artists, n)
    other = (owner + rng.integers(1, artists, n)) % artists
    same = np.repeat([True, False], n)
    return (rng.normal(size=2 * n) + same).round(1), same, owner, other


def _weigher(ranked: Ranked, owner: np.ndarray, other: np.ndarray, artists: int) -> PairWeigher:
    n = len(owner)
    negative = ranked.negative_order - n
    return PairWeigher(artists, owner[ranked.positive_order], owner[negative], other[negative])


def test_weights_are_what_redrawn_artists_would_give(rng: np.random.Generator) -> None:
    """The slow way: copies of artists are made, each with its own name, and copies of one are never paired."""
    score, same, owner, other = _pairs(rng)
    ranked = Ranked(score, same)
    drawn = draw_artists(np.zeros(7, dtype=int), resamples=20, seed=0)
    fast = count_again(lambda p, m: np.array([ranked.auc(p, m)]), _weigher(ranked, owner, other, 7), drawn)[:, 0]
    for row, found in zip(drawn, fast, strict=True):
        copies = [artist for artist in range(7) for _ in range(row[artist])]
        scores, labels = [], []
        for one in range(len(copies)):
            mine = owner == copies[one]
            scores.append(score[:200][mine])
            labels.append(np.ones(mine.sum(), dtype=bool))
            for two in range(len(copies)):
                if copies[one] != copies[two]:
                    met = mine & (other == copies[two])
                    scores.append(score[200:][met])
                    labels.append(np.zeros(met.sum(), dtype=bool))
        assert found == pytest.approx(auc(np.concatenate(scores), np.concatenate(labels)), abs=1e-12)


@pytest.mark.parametrize("digits", [1, 12])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_fast_auc_is_the_plain_one(rng: np.random.Generator, digits: int, threads: int) -> None:
    score, same, owner, other = _pairs(rng, n=500, artists=20)
    ranked = Ranked((score + rng.normal(size=1000)).round(digits), same)
    weigher = _weigher(ranked, owner, other, 20)
    drawn = draw_artists(np.zeros(20, dtype=int), resamples=50, seed=1)
    plain = count_again(lambda p, m: np.array([ranked.auc(p, m)]), weigher, drawn, threads=1)[:, 0]
    np.testing.assert_allclose(count_auc_again(ranked, weigher, drawn, threads=threads), plain, atol=1e-12)


def test_many_artists_take_the_other_path_to_the_same_weights(rng: np.random.Generator) -> None:
    first = rng.integers(0, 900, 5000)
    second = (first + rng.integers(1, 900, 5000)) % 900
    weigher = PairWeigher(900, first, first, second)
    weight = rng.integers(0, 4, 900)
    positive, negative = weigher.weigh(weight)
    np.testing.assert_array_equal(positive, weight[first])
    np.testing.assert_array_equal(negative, weight[first] * weight[second])


def test_strata_keep_their_shares(rng: np.random.Generator) -> None:
    _, _, owner, other = _pairs(rng)
    stratum = rng.integers(0, 3, 200)
    weigher = PairWeigher(7, owner, owner, other, positive_stratum=stratum, negative_stratum=stratum)
    for row in draw_artists(np.zeros(7, dtype=int), resamples=20, seed=0):
        for weight in weigher.weigh(row):
            mass = np.bincount(stratum, weights=weight)
            np.testing.assert_allclose(mass[mass > 0], np.bincount(stratum)[mass > 0])


def test_draws(rng: np.random.Generator) -> None:
    stratum = rng.integers(0, 2, 30)
    drawn = draw_artists(stratum, resamples=2000, seed=5)
    for one in (0, 1):
        inside = drawn[:, stratum == one]
        assert (inside.sum(axis=1) == (stratum == one).sum()).all()
        assert inside.mean() == pytest.approx(1.0)
        assert inside.var() == pytest.approx(1 - 1 / (stratum == one).sum(), abs=0.05)
    np.testing.assert_array_equal(drawn, draw_artists(stratum, resamples=2000, seed=5))
    assert (draw_artists(stratum, resamples=2000, seed=6) != drawn).any()
    # Two artists drawn as one twice make no negative; such draws are made again.
    assert (draw_artists(np.zeros(2, dtype=int), resamples=100, seed=0) == 1).all()
    with pytest.raises(ValueError, match="1 or more"):
        draw_artists(stratum, resamples=0, seed=0)


def test_leaving_one_out_removes_its_pairs(rng: np.random.Generator) -> None:
    score, same, owner, other = _pairs(rng)
    ranked = Ranked(score, same)
    weights = leave_one_out(7)
    found = count_again(lambda p, m: np.array([ranked.auc(p, m)]), _weigher(ranked, owner, other, 7), weights)[:, 0]
    for artist in range(7):
        keep = np.concatenate([owner != artist, (owner != artist) & (other != artist)])
        assert found[artist] == pytest.approx(auc(score[keep], same[keep]), abs=1e-12)


def test_a_class_without_weight_gives_nan_and_bad_pairs_are_refused(rng: np.random.Generator) -> None:
    score, same, owner, other = _pairs(rng, n=50, artists=3)
    ranked = Ranked(score, same)
    weigher = _weigher(ranked, owner, other, 3)
    alone = np.array([[3, 0, 0], [1, 1, 1]])
    found = count_again(lambda p, m: np.array([ranked.auc(p, m)]), weigher, alone)
    assert np.isnan(found[0, 0])
    assert found[1, 0] == pytest.approx(auc(score, same))
    assert np.isnan(count_auc_again(ranked, weigher, alone)[0])
    with pytest.raises(ValueError, match="between an artist and itself"):
        PairWeigher(3, owner, owner, owner)
    with pytest.raises(ValueError, match="strata"):
        count_auc_again(ranked, PairWeigher(3, owner, owner, other, positive_stratum=np.zeros(50, dtype=int)), alone)
