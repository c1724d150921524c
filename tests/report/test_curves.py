from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from morelli.errors import PairsError
from morelli.report.curves import Roc, reliability, roc, score_edges, share_a_bin, thin, tippett

scored = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({same for _, same in pairs}) == 2
)


@settings(max_examples=60, deadline=None)
@given(scored)
def test_roc_is_scikit_learns_with_ties(pairs: list[tuple[int, bool]]) -> None:
    similarity = np.array([score for score, _ in pairs], dtype=np.float64)
    same = np.array([one for _, one in pairs])
    false_accept, true_accept, _ = roc_curve(same, similarity, drop_intermediate=False)
    ours = roc(similarity, same)
    np.testing.assert_allclose(ours.false_accept, false_accept)
    np.testing.assert_allclose(ours.true_accept, true_accept)


def test_a_thinned_curve_keeps_its_ends_its_points_and_its_area(rng: np.random.Generator) -> None:
    same = np.arange(50_000) % 2 == 0
    similarity = rng.normal(same, 1.0)
    curve = roc(similarity, same)
    few = thin(curve, points=300)
    assert len(few.false_accept) < 320
    assert (few.false_accept[0], few.true_accept[0]) == (0.0, 0.0)
    assert (few.false_accept[-1], few.true_accept[-1]) == (1.0, 1.0)
    known = set(zip(curve.false_accept.tolist(), curve.true_accept.tolist(), strict=True))
    assert set(zip(few.false_accept.tolist(), few.true_accept.tolist(), strict=True)) <= known
    area = np.trapezoid(few.true_accept, few.false_accept)
    assert area == pytest.approx(roc_auc_score(same, similarity), abs=2e-3)


def test_a_short_curve_is_not_thinned() -> None:
    curve = Roc(false_accept=np.array([0.0, 0.0, 0.5, 1.0]), true_accept=np.array([0.0, 0.5, 1.0, 1.0]))
    np.testing.assert_array_equal(thin(curve).true_accept, curve.true_accept)


@pytest.mark.parametrize("same", [[True, True], [False, False]])
def test_roc_refuses_one_kind_of_pairs(same: list[bool]) -> None:
    with pytest.raises(PairsError, match="both kinds"):
        roc(np.array([0.1, 0.2]), np.array(same))


def test_roc_refuses_nan() -> None:
    with pytest.raises(PairsError, match="nan"):
        roc(np.array([0.1, np.nan]), np.array([True, False]))


def test_tippett_curves_are_lirs(rng: np.random.Generator) -> None:
    """lir draws its curves at a hundred places between the extremes of each kind; ours are read there."""
    from lir.data.models import LLRData
    from lir.plotting import tippett as theirs

    class Axes:
        """Keeps what is plotted, and lets all else pass."""

        def __init__(self) -> None:
            self.drawn: list[tuple[np.ndarray, np.ndarray]] = []

        def plot(self, x: np.ndarray, y: np.ndarray, **_: object) -> None:
            self.drawn.append((x, y))

        def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
            return lambda *_, **__: None

    same = rng.random(300) < 0.4
    llr = rng.normal(np.where(same, 1.0, -1.0), 1.2).round(1)  # with ties
    axes = Axes()
    theirs(LLRData(features=llr[:, None] / np.log(10), labels=same.astype(int)), ax=axes)  # type: ignore[arg-type]
    curves = tippett(llr, same)
    for (x, percent), ours in zip(axes.drawn, (curves.same, curves.different), strict=True):
        place = np.searchsorted(curves.log10_lr, x - 1e-9)
        np.testing.assert_allclose(np.append(ours, 0.0)[place], percent / 100, atol=1e-12)


@pytest.mark.parametrize(("llr", "same"), [([0.1, np.nan], [True, False]), ([0.1, 0.2], [True, True])])
def test_tippett_refuses_what_it_cannot_draw(llr: list[float], same: list[bool]) -> None:
    with pytest.raises(PairsError, match="Tippett curves need"):
        tippett(np.array(llr), np.array(same))


def test_histogram_counts_every_score_and_holds_the_threshold(rng: np.random.Generator) -> None:
    similarity = np.append(rng.normal(size=5000), [1e6, -1e6, np.inf])
    edges = score_edges(similarity, threshold=7.5)
    assert edges[0] > -10
    assert edges[-1] == 7.5
    assert share_a_bin(similarity, edges=edges).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("similarity", [[], [0.3, 0.3], [np.nan, np.inf]])
def test_histogram_of_little_or_nothing(similarity: list[float]) -> None:
    edges = score_edges(np.array(similarity), threshold=float("nan"))
    assert np.all(np.diff(edges) > 0)
    assert share_a_bin(np.array(similarity), edges=edges).sum() == (1.0 if similarity == [0.3, 0.3] else 0.0)


def true_pairs(rng: np.random.Generator, n: int, artists: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores whose log-likelihood ratio is known exactly: normals at +1 and -1 with deviation 1 give llr = 2 s."""
    same = np.arange(n) % 2 == 0
    score = rng.normal(np.where(same, 1.0, -1.0), 1.0)
    first = rng.integers(0, artists, n)
    second = np.where(same, first, (first + rng.integers(1, artists, n)) % artists)
    return 2.0 * score, same, first, second


def test_true_ratios_lie_on_the_diagonal(rng: np.random.Generator) -> None:
    bins = reliability(*true_pairs(rng, 40_000, 80), rng=rng, resamples=50)
    np.testing.assert_allclose(bins.observed, bins.probability, atol=0.03)
    assert bins.n_pairs.sum() == 40_000
    assert np.all((bins.low <= bins.observed) & (bins.observed <= bins.high))


def test_observed_shares_are_those_of_a_plain_loop(rng: np.random.Generator) -> None:
    llr, same, first, second = true_pairs(rng, 600, 20)
    keep = same | (rng.random(600) < 0.3)  # not balanced: the kinds must weigh half each all the same
    llr, same, first, second = llr[keep], same[keep], first[keep], second[keep]
    bins = reliability(llr, same, first, second, rng=rng, resamples=5)
    expected: dict[int, list[float]] = {}
    for one, is_same in zip(llr, same, strict=True):
        share = expected.setdefault(min(9, int(10 / (1 + np.exp(-one)))), [0.0, 0.0])
        share[int(is_same)] += 1 / (same.sum() if is_same else (~same).sum())
    np.testing.assert_allclose(bins.observed, [expected[b][1] / sum(expected[b]) for b in sorted(expected)])


def test_intervals_resample_artists_and_not_pairs(rng: np.random.Generator) -> None:
    """Every artist's positives lie in one bin or the other, all together: 12 coins, however many pairs each tosses."""
    artists, each = 12, 100
    first = np.repeat(np.arange(artists), 2 * each)
    same = np.tile(np.arange(2 * each) % 2 == 0, artists)
    second = np.where(same, first, (first + rng.integers(1, artists, len(first))) % artists)
    high = np.where(same, first % 2 == 0, rng.random(len(first)) < 0.5)
    bins = reliability(np.where(high, 2.0, -2.0), same, first, second, rng=rng)
    of_pairs = 2 * 1.96 * 0.5 / np.sqrt(artists * each)
    assert np.all(bins.high - bins.low > 4 * of_pairs)


def test_intervals_are_those_of_a_plain_loop_over_pairs(rng: np.random.Generator) -> None:
    llr, same, first, second = true_pairs(rng, 300, 9)
    bins = reliability(llr, same, first, second, rng=np.random.default_rng(1), bins=2, resamples=40)
    again = np.random.default_rng(1)
    shares = []
    for _ in range(40):
        times = np.bincount(again.choice(np.arange(9), size=9), minlength=9)
        mass = np.zeros((2, 2))
        for one, is_same, a, b in zip(llr, same, first, second, strict=True):
            mass[int(one >= 0), int(is_same)] += times[a] if is_same else times[a] * times[b]
        mass /= mass.sum(axis=0)
        shares.append(mass[:, 1] / mass.sum(axis=1))
    np.testing.assert_allclose([bins.low, bins.high], np.quantile(shares, [0.025, 0.975], axis=0))


@pytest.mark.parametrize(("llr", "same"), [([0.0, np.nan], [True, False]), ([0.0, 1.0], [True, True])])
def test_reliability_refuses_what_it_cannot_judge(rng: np.random.Generator, llr: list[float], same: list[bool]) -> None:
    with pytest.raises(PairsError):
        reliability(np.array(llr), np.array(same), np.array([0, 1]), np.array([1, 0]), rng=rng)
