from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from morelli.errors import PairsError
from morelli.protocol.retrieval import block_from_pairs, find_neighbours


def _block(embedding: np.ndarray):  # type: ignore[no-untyped-def]
    def block(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
        return -np.square(embedding[query][:, None] - embedding[gallery][None]).sum(axis=-1)

    return block


def test_neighbours_are_scikit_learns(rng: np.random.Generator) -> None:
    embedding = rng.normal(size=(80, 3))
    artist = np.array([f"a{i}" for i in rng.integers(0, 20, 80)], dtype=object)
    rows = rng.permutation(80)[:60]
    found = find_neighbours(_block(embedding), artist, rows, ks=(1, 5), chunk=7)
    oracle = rows[NearestNeighbors(n_neighbors=6).fit(embedding[rows]).kneighbors(embedding[found.query])[1]][:, 1:]
    np.testing.assert_array_equal(found.neighbours, oracle)
    for column, k in enumerate((1, 5)):
        slow = [(artist[near[:k]] == artist[query]).any() for query, near in zip(found.query, oracle, strict=True)]
        np.testing.assert_array_equal(found.hit[:, column], slow)
    several = [row for row in rows if (artist[rows] == artist[row]).sum() > 1]
    assert found.query.tolist() == several


@given(seed=st.integers(0, 10**6), k=st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_ties_are_broken_at_random_not_by_place(seed: int, k: int) -> None:
    """Against many random orders: whole similarities from 0 to 2 tie all the time."""
    rng = np.random.default_rng(seed)
    artist = np.array([f"a{i}" for i in rng.integers(0, 3, 9)], dtype=object)
    matrix = rng.integers(0, 3, (9, 9)).astype(float)
    artist[:2] = "a0"
    found = find_neighbours(lambda q, g: matrix[np.ix_(q, g)], artist, np.arange(9), ks=(k,))
    for place, query in enumerate(found.query):
        others = np.delete(np.arange(9), query)
        draws = []
        for _ in range(300):
            order = rng.permutation(others)
            near = order[np.argsort(-matrix[query, order], kind="stable")][:k]
            draws.append((artist[near] == artist[query]).any())
        assert found.hit[place, 0] == pytest.approx(np.mean(draws), abs=0.15)


def test_what_is_gained_without_an_artist_against_searching_again(rng: np.random.Generator) -> None:
    embedding = rng.normal(size=(60, 3))
    artist = np.array([f"a{i}" for i in rng.integers(0, 8, 60)], dtype=object)
    found = find_neighbours(_block(embedding), artist, np.arange(60), ks=(1, 4), chunk=17)
    for place, name in enumerate(found.artists):
        without = find_neighbours(_block(embedding), artist, np.flatnonzero(artist != name), ks=(1, 4))
        before = found.hit[artist[found.query] != name].sum(axis=0)
        np.testing.assert_array_equal(found.gained[place], without.hit.sum(axis=0) - before)


def test_a_constant_finds_by_chance() -> None:
    artist = np.repeat(["a", "b", "c", "d"], 4).astype(object)
    found = find_neighbours(block_from_pairs(lambda f, s: np.zeros(len(f))), artist, np.arange(16), ks=(1, 15, 99))
    np.testing.assert_allclose(found.hit[:, 0], 3 / 15)
    np.testing.assert_allclose(found.hit[:, 1:], 1.0)


def test_a_score_of_pairs_does_as_well_as_blocks(rng: np.random.Generator) -> None:
    embedding = rng.normal(size=(30, 4))
    artist = np.repeat([f"a{i}" for i in range(10)], 3).astype(object)
    blocks = find_neighbours(lambda q, g: embedding[q] @ embedding[g].T, artist, np.arange(30), chunk=4)
    pairs = find_neighbours(
        block_from_pairs(lambda f, s: (embedding[f] * embedding[s]).sum(axis=1)), artist, np.arange(30), chunk=11
    )
    np.testing.assert_array_equal(blocks.neighbours, pairs.neighbours)


def test_bad_input_is_refused() -> None:
    artist = np.array(["a", "a", "b"], dtype=object)
    with pytest.raises(PairsError, match="nothing to find again"):
        find_neighbours(_block(np.zeros((3, 1))), artist, np.array([0, 2]))
    with pytest.raises(ValueError, match="nan"):
        find_neighbours(_block(np.full((3, 1), np.nan)), artist, np.arange(3))
    with pytest.raises(ValueError, match="1 or more"):
        find_neighbours(_block(np.zeros((3, 1))), artist, np.arange(3), ks=(0,))
