from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.few_shot import Contest, count_accuracy, evaluate_few_shot, hold_contest
from morelli.protocol.population import Population


def _world(rng: np.random.Generator, artists: int = 12, decimals: int = 6) -> tuple[np.ndarray, np.ndarray]:
    embedding, artist = Population(between=1.2, fewest=4, most=9).draw(artists, rng)
    return embedding.round(decimals), artist


def _block(embedding: np.ndarray):  # type: ignore[no-untyped-def]
    return lambda q, g: -np.square(embedding[q][:, None] - embedding[g][None]).mean(axis=-1)


@pytest.mark.parametrize(("ways", "shots"), [(2, 1), (5, 1), (5, 3)])
def test_it_is_what_endless_episodes_show(rng: np.random.Generator, ways: int, shots: int) -> None:
    """The oracle plays episodes one by one, drawing artists, references and query anew each time."""
    embedding, artist = _world(rng)
    names = np.unique(artist.astype(str))
    mine = {name: np.flatnonzero(artist == name) for name in names}
    right = []
    for _ in range(6000):
        chosen = rng.choice(names, size=ways, replace=False)
        pictures = {name: rng.choice(mine[name], size=shots + 1, replace=False) for name in chosen}
        query = pictures[chosen[0]][0]
        score = [
            np.mean([-np.square(embedding[query] - embedding[one]).mean() for one in pictures[name][1:]])
            for name in chosen
        ]
        right.append(float(np.argmax(score) == 0))
    found = []
    for seed in range(25):  # references are drawn: a mean over seeds
        (one,) = evaluate_few_shot(
            _block(embedding), artist, np.arange(len(artist)), group="unseen", ways=(ways,), shots=(shots,),
            resamples=0, seed=seed,
        )  # fmt: skip
        found.append(one.accuracy.value)
    error = np.hypot(np.std(right) / np.sqrt(len(right)), np.std(found) / 5)
    assert np.mean(found) == pytest.approx(np.mean(right), abs=4 * error)


def _by_hand(contest: Contest, ways: int, left_out: int | None = None) -> float:
    """All choices of the other artists, all orders of equals, artist by artist."""
    n = contest.ahead.shape[1]
    artists = [one for one in range(n) if one != left_out]
    means = []
    for owner in artists:
        shares = []
        for query in np.flatnonzero(contest.owner == owner):
            others = [one for one in artists if one != owner]
            for drawn in combinations(others, ways - 1):
                ahead, level = contest.ahead[query, list(drawn)], contest.level[query, list(drawn)]
                shares.append(0.0 if ahead.any() else 1 / (1 + level.sum()))
        means.append(np.mean(shares))
    return float(np.mean(means))


@pytest.mark.parametrize("ways", [2, 3, 5])
def test_accuracy_and_interval_are_those_of_all_choices(rng: np.random.Generator, ways: int) -> None:
    embedding, artist = _world(rng, artists=7, decimals=0)  # many ties
    contest = hold_contest(_block(embedding), artist, np.arange(len(artist)), shots=1, queries=3)
    assert contest.level.any()
    drawn = draw_artists(np.zeros(7, dtype=int), resamples=200, seed=0)
    one = count_accuracy(contest, ways=ways, drawn=drawn)
    assert one.value == pytest.approx(_by_hand(contest, ways))
    assert (one.n_pairs, one.n_artists) == (len(contest.owner), 7)
    without = np.array([_by_hand(contest, ways, left_out=left) for left in range(7)])
    error = ((drawn - 1) @ (6 / 7 * (without.mean() - without))).std(ddof=1)
    odds = one.value / (1 - one.value)
    reach = 2.4469 * error / (one.value * (1 - one.value))  # Student's t for 6 degrees of freedom
    assert one.low == pytest.approx(odds / np.exp(reach) / (1 + odds / np.exp(reach)), abs=1e-4)
    assert one.high == pytest.approx(odds * np.exp(reach) / (1 + odds * np.exp(reach)), abs=1e-4)


def test_ends_of_the_scale(rng: np.random.Generator) -> None:
    artist = np.repeat([f"a{one}" for one in range(8)], 6).astype(object)
    rows = np.arange(48)
    for block, value in (
        (lambda q, g: (artist[q][:, None] == artist[g][None]).astype(float), 1.0),
        (lambda q, g: -(artist[q][:, None] == artist[g][None]).astype(float), 0.0),
        (lambda q, g: np.zeros((len(q), len(g))), 0.2),  # guessing among five
    ):
        found = evaluate_few_shot(block, artist, rows, group="g", ways=(5,), shots=(1, 5), resamples=20)
        assert [one.shots for one in found] == [1, 5]
        assert [one.accuracy.value for one in found] == pytest.approx([value, value])
    with pytest.raises(ValueError, match="nan"):
        evaluate_few_shot(lambda q, g: np.full((len(q), len(g)), np.nan), artist, rows, group="g", ways=(5,))


def test_what_the_paintings_do_not_allow_is_left_out(rng: np.random.Generator) -> None:
    embedding, artist = _world(rng)
    rows = np.arange(len(artist))
    found = evaluate_few_shot(_block(embedding), artist, rows, group="unseen", shots=(1, 20), resamples=10)
    assert [(one.ways, one.shots) for one in found] == [(5, 1)]
    few = evaluate_few_shot(_block(embedding), artist, rows[artist == artist[0]], group="unseen", resamples=10)
    assert few == []
    # With just as many artists as ways none can be left out: a figure without an interval.
    (all_of_them,) = evaluate_few_shot(_block(embedding), artist, rows, group="u", ways=(12,), shots=(1,), resamples=10)
    assert np.isnan(all_of_them.accuracy.low)
    assert 0 < all_of_them.accuracy.value < 1


def test_a_seed_gives_one_answer_and_order_does_not_count(rng: np.random.Generator) -> None:
    embedding, artist = _world(rng)
    rows = np.arange(len(artist))
    one, again, other = (
        evaluate_few_shot(_block(embedding), artist, rows, group="u", ways=(5,), shots=(1,), resamples=10, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one == again != other


@pytest.mark.slow
def test_intervals_hold_the_truth() -> None:
    """200 sets of 40 artists from one population: the truth is the mean over the sets."""
    found = []
    for seed in range(200):
        embedding, artist = Population(between=1.2).draw(40, np.random.default_rng([1, seed]))
        found += evaluate_few_shot(
            lambda q, g, e=embedding: 2 * e[q] @ e[g].T - np.square(e[g]).sum(axis=1), artist, np.arange(len(artist)),
            group="u", ways=(5,), shots=(1,), resamples=200, seed=seed,
        )  # fmt: skip
    truth = np.mean([one.accuracy.value for one in found])
    held = np.mean([one.accuracy.low <= truth <= one.accuracy.high for one in found])
    assert 0.9 <= held <= 0.99
