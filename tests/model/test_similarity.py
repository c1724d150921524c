import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.errors import ModelError
from morelli.model.similarity import (
    block_similarity,
    check_kind,
    lengths,
    operator_similarity,
    pair_similarity,
    rows_similarity,
)

KINDS = ["cosine", "negative-mean-squared-difference"]


def slow(a, b, kind):
    if kind == "cosine":
        return float(a @ b / np.sqrt((a @ a) * (b @ b)))
    return -float(np.mean((a - b) ** 2))


@pytest.mark.parametrize("kind", KINDS)
def test_each_way_is_the_loop(rng, kind):
    x = rng.normal(size=(40, 6)).astype(np.float32)
    first, second = rng.integers(0, 40, size=(2, 100))
    wanted = [slow(x[i].astype(float), x[j].astype(float), kind) for i, j in zip(first, second, strict=True)]
    assert pair_similarity(x[first], x[second], kind=kind) == pytest.approx(wanted, abs=1e-5)
    assert rows_similarity(x, first, second, kind=kind) == pytest.approx(wanted, abs=1e-5)
    assert operator_similarity(x[first], x[second], kind=kind) == pytest.approx(wanted, abs=1e-5)
    block = block_similarity(x, x, kind=kind)
    assert block[first, second] == pytest.approx(wanted, abs=1e-5)


@given(n=st.integers(1, 5), d=st.integers(1, 9), kind=st.sampled_from(KINDS), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_order_does_not_matter_and_nothing_is_more_alike_than_itself(n, d, kind, seed):
    a, b = np.random.default_rng(seed).normal(size=(2, n, d)).astype(np.float32)
    np.testing.assert_allclose(pair_similarity(a, b, kind=kind), pair_similarity(b, a, kind=kind), atol=1e-6)
    assert (pair_similarity(a, a, kind=kind) >= pair_similarity(a, b, kind=kind) - 1e-6).all()


def test_chunks_do_not_show(rng, monkeypatch):
    x = rng.normal(size=(10, 3)).astype(np.float32)
    first, second = rng.integers(0, 10, size=(2, 25))
    whole = rows_similarity(x, first, second, kind="cosine")
    monkeypatch.setattr("morelli.model.similarity._CHUNK", 4)
    np.testing.assert_array_equal(rows_similarity(x, first, second, kind="cosine"), whole)


def test_an_embedding_of_zeros_is_alike_to_nothing():
    zero, one = np.zeros((1, 3), np.float32), np.ones((1, 3), np.float32)
    assert pair_similarity(zero, one, kind="cosine").tolist() == [0]
    assert block_similarity(zero, one, kind="cosine").tolist() == [[0]]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_large_to_be_compared_is_no_number_and_not_a_zero(kind):
    large, one = np.full((1, 3), 1e30, np.float32), np.ones((1, 3), np.float32)
    with np.errstate(over="ignore"):
        assert not np.isfinite(pair_similarity(large, one, kind=kind)).any()


def test_nan_stays_nan():
    bad = np.full((1, 3), np.nan, np.float32)
    for kind in KINDS:
        assert np.isnan(
            rows_similarity(np.concatenate([bad, np.ones((1, 3), np.float32)]), np.array([0]), np.array([1]), kind=kind)
        ).all()


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(ModelError, match="did you mean 'cosine'"):
        check_kind("cosin")


@pytest.mark.parametrize("kind", KINDS)
def test_torch_can_differentiate_it(rng, kind):
    torch = pytest.importorskip("torch")
    a, b = (torch.from_numpy(rng.normal(size=(3, 4))).requires_grad_() for _ in range(2))
    wanted = pair_similarity(a.detach().numpy(), b.detach().numpy(), kind=kind)
    np.testing.assert_allclose(operator_similarity(a, b, kind=kind).detach().numpy(), wanted, atol=1e-6)
    assert torch.autograd.gradcheck(lambda x, y: operator_similarity(x, y, kind=kind), (a, b))


def test_known_lengths_change_nothing(rng):
    x = rng.normal(size=(30, 5)).astype(np.float32)
    x[3], x[4] = 0, np.nan
    first, second = rng.integers(0, 30, size=(2, 400))
    plain = rows_similarity(x, first, second, kind="cosine")
    np.testing.assert_allclose(rows_similarity(x, first, second, kind="cosine", norms=lengths(x)), plain, atol=1e-6)
    assert np.isnan(plain[(first == 4) | (second == 4)]).all()
    assert (plain[((first == 3) | (second == 3)) & (first != 4) & (second != 4)] == 0).all()
    x[5] = 1e30
    with np.errstate(over="ignore"):
        assert np.isnan(rows_similarity(x, np.array([5]), np.array([6]), kind="cosine", norms=lengths(x))).all()
