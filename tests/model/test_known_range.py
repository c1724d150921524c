import numpy as np
import pytest

from morelli.model.known_range import OUTSIDE, fit_known_range, outside_range


def embeddings(rng, lengths):
    """Embeddings of these lengths, in any direction."""
    drawn = rng.normal(size=(len(lengths), 8))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True) * np.asarray(lengths)[:, None]).astype(np.float32)


def test_one_in_two_hundred_known_pictures_is_outside_and_a_stranger_too(rng):
    known = embeddings(rng, rng.gamma(20, 0.05, 4000))
    fitted = fit_known_range(known)
    assert fitted is not None
    assert fitted.pictures == 4000
    assert fitted.length == pytest.approx(np.sort(np.linalg.norm(known, axis=1))[-20], rel=0.02)
    assert outside_range(known, fitted).sum() == OUTSIDE * 4000
    fresh = embeddings(rng, rng.gamma(20, 0.05, 4000))
    assert 0.002 < np.mean(outside_range(fresh, fitted)) < 0.009
    assert outside_range(embeddings(rng, [0.5, 5.0, 0.9]), fitted).tolist() == [False, True, False]
    assert outside_range(known[:0], fitted).shape == (0,)


def test_the_direction_of_an_embedding_does_not_matter(rng):
    known = embeddings(rng, rng.gamma(20, 0.05, 1000))
    turned = known @ np.linalg.qr(rng.normal(size=(8, 8)))[0].astype(np.float32)
    one, other = fit_known_range(known), fit_known_range(turned)
    assert one is not None
    assert other is not None
    assert one.length == pytest.approx(other.length, rel=1e-5)


def test_too_few_pictures_give_no_range_and_what_is_not_finite_is_refused(rng):
    assert fit_known_range(embeddings(rng, np.ones(999))) is None
    with pytest.raises(ValueError, match="not finite"):
        fit_known_range(np.full((1000, 4), np.nan, dtype=np.float32))
    assert not outside_range(embeddings(rng, [1e9]), None).any()
