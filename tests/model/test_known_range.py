import numpy as np
import pytest

from morelli.model import known_range
from morelli.model.comparison import CohortComparison, MetricComparison
from morelli.model.known_range import fit_known_range, known_range_of, nearest_likeness, outside_range
from morelli.model.similarity import pair_similarity


@pytest.mark.parametrize("kind", ["cosine", "negative-mean-squared-difference"])
def test_likeness_is_a_slow_loops(rng, kind):
    embeddings = rng.normal(size=(1500, 6)).astype(np.float32)
    cohort = rng.normal(size=(40, 6)).astype(np.float32)
    found = nearest_likeness(embeddings, cohort, kind=kind)
    for row in (0, 7, 1023, 1024, 1499):
        each = pair_similarity(np.repeat(embeddings[row : row + 1], 40, axis=0), cohort, kind=kind)
        assert found[row] == pytest.approx(np.sort(each)[-10:].mean(), abs=1e-5)
    assert nearest_likeness(embeddings[:0], cohort, kind=kind).shape == (0,)


def test_one_in_two_hundred_known_pictures_is_outside_and_a_stranger_too(rng):
    centre = rng.normal(size=8)
    known, cohort = ((centre + rng.normal(0, 0.4, (n, 8))).astype(np.float32) for n in (4000, 300))
    fitted = fit_known_range(nearest_likeness(known, cohort, kind="cosine"))
    assert fitted.pictures == 4000
    fresh = (centre + rng.normal(0, 0.4, (4000, 8))).astype(np.float32)
    share = np.mean(nearest_likeness(fresh, cohort, kind="cosine") < fitted.limit)
    assert 0.002 < share < 0.009
    strangers = rng.normal(0, 1, (200, 8)).astype(np.float32)
    assert np.mean(nearest_likeness(strangers, cohort, kind="cosine") < fitted.limit) > 0.9


def test_too_few_pictures_are_refused(rng):
    with pytest.raises(ValueError, match="a cohort of 9 pictures; use 10 or more"):
        nearest_likeness(
            rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(9, 4)).astype(np.float32), kind="cosine"
        )
    with pytest.raises(ValueError, match="999 pictures; the range needs 1,000"):
        fit_known_range(np.zeros(999))
    with pytest.raises(ValueError, match="no finite number"):
        fit_known_range(np.full(1000, np.nan))


def test_a_models_range_is_that_of_its_cohort_and_one_without_has_none(rng):
    centre = rng.normal(size=8)
    known, cohort = ((centre + rng.normal(0, 0.4, (n, 8))).astype(np.float32) for n in (1000, 50))
    bare = {"alone": MetricComparison("cosine")}
    scores = {"cohort": CohortComparison("cosine", cohort, 8, 0.5)} | bare
    fitted = known_range_of(scores, known)
    assert fitted == fit_known_range(nearest_likeness(known, cohort, kind="cosine"))
    assert known_range_of(scores, known[:999]) is None
    assert known_range_of(bare, known) is None
    assert known_range_of({"cohort": CohortComparison("cosine", cohort[:9], 8, 0.5)}, known) is None

    asked = np.stack([centre, -centre]).astype(np.float32)
    assert outside_range(scores, asked, fitted).tolist() == [False, True]
    assert not outside_range(scores, asked, None).any()
    assert not outside_range(bare, asked, fitted).any()
    assert outside_range(scores, known, fitted).sum() == known_range.OUTSIDE * 1000
