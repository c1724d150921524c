from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from morelli.errors import PairsError
from morelli.protocol.evaluation_pairs import draw_evaluation_pairs
from morelli.protocol.pairs import NEGATIVES, Pairs, draw_pairs, draw_positives, triangle


def _world(seed: int, *, n: int = 300, artists: int = 15, styles: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    artist = np.array([f"a{i}" for i in rng.zipf(1.5, n) % artists], dtype=object)
    style = np.array([f"s{i}" if i else "" for i in rng.integers(0, styles + 1, n)], dtype=object)
    return artist, style


def _halves(pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = len(pairs) // 2
    assert len(pairs) == 2 * n
    assert pairs.same[:n].all()
    assert not pairs.same[n:].any()
    np.testing.assert_array_equal(pairs.first[:n], pairs.first[n:])
    return pairs.first[:n], pairs.second[:n], pairs.second[n:]


@given(seed=st.integers(0, 10**6), negatives=st.sampled_from(NEGATIVES), k=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_what_every_set_of_pairs_keeps(seed: int, negatives, k: int) -> None:  # type: ignore[no-untyped-def]
    artist, style = _world(seed)
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(artist))[:150]
    duplicates = rng.integers(-1, 60, len(artist))
    pairs = draw_pairs(
        artist, rows, seed=seed, negatives=negatives, style=style, per_artist=k, duplicates=duplicates, group="seen"
    )
    first, second, other = _halves(pairs)
    assert set(pairs.group) == {"seen"}
    assert np.isin(np.concatenate([first, second, other]), rows).all()
    assert (artist[first] == artist[second]).all()
    assert (artist[first] != artist[other]).all()
    assert (first != second).all()
    for one in (second, other):
        assert ((duplicates[first] != duplicates[one]) | (duplicates[first] < 0)).all()
    unordered = {frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)}
    assert len(unordered) == len(first)
    assert max(Counter(artist[first]).values()) <= k
    if negatives == "style-matched":
        assert (style[first] == style[other]).all()
        assert (style[first] != "").all()


def test_every_pair_of_an_artist_is_drawn_when_there_is_room() -> None:
    artist = np.array(["a"] * 5 + ["b"] * 3 + ["c"], dtype=object)
    first, second = draw_positives(artist, np.arange(9), seed=0)
    drawn = {frozenset(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)}
    expected = {frozenset((i, j)) for i in range(9) for j in range(i) if artist[i] == artist[j]}
    assert drawn == expected
    assert len(first) == 13


def test_a_prolific_artist_has_no_more_than_a_hundred_positives_unless_told() -> None:
    artist = np.array(["many"] * 40 + ["few"] * 4 + ["two"] * 2, dtype=object)
    pairs = draw_pairs(artist, np.arange(len(artist)), seed=0, negatives="random")
    name, count = np.unique(artist[pairs.first[pairs.same]].astype(str), return_counts=True)
    assert dict(zip(name.tolist(), count.tolist(), strict=True)) == {"many": 100, "few": 6, "two": 1}


def test_both_kinds_of_negatives_share_their_positives() -> None:
    artist, _ = _world(1)
    style = np.array([f"s{i % 3}" for i in range(len(artist))], dtype=object)
    rows = np.arange(len(artist))
    positives = [_halves(draw_pairs(artist, rows, seed=5, negatives=kind, style=style))[:2] for kind in NEGATIVES]
    np.testing.assert_array_equal(positives[0][0], positives[1][0])
    np.testing.assert_array_equal(positives[0][1], positives[1][1])
    again = _halves(draw_pairs(artist, rows, seed=6, negatives="random"))
    assert len(again[0]) != len(positives[0][0]) or (again[0] != positives[0][0]).any()


def test_opponents_are_drawn_artist_first() -> None:
    """One artist with 300 pictures, nine with 3: the prolific one is met no more often than the others."""
    artist = np.array(["a0"] * 300 + [f"a{1 + i // 3}" for i in range(27)], dtype=object)
    drawn: Counter[str] = Counter()
    for seed in range(300):
        first, _, other = _halves(draw_pairs(artist, np.arange(327), seed=seed, negatives="random", per_artist=3))
        for a, b in zip(artist[first], artist[other], strict=True):
            if a == "a1":
                drawn[b] += 1
    assert set(drawn) == {"a0"} | {f"a{i}" for i in range(2, 10)}
    assert stats.chisquare(list(drawn.values())).pvalue > 0.001
    styles = np.full(327, "x", dtype=object)
    styles[0] = "y"
    first, _, other = _halves(draw_pairs(artist, np.arange(327), seed=0, negatives="style-matched", style=styles))
    assert 0 not in first  # nobody else paints in that style


def test_triangle_numbers_up_to_the_largest() -> None:
    low, high = triangle(np.arange(100_000))
    assert (low < high).all()
    assert (np.diff(high * (high - 1) // 2 + low) == 1).all()
    edges = np.array([h * (h - 1) // 2 + d for h in (10**6, 10**8, 3 * 10**9) for d in (-1, 0, 1)])
    low, high = triangle(edges)
    np.testing.assert_array_equal(high * (high - 1) // 2 + low, edges)
    assert ((low >= 0) & (low < high)).all()


def test_what_cannot_be_drawn_says_why() -> None:
    artist = np.array(["a", "a", "b"], dtype=object)
    rows = np.arange(3)
    with pytest.raises(PairsError, match="two that are not scans"):
        draw_pairs(np.array(["a", "b"], dtype=object), np.arange(2), seed=0, negatives="random")
    with pytest.raises(PairsError, match="two that are not scans"):
        draw_pairs(artist, rows, seed=0, negatives="random", duplicates=np.array([1, 1, 2]))
    with pytest.raises(PairsError, match="two that are not scans"):
        draw_pairs(artist, rows[:0], seed=0, negatives="random")
    with pytest.raises(PairsError, match="all are by one artist"):
        draw_pairs(artist, rows[:2], seed=0, negatives="random")
    with pytest.raises(PairsError, match=r"at least two styles .*found: x"):
        draw_pairs(artist, rows, seed=0, negatives="style-matched", style=np.array(["x", "x", ""], dtype=object))
    with pytest.raises(PairsError, match="a column 'style'"):
        draw_pairs(artist, rows, seed=0, negatives="style-matched")
    with pytest.raises(PairsError, match="alone in their style"):
        draw_pairs(artist, rows, seed=0, negatives="style-matched", style=np.array(["x", "x", "y"], dtype=object))
    with pytest.raises(PairsError, match="1 or more"):
        draw_pairs(artist, rows, seed=0, negatives="random", per_artist=0)


def test_an_opponent_that_is_a_scan_of_the_same_work_is_refused() -> None:
    """`b` has nothing but a second scan of row 1; drawn against row 0 it would do."""
    artist = np.array(["a", "a", "b"], dtype=object)
    duplicates = np.array([-1, 1, 1])
    for seed in range(20):
        first, _ = draw_positives(artist, np.arange(3), seed=seed)
        if first[0] == 0:
            assert draw_pairs(artist, np.arange(3), seed=seed, negatives="random", duplicates=duplicates).second[1] == 2
        else:
            with pytest.raises(PairsError, match="under another artist's name"):
                draw_pairs(artist, np.arange(3), seed=seed, negatives="random", duplicates=duplicates)


@pytest.mark.parametrize("negatives", NEGATIVES)
def test_a_million_pairs_in_about_a_second(negatives, rng: np.random.Generator) -> None:  # type: ignore[no-untyped-def]
    artist = np.array([f"a{i}" for i in range(500)], dtype=object)[rng.integers(0, 500, 60_000)]
    style = np.array([f"s{i}" for i in range(10)], dtype=object)[rng.integers(0, 10, 60_000)]
    start = time.perf_counter()
    pairs = draw_pairs(artist, np.arange(60_000), seed=0, negatives=negatives, style=style, per_artist=1000)
    assert time.perf_counter() - start < 5
    assert len(pairs) == 1_000_000


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_groups_and_the_mix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    artist = np.array([f"a{i}" for i in rng.integers(0, 24, 600)], dtype=object)
    style = np.array([f"s{i}" for i in rng.integers(0, 3, 600)], dtype=object)
    code = np.array([int(name[1:]) for name in artist])
    part = np.where(code < 8, "test", np.where(rng.random(600) < 0.5, "test-seen", "train")).astype(object)
    drawn = draw_evaluation_pairs(artist, style, part, seed=seed, per_artist=30)
    assert set(drawn) == {(group, kind) for group in ("seen", "unseen", "mix") for kind in NEGATIVES}
    for (group, kind), pairs in drawn.items():
        first, second, other = _halves(pairs)
        assert (artist[first] == artist[second]).all()
        assert (artist[first] != artist[other]).all()
        if kind == "style-matched":
            assert (style[first] == style[other]).all()
        where = np.where(part == "test", "unseen", np.where(part == "test-seen", "seen", "trained"))
        n = len(first)
        a, b = where[pairs.first], where[pairs.second]
        assert (pairs.group == np.where(a == b, a, "cross")).all()
        assert "trained" not in set(a) | set(b)
        if group != "mix":
            assert set(pairs.group) == {group}
            continue
        assert n % 4 == 0
        assert Counter(pairs.group[:n]) == {"seen": n // 2, "unseen": n // 2}
        assert Counter(pairs.group[n:]) == {"seen": n // 4, "unseen": n // 4, "cross": n // 2}
    sizes = [len(drawn["seen", "random"]), len(drawn["unseen", "random"])]
    assert len(drawn["mix", "random"]) > 1.8 * min(sizes)


def test_only_the_groups_that_are_there() -> None:
    artist = np.array(["a", "a", "b", "b"], dtype=object)
    style = np.full(4, "", dtype=object)
    part = np.full(4, "test", dtype=object)
    assert set(draw_evaluation_pairs(artist, style, part, negatives=["random"])) == {("unseen", "random")}
    with pytest.raises(PairsError, match="at least two styles"):
        draw_evaluation_pairs(artist, style, part)
    part[:] = "train"
    with pytest.raises(PairsError, match="nothing to judge on"):
        draw_evaluation_pairs(artist, style, part)


def test_order_of_positives_is_mixed() -> None:
    """No artist's pairs stand together, so that batches of four triplets are of mixed artists."""
    artist = np.repeat([f"a{i}" for i in range(20)], 10).astype(object)
    first, _ = draw_positives(artist, np.arange(200), seed=0)
    neighbours = np.mean([artist[i] == artist[j] for i, j in pairwise(first)])
    assert neighbours < 0.15
