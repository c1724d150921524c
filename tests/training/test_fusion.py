"""Weights of blocks: against scikit-learn's logistic regression, and on blocks whose worth is known."""

import numpy as np
import pytest

pytest.importorskip("torch")

from morelli.systems.objectives import Discriminant
from morelli.systems.system import Cohort
from morelli.training.back_end import Reduced
from morelli.training.fusion import deal_artists, fusion_weights, nonnegative_logistic

ARTISTS = np.repeat(np.array([f"artist-{i:02}" for i in range(30)], dtype=object), 8)
STYLES = np.repeat(np.array(["cubism", "baroque"] * 15, dtype=object), 8)


def test_where_no_weight_would_be_negative_it_is_logistic_regression(rng):
    linear_model = pytest.importorskip("sklearn.linear_model")
    same = rng.random(4000) < 0.5
    scores = rng.normal(size=(4000, 2)) * (1.0, 5.0) + same[:, None] * (1.0, 2.5)
    weights = np.where(same, 0.5 / same.sum(), 0.5 / (~same).sum())
    wanted = linear_model.LogisticRegression(C=1e8, tol=1e-10).fit(scores, same, sample_weight=weights * 4000).coef_[0]
    np.testing.assert_allclose(nonnegative_logistic(scores, same, weights), wanted / wanted.sum(), atol=1e-4)


def test_a_column_that_speaks_against_gets_nothing(rng):
    same = rng.random(2000) < 0.5
    scores = np.stack([rng.normal(size=2000) + same, rng.normal(size=2000) - same], axis=1)
    np.testing.assert_array_equal(nonnegative_logistic(scores, same, np.ones(2000)), [1, 0])


def test_columns_that_say_nothing_count_alike():
    same = np.array([True, False] * 10)
    np.testing.assert_array_equal(nonnegative_logistic(np.zeros((20, 2)), same, np.ones(20)), [0.5, 0.5])


def test_an_artist_is_held_out_once_with_all_their_pictures():
    folds = deal_artists(ARTISTS, seed=3)
    np.testing.assert_array_equal(np.sum(folds, axis=0), 1)
    for held in folds:
        assert not set(ARTISTS[held]) & set(ARTISTS[~held])


@pytest.mark.parametrize("cohort", [None, Cohort(neighbours=10)])
def test_a_block_of_noise_counts_for_less_than_one_that_knows_the_artist(rng, cohort):
    objective = Discriminant(components=5, dimensions=4)
    centres = rng.normal(size=(30, 5))[np.repeat(np.arange(30), 8)]
    knows = centres + rng.normal(size=(240, 5)) * 0.5
    blocks = [Reduced.of(rng.normal(size=(240, 5)), objective), Reduced.of(knows, objective)]
    weights = fusion_weights(blocks, ARTISTS, STYLES, objective, cohort=cohort, seed=0)
    assert weights.sum() == pytest.approx(1)
    assert weights[1] > 0.9
    np.testing.assert_array_equal(weights, fusion_weights(blocks, ARTISTS, STYLES, objective, cohort=cohort, seed=0))
