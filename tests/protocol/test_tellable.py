from __future__ import annotations

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.evaluate import evaluate_pairs
from morelli.protocol.pairs import draw_pairs
from morelli.protocol.population import Population
from morelli.protocol.tellable import count_told, tell_artists, tell_auc


def _block(embedding: np.ndarray):  # type: ignore[no-untyped-def]
    return lambda q, g: -np.square(embedding[q][:, None] - embedding[g][None]).mean(axis=-1)


def _world(rng: np.random.Generator, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    count = [6, 9, 4, 12, 1, 7]
    artist = np.repeat([f"a{one}" for one in range(6)], count).astype(object)
    centre = np.repeat(3 * rng.normal(size=(6, 5)), count, axis=0)
    mixed = rng.permutation(len(artist))
    return (centre + spread * rng.normal(size=centre.shape))[mixed], artist[mixed]


def test_means_are_those_of_a_loop(rng: np.random.Generator) -> None:
    embedding, artist = _world(rng)
    rows = np.arange(len(artist))
    similarity = _block(embedding)(rows, rows)
    found = {one.artist: one for one in tell_artists(_block(embedding), artist, rows, resamples=20)}
    assert set(found) == {"a0", "a1", "a2", "a3", "a5"}  # one painting says nothing of an artist
    for name, one in found.items():
        mine = np.flatnonzero(artist == name)
        inside = np.mean([similarity[i, j] for i in mine for j in mine if i != j])
        others = {
            other: np.mean([similarity[i, j] for i in mine for j in np.flatnonzero(artist == other)])
            for other in np.unique(artist.astype(str))
            if other != name
        }
        nearest = max(others, key=lambda other: others[other])
        assert (one.nearest, one.paintings) == (nearest, len(mine))
        assert (one.inside, one.outside) == pytest.approx((inside, others[nearest]), abs=1e-5)
        assert one.difference.value == pytest.approx(inside - others[nearest], abs=1e-5)
        assert one.difference.n_pairs == len(mine) * (len(mine) - 1) // 2
        assert one.difference.low < one.difference.value < one.difference.high
    order = [one.difference.value for one in tell_artists(_block(embedding), artist, rows, resamples=20)]
    assert order == sorted(order)


def test_redrawn_paintings_are_written_out(rng: np.random.Generator) -> None:
    """The oracle makes each redraw a catalogue of its own, in which copies are never paired with each other."""
    from morelli.protocol.tellable import _contrast, _redraw  # what the interval is made of

    embedding, artist = _world(rng)
    order = np.argsort(artist.astype(str), kind="stable")
    embedding, artist = embedding[order], artist[order]
    _, code, count = np.unique(artist.astype(str), return_inverse=True, return_counts=True)
    rows = np.arange(len(artist))
    square = _block(embedding)(rows, rows).astype(np.float32)
    np.fill_diagonal(square, 0)
    weight = _redraw(rng, count)
    assert [int(weight[code == one].sum()) for one in range(6)] == count.tolist()
    inside, outside, nearest = _contrast(square, np.cumsum(count) - count, weight)
    copies = np.repeat(rows, weight.astype(int))
    for one in range(6):
        mine = copies[code[copies] == one]
        pairs = [square[i, j] for i in mine for j in mine if i != j]
        if pairs:
            assert inside[one] == pytest.approx(np.mean(pairs), abs=1e-4)
        else:
            assert np.isnan(inside[one])
        others = [
            np.mean([square[i, j] for i in mine for j in copies[code[copies] == b]]) for b in range(6) if b != one
        ]
        assert outside[one] == pytest.approx(max(others), abs=1e-4)
        assert nearest[one] == [b for b in range(6) if b != one][int(np.argmax(others))]


def test_artists_that_are_apart_are_told_and_twins_are_not(rng: np.random.Generator) -> None:
    embedding, artist = _world(rng, spread=0.3)
    found = tell_artists(_block(embedding), artist, np.arange(len(artist)), resamples=100)
    assert count_told(found) == {"yes": 5, "no": 0, "unclear": 0}
    twins = np.repeat(["a", "b", "c"], 20).astype(object)
    hand = rng.normal(size=(60, 5))
    hand[40:] += 4
    told = {one.artist: one for one in tell_artists(_block(hand), twins, np.arange(60), resamples=200)}
    assert told["c"].told == "yes"
    assert {told["a"].told, told["b"].told} <= {"no", "unclear"}
    assert told["a"].nearest == "b"


def test_an_artist_who_is_more_like_another_than_like_themselves_is_not_told(rng: np.random.Generator) -> None:
    # Two kinds of pictures far apart, half of them by each of `a`; `b` has one kind alone.
    hand = np.concatenate([np.tile([9.0, 0.0], (10, 1)), np.tile([-9.0, 0.0], (10, 1)), np.tile([9.0, 0.0], (20, 1))])
    artist = np.repeat(["a", "b"], 20).astype(object)
    told = {
        one.artist: one
        for one in tell_artists(_block(hand + rng.normal(size=hand.shape)), artist, np.arange(40), resamples=200)
    }
    assert told["b"].told == "yes"
    assert told["a"].difference.value < 0
    wide = told["a"].difference.high >= 0
    assert told["a"].told == ("unclear" if wide else "no")


def test_told_is_no_only_where_the_whole_interval_is_below_nought(rng: np.random.Generator) -> None:
    # Each picture of `a` is unlike every other of theirs, and like twenty of `b`, who paints all of these kinds.
    kinds = 8 * np.eye(10)
    hand = np.concatenate([kinds, np.repeat(kinds, 4, axis=0)]) + 0.1 * rng.normal(size=(50, 10))
    artist = np.array(["a"] * 10 + ["b"] * 40, dtype=object)
    told = {one.artist: one for one in tell_artists(_block(hand), artist, np.arange(50), resamples=300)}
    assert told["a"].difference.high < 0
    assert told["a"].told == "no"


def test_the_auc_is_that_of_an_evaluation(rng: np.random.Generator) -> None:
    embedding, artist = Population(between=1.2).draw(15, rng)
    rows = np.arange(len(artist))
    style = np.array([f"s{int(name[-1]) % 2}" for name in artist], dtype=object)

    def score(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return -np.square(embedding[a] - embedding[b]).mean(axis=1)

    for kind in ("random", "style-matched"):
        found = tell_auc(score, artist, style, rows, negatives=kind, resamples=50)  # type: ignore[arg-type]
        pairs = draw_pairs(artist, rows, seed=0, negatives=kind, style=style)  # type: ignore[arg-type]
        judged = evaluate_pairs(
            pairs, score(pairs.first, pairs.second), artist, threshold=0.0, calibration=None, group="unseen",
            negatives=kind, resamples=50,
        )  # fmt: skip
        assert found.value == pytest.approx(judged.figures["auc"].value)
        assert (found.low, found.high) == pytest.approx((judged.figures["auc"].low, judged.figures["auc"].high))


def test_what_cannot_be_compared_is_refused(rng: np.random.Generator) -> None:
    embedding, artist = _world(rng)
    with pytest.raises(PairsError, match="1 artists with at most 6 paintings: nothing to tell apart"):
        tell_artists(_block(embedding), artist, np.flatnonzero(artist == "a0"))
    singles = np.array(["a", "b", "c"], dtype=object)
    with pytest.raises(PairsError, match="3 artists with at most 1 paintings"):
        tell_artists(_block(embedding), singles, np.arange(3))


@pytest.mark.slow
def test_an_artist_without_a_hand_is_seldom_told_apart() -> None:
    """Twins of ten paintings each, from one and the same hand, 200 times: 'yes' in no more than a few of a hundred."""
    wrong = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        artist = np.repeat(["a", "b", "c", "d"], 10).astype(object)
        hand = rng.normal(size=(40, 6))
        found = tell_artists(_block(hand), artist, np.arange(40), resamples=100, seed=seed)
        wrong += [one.told == "yes" for one in found]
    assert np.mean(wrong) < 0.03
