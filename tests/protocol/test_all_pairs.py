from __future__ import annotations

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.all_pairs import AllPairs, choose_rows, every_similarity, weigh_pairs
from morelli.protocol.pairs import Negatives, draw_pairs

# Five artists, 16 paintings: one painter with one painting, one prolific, one with a painting of unknown style.
ARTIST = np.array([*"aaaaaa", *"bbb", *"cc", *"ddd", *"e", "f"], dtype=object)
STYLE = np.array(["x", "x", "x", "y", "y", "", "x", "x", "y", "y", "z", "x", "z", "z", "y", "w"], dtype=object)
ROWS = np.arange(1, 16)


def _similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """A number by which each pair is known."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    return low * 100.0 + high


def _block(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    return _similarity(query[:, None], gallery[None, :])


def test_every_pair_is_scored_once() -> None:
    rows = np.array([3, 5, 8, 13])
    found = every_similarity(_block, rows)
    assert found.tolist() == [305, 308, 313, 508, 513, 813]
    many = np.arange(0, 1800, 3)
    first, second = np.triu_indices(len(many), 1)
    np.testing.assert_array_equal(every_similarity(_block, many), _similarity(many[first], many[second]))
    with pytest.raises(ValueError, match="nan"):
        every_similarity(lambda q, g: np.full((len(q), len(g)), np.nan), rows)


@pytest.mark.parametrize("negatives", ["random", "style-matched"])
@pytest.mark.parametrize("duplicates", [None, np.array([-1, 0, 0, -1, 1, -1, 1, *[-1] * 9])])
@pytest.mark.parametrize(("draws", "close"), [(400, 0.12), pytest.param(6000, 0.03, marks=pytest.mark.slow)])
def test_a_pair_weighs_as_often_as_it_is_drawn(
    negatives: Negatives, duplicates: np.ndarray | None, draws: int, close: float
) -> None:
    """The oracle is the draw itself, many times over."""
    pairs = weigh_pairs(
        every_similarity(_block, ROWS), ARTIST, ROWS, negatives=negatives, style=STYLE, per_artist=4,
        duplicates=duplicates,
    )  # fmt: skip
    seen: dict[bool, dict[float, int]] = {True: {}, False: {}}
    for seed in range(draws):
        drawn = draw_pairs(
            ARTIST, ROWS, seed=seed, negatives=negatives, style=STYLE, per_artist=4, duplicates=duplicates
        )
        for key, same in zip(_similarity(drawn.first, drawn.second).tolist(), drawn.same.tolist(), strict=True):
            seen[same][key] = seen[same].get(key, 0) + 1
    for same, keys, weight in (
        (True, pairs.positive, pairs.positive_weight),
        (False, pairs.negative, pairs.negative_weight),
    ):
        total = sum(seen[same].values())
        assert sorted(seen[same]) == keys.tolist()  # no pair that is never drawn, none left out
        drawn_share = np.array([seen[same][key] / total for key in keys.tolist()])
        # Redrawing on a clash of duplicates moves a little weight to the other opponents.
        near = close if duplicates is None or same else 0.3
        np.testing.assert_allclose(weight, drawn_share, rtol=near, atol=0.12 / np.sqrt(draws))


def test_who_is_in_a_pair_stays_with_it() -> None:
    pairs = weigh_pairs(every_similarity(_block, ROWS), ARTIST, ROWS, negatives="random")
    _, code = np.unique(ARTIST[ROWS].astype(str), return_inverse=True)
    of = dict(zip(ROWS.tolist(), code.tolist(), strict=True))
    assert (np.diff(pairs.positive) > 0).all()
    assert (np.diff(pairs.negative) > 0).all()
    for value, artist in zip(pairs.positive.astype(int).tolist(), pairs.artist.tolist(), strict=True):
        assert of[value // 100] == of[value % 100] == artist
    for value, one, two in zip(
        pairs.negative.astype(int).tolist(), pairs.first.tolist(), pairs.second.tolist(), strict=True
    ):
        assert (of[value // 100], of[value % 100]) == (one, two)
    assert pairs.n_artists == 6


def test_where_nothing_can_be_drawn_it_says_so() -> None:
    def weigh(rows: np.ndarray, negatives: Negatives) -> AllPairs:
        return weigh_pairs(every_similarity(_block, rows), ARTIST, rows, negatives=negatives, style=STYLE)

    with pytest.raises(PairsError, match="no random pair of different artists among 3"):
        weigh(np.arange(3), "random")
    with pytest.raises(PairsError, match="no pair of one artist among 2"):
        weigh(np.array([0, 7]), "random")
    with pytest.raises(PairsError, match="at least two styles"):
        weigh(np.array([0, 1, 6, 7]), "style-matched")


def test_too_many_pictures_leave_every_artist_alike() -> None:
    artist = np.repeat(["a", "b", "c", "d"], [200, 30, 5, 1]).astype(object)
    rows = np.arange(236)
    np.testing.assert_array_equal(choose_rows(artist, rows, seed=0), rows)
    some = choose_rows(artist, rows, seed=0, most_pairs=210)
    assert len(some) * (len(some) - 1) // 2 <= 210 < (len(some) + 1) * len(some) // 2
    count = dict(zip(*np.unique(artist[some].astype(str), return_counts=True), strict=True))
    assert count == {"a": 8, "b": 7, "c": 5, "d": 1} or count == {"a": 7, "b": 8, "c": 5, "d": 1}
    assert (np.diff(some) > 0).all()
    np.testing.assert_array_equal(some, choose_rows(artist, rows, seed=0, most_pairs=210))
    assert not np.array_equal(some, choose_rows(artist, rows, seed=1, most_pairs=210))
