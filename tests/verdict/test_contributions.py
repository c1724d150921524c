"""Parts add up to the similarity, whatever the metric, with a cohort and without; and they are those of a slow loop."""

import numpy as np
import pytest

from morelli.model.comparison import CohortComparison, MetricComparison, PairNetComparison
from morelli.verdict.contributions import linear_form, parts_of_pairs, parts_of_similarity

KINDS = ("cosine", "dot", "negative-mean-squared-difference")


def tiles_of(rng):
    tiles = rng.normal(size=(2, 4, 3, 6)).astype(np.float32)
    return tiles, tiles.sum(axis=(1, 2))


def comparisons(kind, rng):
    cohort = rng.normal(size=(30, 6)).astype(np.float32)
    return {"alone": MetricComparison(kind), "cohort": CohortComparison(kind, cohort, neighbours=5, weight=0.5)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ["alone", "cohort"])
def test_the_parts_and_what_is_held_add_up_to_the_similarity(kind, which, rng):
    tiles, embeddings = tiles_of(rng)
    comparison = comparisons(kind, rng)[which]
    similarity = float(comparison.over(embeddings).rows(np.array([0]), np.array([1]))[0])
    for own, other in ((0, 1), (1, 0)):
        form = linear_form(comparison, embeddings[own], embeddings[other])
        values = parts_of_similarity(tiles[own], form)
        assert values.shape == (4, 3)
        assert values.sum() + form.held == pytest.approx(similarity, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_of_regions_add_up_to_the_bare_metric(kind, rng):
    tiles, embeddings = tiles_of(rng)
    form = linear_form(MetricComparison(kind), embeddings[0], embeddings[1])
    pairs = parts_of_pairs(tiles[0].reshape(12, 6), tiles[1].reshape(12, 6), scale=form.scale)
    bare = float(MetricComparison(kind).over(embeddings).rows(np.array([0]), np.array([1]))[0])
    assert pairs.sum() + form.held == pytest.approx(bare, abs=1e-5)
    # Summed over the other picture's regions they are the parts of one's own.
    np.testing.assert_allclose(pairs.sum(axis=1), parts_of_similarity(tiles[0], form).ravel(), atol=1e-6)


def test_they_are_those_of_a_slow_loop(rng):
    """Cosine with a cohort, tile by tile: the lengths and the nearest of the cohort are those of the whole pictures."""
    tiles, embeddings = tiles_of(rng)
    comparison = comparisons("cosine", rng)["cohort"]
    a, b = embeddings.astype(np.float64)
    cosines = sorted(
        ((float(a @ c / np.linalg.norm(a) / np.linalg.norm(c)), row) for row, c in enumerate(comparison.cohort)),
        reverse=True,
    )
    nearest = [comparison.cohort[row].astype(np.float64) for _, row in cosines[:5]]
    values = parts_of_similarity(tiles[0], linear_form(comparison, embeddings[0], embeddings[1]))
    for row in range(4):
        for column in range(3):
            tile = tiles[0, row, column].astype(np.float64)
            to_other = tile @ b / np.linalg.norm(a) / np.linalg.norm(b)
            to_cohort = np.mean([tile @ c / np.linalg.norm(a) / np.linalg.norm(c) for c in nearest])
            assert values[row, column] == pytest.approx(to_other - 0.5 * to_cohort, abs=1e-6)


def test_taking_a_tile_away_is_what_its_value_says_where_nothing_is_held(rng):
    tiles, embeddings = tiles_of(rng)
    comparison = MetricComparison("dot")
    values = parts_of_similarity(tiles[0], linear_form(comparison, embeddings[0], embeddings[1]))
    for row in range(4):
        for column in range(3):
            without = np.stack([embeddings[0] - tiles[0, row, column], embeddings[1]])
            both = np.concatenate([embeddings, without])
            before, after = comparison.over(both).rows(np.array([0, 2]), np.array([1, 3]))
            assert values[row, column] == pytest.approx(float(before - after), abs=1e-5)


def test_embeddings_of_nothing_divide_by_nothing():
    form = linear_form(MetricComparison("cosine"), np.zeros(3, np.float32), np.ones(3, np.float32))
    np.testing.assert_array_equal(form.direction, 0)


def test_a_network_has_no_such_form():
    assert linear_form(PairNetComparison(None), np.ones(3, np.float32), np.ones(3, np.float32)) is None
