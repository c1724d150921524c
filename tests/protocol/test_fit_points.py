from __future__ import annotations

import numpy as np
import pytest

from morelli.errors import OperatingPointError
from morelli.protocol.all_pairs import AllPairs, every_similarity, weigh_pairs
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.calibration import IsotonicCalibration, LogisticCalibration
from morelli.protocol.fit_calibration import fit_logistic
from morelli.protocol.fit_points import fit_points
from morelli.protocol.operating_point import LEAST_MISSED, OperatingPoint, Refused
from morelli.protocol.population import Population

LOOSE = LogisticCalibration(slope=1e6, intercept=0.0, bound=4.0, n_pairs=1, n_artists=50)  # supports anything but 0


def _pairs(seed: int, *, artists: int = 40, between: float = 1.5, decimals: int = 2) -> AllPairs:
    rng = np.random.default_rng(seed)
    embedding, artist = Population(between=between, fewest=3, most=9).draw(artists, rng)
    rows = np.arange(len(artist))

    def block(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
        return -np.square(embedding[query][:, None] - embedding[gallery][None]).mean(axis=-1).round(decimals)

    return weigh_pairs(every_similarity(block, rows), artist, rows, negatives="random")


def _fit(pairs: AllPairs, calibration: LogisticCalibration | IsotonicCalibration, *names: str) -> list[object]:
    drawn = draw_artists(np.zeros(pairs.n_artists, dtype=int), resamples=5, seed=0)
    return list(fit_points(pairs, calibration, drawn=drawn, names=names).values())


def _beyond(pairs: AllPairs, threshold: float) -> tuple[float, float, int, int]:
    """Shares of negatives and positives at or above a threshold, distinct pairs of artists and artists among them."""
    n, p = pairs.negative >= threshold, pairs.positive >= threshold
    two = {frozenset(one) for one in zip(pairs.first[n].tolist(), pairs.second[n].tolist(), strict=True)}
    return (
        float(pairs.negative_weight[n].sum()),
        float(pairs.positive_weight[p].sum()),
        len(two),
        len(set(pairs.artist[p].tolist())),
    )


def _mirrored(pairs: AllPairs, threshold: float) -> tuple[float, float, int, int]:
    n, p = pairs.negative <= threshold, pairs.positive <= threshold
    two = {frozenset(one) for one in zip(pairs.first[n].tolist(), pairs.second[n].tolist(), strict=True)}
    return (
        float(pairs.positive_weight[p].sum()),
        float(pairs.negative_weight[n].sum()),
        len(set(pairs.artist[p].tolist())),
        len(two),
    )


def _lowest(pairs: AllPairs) -> LogisticCalibration:
    """A calibration that supports `same` everywhere."""
    return _at(float(min(pairs.negative[0], pairs.positive[0])) + 1e-6)


def _at(middle: float) -> LogisticCalibration:
    return LogisticCalibration(slope=1e9, intercept=-1e9 * middle, bound=4.0, n_pairs=1, n_artists=50)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.25])
def test_a_rate_is_kept_as_leniently_as_can_be(seed: int, rate: float) -> None:
    """The oracle tries a threshold at every distinct similarity."""
    pairs = _pairs(seed)
    (point,) = _fit(pairs, _lowest(pairs), f"fpr={100 * rate:g}%")
    assert isinstance(point, OperatingPoint)
    distinct = np.unique(np.concatenate([pairs.negative, pairs.positive]))
    lowest = min(d for d in distinct.tolist() if pairs.negative_weight[pairs.negative >= d].sum() <= rate)
    below = distinct[distinct < lowest].max()
    assert point.upper is not None
    assert below < point.upper <= lowest
    assert point.achieved["false_accept"].value == pytest.approx(_beyond(pairs, lowest)[0], abs=1e-12)
    assert point.artist_pairs == _beyond(pairs, lowest)[2] >= 10

    middle = float(pairs.negative[int(0.99 * len(pairs.negative))])
    (point,) = _fit(pairs, _at(middle), f"fpr={100 * rate:g}%")
    assert isinstance(point, OperatingPoint)
    highest = max(d for d in distinct.tolist() if pairs.positive_weight[pairs.positive <= d].sum() <= rate)
    assert highest < middle  # the evidence does not limit 'different' here
    above = distinct[distinct > highest].min()
    if _mirrored(pairs, highest)[2] >= LEAST_MISSED:
        assert point.lower is not None
        assert highest <= point.lower < above
        assert point.achieved["miss"].value == pytest.approx(_mirrored(pairs, highest)[0], abs=1e-12)
        assert point.artists == _mirrored(pairs, highest)[2]
    else:
        assert point.lower is None
        assert f"{_mirrored(pairs, highest)[2]} distinct artists lie beyond" in point.remark


@pytest.mark.parametrize("seed", range(4))
def test_a_precision_is_kept_from_the_threshold_up(seed: int) -> None:
    """The oracle walks down from the strictest threshold that ten pairs of artists lie beyond."""
    pairs, target = _pairs(seed), 0.85
    (point,) = _fit(pairs, _lowest(pairs), "precision=85%")
    wanted = None
    for threshold in np.unique(np.concatenate([pairs.negative, pairs.positive]))[::-1].tolist():
        wrong, right, two, one = _beyond(pairs, threshold)
        if two < 10 or one < LEAST_MISSED:
            continue
        if right / (right + wrong) < target:
            break
        wanted = threshold
    if wanted is None:
        assert isinstance(point, Refused)
        assert "the precision is 0." in point.reason
        return
    assert isinstance(point, OperatingPoint)
    assert point.upper is not None
    assert _beyond(pairs, point.upper) == _beyond(pairs, wanted)
    assert point.achieved["precision"].value >= target


def test_nothing_is_said_that_the_evidence_does_not_support() -> None:
    pairs = _pairs(0)
    calibration = LogisticCalibration(slope=2.0, intercept=3.0, bound=3.7, n_pairs=1, n_artists=40)
    balanced, rate = _fit(pairs, calibration, "balanced", "fpr=30%")
    assert isinstance(balanced, OperatingPoint)
    assert isinstance(rate, OperatingPoint)
    assert balanced.upper == pytest.approx((np.log(2) - 3) / 2)
    assert balanced.lower == pytest.approx((-np.log(2) - 3) / 2)
    llr = calibration.llr(np.array([balanced.upper, balanced.lower]))
    np.testing.assert_allclose(llr, [np.log(2), -np.log(2)])
    # 30 % of false accepts would be let through far below a ratio of 2.
    assert rate.upper == balanced.upper
    assert rate.achieved["false_accept"].value < 0.3


@pytest.mark.parametrize("name", ["fpr=1%", "fpr=20%", "precision=80%"])
def test_artists_are_counted_beyond_the_threshold_that_is_used(name: str) -> None:
    """The evidence asks for stricter thresholds than the promise does; beyond those hardly an error is left."""
    pairs = _pairs(0)
    above = float(np.unique(pairs.negative)[-2])
    strict, left = _at(above - 1e-4), _beyond(pairs, above)[2]
    (point,) = _fit(pairs, strict, name)
    assert isinstance(point, Refused)
    needed = int(np.ceil(pairs.n_artists * np.sqrt(10 / left)))
    assert 0 < left < 10
    assert point.reason.startswith(f"{left} distinct pairs of artists lie beyond the threshold, 10 are needed")
    assert f"about {needed} instead of {pairs.n_artists}" in point.reason


@pytest.mark.parametrize("name", ["fpr=20%", "precision=70%"])
def test_different_is_withheld_where_few_artists_lie_beyond_what_the_evidence_allows(name: str) -> None:
    pairs = _pairs(0)
    # A ratio of 2 from the lowest similarity up, so 'different' is allowed below all positives but a few.
    low, high = float(pairs.positive[4]), float(pairs.negative[len(pairs.negative) // 2])
    curve = IsotonicCalibration(
        similarity=(low, low + 1e-9, high, high + 1e-9),
        log_lr=(-1.0, 0.0, 0.0, 1.0),
        bound=4.0,
        n_pairs=1,
        n_artists=40,
    )
    assert 0 < _mirrored(pairs, low)[2] < LEAST_MISSED
    (point,) = _fit(pairs, curve, name)
    assert isinstance(point, OperatingPoint)
    assert point.upper is not None
    assert point.artist_pairs >= 10
    assert (point.lower, point.artists) == (None, 0)
    assert f"never says 'different': {_mirrored(pairs, low)[2]} distinct artists lie beyond" in point.remark


@pytest.mark.parametrize("apart", [2.0, 4.0, 6.0])
def test_no_offered_promise_rests_on_fewer_artists_than_are_needed(apart: float) -> None:
    """A good model's calibration: classes far apart, where a ratio of 2 lies beyond nearly all errors."""
    rng, n, size = np.random.default_rng(0), 30, 3000
    positive, negative = np.sort(rng.normal(apart, 1, size)), np.sort(rng.normal(0, 1, size))
    first = rng.integers(0, n, size)
    even = np.full(size, 1 / size)
    pairs = AllPairs(
        positive=positive,
        positive_weight=even,
        artist=rng.integers(0, n, size),
        negative=negative,
        negative_weight=even,
        first=first,
        second=(first + rng.integers(1, n, size)) % n,
        n_artists=n,
    )
    calibration = fit_logistic(np.concatenate([positive, negative]), np.arange(2 * size) < size, n_artists=n)
    balanced, *promises = _fit(pairs, calibration, "balanced", "fpr=1%", "fpr=0.1%", "precision=95%")
    assert isinstance(balanced, OperatingPoint)
    assert any(isinstance(one, OperatingPoint) for one in promises) == (apart < 6)
    for one in promises:
        if isinstance(one, OperatingPoint):
            assert one.upper is not None
            assert _beyond(pairs, one.upper)[2] == one.artist_pairs >= 10
            assert one.lower is None or _mirrored(pairs, one.lower)[2] == one.artists >= LEAST_MISSED
        else:
            assert "10 are needed" in one.reason


def test_a_model_that_knows_nothing_decides_nothing() -> None:
    pairs = _pairs(0, between=0.01)
    nothing = LogisticCalibration(slope=0.0, intercept=0.0, bound=3.7, n_pairs=1, n_artists=40)
    balanced, rate = _fit(pairs, nothing, "balanced", "fpr=10%")
    assert isinstance(balanced, OperatingPoint)
    assert (balanced.upper, balanced.lower) == (None, None)
    assert balanced.achieved["undecided"].value == 1.0
    assert set(balanced.achieved) == {"undecided"}
    assert "leaves all undecided" in balanced.remark
    assert isinstance(rate, Refused)
    assert "never says 'same'" in rate.reason


def test_what_no_similarity_reaches_is_never_said() -> None:
    """A straight line reaches any ratio somewhere; beyond what was seen it guesses."""
    pairs = _pairs(0)
    top = float(max(pairs.negative[-1], pairs.positive[-1]))
    timid = LogisticCalibration(slope=0.1, intercept=-0.1 * top + np.log(2) - 0.01, bound=3.7, n_pairs=1, n_artists=40)
    assert timid.reaching(np.log(2)) == pytest.approx(top + 0.1)
    balanced, rate = _fit(pairs, timid, "balanced", "fpr=10%")
    assert isinstance(balanced, OperatingPoint)
    assert balanced.upper is None
    assert isinstance(rate, Refused)


def test_isotonic_knots_are_read_between() -> None:
    calibration = IsotonicCalibration(
        similarity=(-5.0, -3.0, -2.0, -1.0), log_lr=(-2.0, 0.0, 0.0, 1.0), bound=4.0, n_pairs=1, n_artists=40
    )
    (balanced,) = _fit(_pairs(0), calibration, "balanced")
    assert isinstance(balanced, OperatingPoint)
    np.testing.assert_allclose(
        calibration.llr(np.array([balanced.upper, balanced.lower])), [np.log(2), -np.log(2)], rtol=1e-12
    )
    flat = IsotonicCalibration(similarity=(0.0, 1.0), log_lr=(-0.5, 0.5), bound=4.0, n_pairs=1, n_artists=40)
    assert (flat.reaching(np.log(2)), flat.falling_to(-np.log(2))) == (None, None)


def test_few_artists_are_refused_with_the_number_needed() -> None:
    pairs = _pairs(1, artists=6)
    (point,) = _fit(pairs, _lowest(pairs), "fpr=1%")
    assert isinstance(point, Refused)
    there = int(point.reason.split()[0])
    assert there < 10
    needed = int(np.ceil(6 * np.sqrt(10 / max(there, 1))))
    assert f"10 are needed: of artists like these {'at least' if there == 0 else 'about'} {needed} instead of 6" in (
        point.reason
    )


def test_equal_similarities_are_never_parted() -> None:
    pairs = _pairs(2, decimals=0)
    (point,) = _fit(pairs, _lowest(pairs), "fpr=5%")
    assert isinstance(point, OperatingPoint)
    assert point.upper is not None
    assert point.upper % 1 == 0.5  # between two whole numbers
    assert point.achieved["false_accept"].value <= 0.05


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(OperatingPointError, match="no operating point is called"):
        _fit(_pairs(0), LOOSE, "fpr")
