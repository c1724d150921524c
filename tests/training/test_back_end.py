"""The linear back-end against scikit-learn, plain loops and what it must not depend on."""

import numpy as np
import pytest

pytest.importorskip("torch")

from morelli.errors import TrainingError
from morelli.systems.objectives import Discriminant
from morelli.training.back_end import BackEnd, Projection, Reduced, principal_components, unit

ARTISTS = np.repeat(np.array([f"artist-{i:02}" for i in range(20)], dtype=object), 8)
STYLES = np.repeat(np.array(["cubism", "baroque"] * 10, dtype=object), 8)


@pytest.fixture
def features(rng):
    """Twelve features: four tell artists apart, four vary inside artists alone, four are small noise on a large mean."""
    centres = rng.normal(size=(20, 4))[np.repeat(np.arange(20), 8)]
    return np.concatenate(
        [
            centres + 0.3 * rng.normal(size=(160, 4)),
            3 * rng.normal(size=(160, 4)),
            50 + 0.1 * rng.normal(size=(160, 4)),
        ],
        axis=1,
    )


def fit(features, **changes):
    objective = Discriminant(components=12, dimensions=6, **changes)
    return Reduced.of(features, objective).projection(ARTISTS, STYLES, objective)


def test_without_shrinkage_the_directions_are_scikit_learns(features):
    discriminant_analysis = pytest.importorskip("sklearn.discriminant_analysis")
    ours = fit(features, shrinkage=0.0)(features)
    theirs = discriminant_analysis.LinearDiscriminantAnalysis(solver="eigen", n_components=6).fit(features, ARTISTS)
    theirs = theirs.transform(features)
    for column in range(4):  # the ones that mean something; the sign is free
        assert abs(np.corrcoef(ours[:, column], theirs[:, column])[0, 1]) > 0.9999


def test_it_does_not_depend_on_the_scale_or_the_origin_of_a_feature(features, rng):
    scale, shift = rng.uniform(0.1, 10, size=12), rng.normal(size=12) * 100
    plain, moved = fit(features)(features), fit(features * scale + shift)(features * scale + shift)
    np.testing.assert_allclose(plain @ plain.T, moved @ moved.T, atol=1e-2 * np.abs(plain @ plain.T).max())


def test_a_direction_weighs_the_root_of_b_over_b_plus_one(features):
    objective = Discriminant(components=12, dimensions=6, shrinkage=0.0)
    embedded = fit(features, shrinkage=0.0)(features).astype(np.float64)
    centres = np.stack([embedded[name == ARTISTS].mean(0) for name in np.unique(ARTISTS)])
    within = np.mean(
        [np.var(embedded[name == ARTISTS], axis=0, ddof=1) for name in np.unique(ARTISTS)], axis=0
    )  # 1 before the weighting, so the weight squared after it
    ratio = centres.var(axis=0, ddof=1) / within
    np.testing.assert_allclose(within, ratio / (ratio + 1), rtol=1e-4)
    assert objective.dimensions == embedded.shape[1]


def test_a_feature_that_hardly_varies_in_training_counts_for_nothing(features, rng):
    dead = np.full((160, 1), 2.0) + 1e-9 * rng.normal(size=(160, 1))
    projection = fit(np.concatenate([features, dead], axis=1))
    assert np.abs(projection.matrix[-1]).max() == 0
    wild = np.concatenate([features[:1], [[1e6]]], axis=1)
    tame = np.concatenate([features[:1], [[2.0]]], axis=1)
    np.testing.assert_array_equal(projection(wild), projection(tame))


@pytest.mark.parametrize("shape", [(30, 10), (10, 30)])
def test_principal_components_are_those_of_a_singular_value_decomposition(rng, shape):
    rows = rng.normal(size=shape) * np.linspace(1, 3, shape[1])
    rows -= rows.mean(axis=0)
    ours = principal_components(rows, 4)
    theirs = np.linalg.svd(rows)[2][:4].T
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=1e-8)


@pytest.mark.parametrize("features", [4, 40])
def test_pictures_that_are_the_same_give_no_direction(rng, features):
    rows = np.repeat(rng.normal(size=(3, features)), 4, axis=0)
    centred = rows - rows.mean(axis=0)
    directions = principal_components(centred, 8)
    assert directions.shape == (features, 2)  # three points lie in a plane
    np.testing.assert_allclose(directions.T @ directions, np.eye(2), atol=1e-9)
    np.testing.assert_allclose(centred @ directions @ directions.T, centred, atol=1e-9)


def test_scatter_inside_styles_forgets_what_tells_styles_apart(rng):
    """Two features, one of the style and one of the artist: measured inside styles, the style's says nothing."""
    style = (STYLES == "cubism").astype(float)[:, None] * 10
    artist = rng.normal(size=20)[np.repeat(np.arange(20), 8)][:, None] * 3
    both = np.concatenate([style, artist], axis=1) + rng.normal(size=(160, 2)) * 0.5
    objective = {"components": 2, "dimensions": 1, "shrinkage": 0.0}
    overall = Discriminant(**objective)
    inside = Discriminant(**objective, styles=1.0)
    first = Reduced.of(both, overall).projection(ARTISTS, STYLES, overall)(both)[:, 0]
    second = Reduced.of(both, inside).projection(ARTISTS, STYLES, inside)(both)[:, 0]
    assert abs(np.corrcoef(first, both[:, 0])[0, 1]) > 0.95
    assert abs(np.corrcoef(second, both[:, 1])[0, 1]) > 0.95


def test_the_cosine_of_a_back_end_is_the_weighted_mean_of_its_blocks_cosines(features):
    objective = Discriminant(components=6, dimensions=3)
    halves = [
        Reduced.of(part, objective).projection(ARTISTS, STYLES, objective)
        for part in (features[:, :6], features[:, 6:])
    ]
    back_end = BackEnd(((0, 6), (6, 12)), tuple(halves), (0.7, 0.3))
    embedded = back_end(features)
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1, rtol=1e-5)
    blocks = [unit(halves[0](features[:, :6])), unit(halves[1](features[:, 6:]))]
    for one, other in ((0, 1), (3, 90), (20, 21)):
        wanted = 0.7 * blocks[0][one] @ blocks[0][other] + 0.3 * blocks[1][one] @ blocks[1][other]
        assert embedded[one] @ embedded[other] == pytest.approx(wanted, abs=1e-5)
    assert back_end.width == 6


def test_too_few_artists_are_said(rng):
    objective = Discriminant(components=2, dimensions=1)
    two = np.array(["a", "b"] * 4, dtype=object)
    reduced = Reduced.of(rng.normal(size=(8, 3)), objective)
    with pytest.raises(TrainingError, match="three artists"):
        reduced.projection(two, two, objective)


def test_features_without_life_are_said():
    with pytest.raises(TrainingError, match="no feature varies"):
        Reduced.of(np.ones((8, 3)), Discriminant(components=2, dimensions=1))


def test_a_projection_is_linear(rng):
    projection = Projection(rng.normal(size=3), rng.normal(size=(3, 2)))
    one, other = rng.normal(size=(2, 5, 3))
    np.testing.assert_allclose(
        projection((one + other) / 2), (projection(one) + projection(other)) / 2, rtol=1e-4, atol=1e-5
    )
