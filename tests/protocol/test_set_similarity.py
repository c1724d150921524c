from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from morelli.protocol.set_similarity import gather_set_similarity, set_similarity, to_square


def _square(rng: np.random.Generator, n: int = 12) -> np.ndarray:
    square = rng.normal(size=(n, n))
    return square + square.T


def _slow(square: np.ndarray, query: int, references: list[int]) -> float:
    """The mean similarity to the references, less (k - 1) / 2k of the mean among them, pair by pair."""
    to = np.mean([square[query, one] for one in references])
    k = len(references)
    if k == 1:
        return float(to)
    return float(to - (k - 1) / (2 * k) * np.mean([square[a, b] for a, b in combinations(references, 2)]))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_it_is_that_of_a_loop_in_any_order(rng: np.random.Generator, n: int) -> None:
    square = _square(rng)
    query = np.array([0, 3])
    references = np.array([rng.choice(np.arange(4, 12), n, replace=False) for _ in query])
    found = gather_set_similarity(square, query, references)
    assert found == pytest.approx([_slow(square, q, r) for q, r in zip(query, references.tolist(), strict=True)])
    turned = rng.permuted(references, axis=1)
    np.testing.assert_allclose(gather_set_similarity(square, query, turned), found, rtol=1e-12)


def test_of_more_references_it_is_the_mean_over_all_choices(rng: np.random.Generator) -> None:
    square, references = _square(rng), [2, 4, 5, 7, 8, 11]
    among = square[np.ix_(references, references)][None]
    for size in (1, 2, 3, 4, 6):
        found = set_similarity(square[[0]][:, references], among, size=size)
        every = [_slow(square, 0, list(chosen)) for chosen in combinations(references, size)]
        assert found[0] == pytest.approx(np.mean(every))


def test_for_squared_distances_it_is_the_distance_to_the_mean(rng: np.random.Generator) -> None:
    embedding = rng.normal(size=(9, 5))
    square = -np.square(embedding[:, None] - embedding[None]).sum(axis=-1)
    references = np.arange(1, 9)[None, :]
    found = gather_set_similarity(square, np.array([0]), references)
    assert found[0] == pytest.approx(-np.square(embedding[0] - embedding[1:].mean(axis=0)).sum())


def test_the_diagonal_is_never_read(rng: np.random.Generator) -> None:
    square = _square(rng)
    other = square.copy()
    np.fill_diagonal(other, 1e6)
    query, references = np.array([0]), np.array([[1, 2, 3]])
    np.testing.assert_allclose(
        gather_set_similarity(square, query, references), gather_set_similarity(other, query, references), rtol=1e-9
    )


def test_many_sets_take_the_same_way(rng: np.random.Generator) -> None:
    square = _square(rng, 40)
    query = rng.integers(0, 10, 9000)
    references = np.argsort(rng.random((9000, 30)), axis=1)[:, :3] + 10
    found = gather_set_similarity(square, query, references)
    for at in (0, 4095, 4096, 8999):
        assert found[at] == pytest.approx(_slow(square, int(query[at]), references[at].tolist()))


def test_shapes_that_do_not_fit_are_refused() -> None:
    for to, among, size in (((2, 3), (2, 3, 2), 3), ((2, 3), (2, 3, 3), 0), ((2, 3), (2, 3, 3), 4)):
        with pytest.raises(ValueError, match="for sets of"):
            set_similarity(np.zeros(to), np.zeros(among), size=size)


def test_a_square_is_its_triangle_twice() -> None:
    np.testing.assert_array_equal(to_square(np.array([1.0, 2.0, 3.0]), 3), [[0, 1, 2], [1, 0, 3], [2, 3, 0]])
