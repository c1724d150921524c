"""Figures under resamples of artists: differences and falls against closed forms and invariances."""

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.counted import (
    Counted,
    count_decisions,
    count_figures,
    counted_difference,
    counted_fall,
    counted_fall_beyond,
)
from morelli.protocol.evaluate import evaluate_pairs, paired_difference
from morelli.protocol.pair_figures import DECIDED, PairFigures
from morelli.protocol.pairs import draw_pairs
from morelli.protocol.population import Population


@pytest.fixture
def made(rng):
    """Return the function from a quality to figures of 20 artists' pairs, the same pairs each time."""
    points, artist = Population().draw(20, rng)
    pairs = draw_pairs(artist, np.arange(len(artist)), seed=0, negatives="random", per_artist=20)

    def make(noise=0.0, *, threshold=-6.0, seed=0):
        seen = points + noise * np.random.default_rng(seed).normal(size=points.shape)
        similarity = -((seen[pairs.first] - seen[pairs.second]) ** 2).mean(axis=1)
        return PairFigures(pairs, similarity, artist, threshold=threshold, calibration=None)

    return make


def test_estimates_are_those_of_evaluate_pairs(made):
    figures = made()
    artist = np.empty(int(max(figures.pairs.first.max(), figures.pairs.second.max())) + 1, dtype=object)
    artist[figures.pairs.first], artist[figures.pairs.second] = "", ""
    names = figures.artists
    artist[figures.pairs.first] = names[figures._first]
    artist[figures.pairs.second] = names[figures._second]
    alone = evaluate_pairs(
        figures.pairs, figures.similarity, artist, threshold=-6.0, calibration=None, group="unseen", negatives="random",
        resamples=40,
    )  # fmt: skip
    assert count_figures(figures, resamples=40).estimates() == alone.figures


def test_decisions_at_the_systems_own_threshold_are_its_figures_and_elsewhere_a_plain_count(made):
    figures = made(threshold=-2.0)
    own = count_figures(figures, resamples=30).estimates()
    assert count_decisions(figures, threshold=-2.0, resamples=30).estimates() == {name: own[name] for name in DECIDED}
    other = count_decisions(figures, threshold=-1.0, resamples=0).estimates()
    called, same = figures.similarity >= -1.0, figures.pairs.same
    assert other["accuracy"].value == pytest.approx(np.mean(called == same))
    assert other["precision"].value == pytest.approx(same[called].mean())
    assert other["precision"].n_pairs == called.sum()
    assert other["recall"].n_pairs == same.sum()
    assert np.isnan(other["accuracy"].low)


def test_a_difference_is_paired(made):
    first, second = made(0.5), made(2.0)
    one, other = (count_figures(figures, resamples=200) for figures in (first, second))
    found = counted_difference(one, other)
    assert found == paired_difference(first, second, resamples=200)
    assert found["auc"].value == pytest.approx(one.column("auc")[0] - other.column("auc")[0])
    nothing = counted_difference(one, one)["auc"]
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    with pytest.raises(PairsError, match="same resamples"):
        counted_difference(one, count_figures(second, resamples=20))


def test_a_fall_has_the_error_of_two_populations_even_where_both_were_drawn_alike(made):
    one = count_figures(made(1.0), resamples=2000)
    fall = counted_fall(one, one)
    assert fall.value == 0
    auc = one.column("auc")[1]
    # Independent: the variances add. Drawn alike, as the same seed draws them, the fall would have no error at all.
    assert (fall.high - fall.low) / 2 == pytest.approx(2.093 * np.sqrt(2) * auc.std(ddof=1), rel=0.05)


def test_a_fall_beyond_itself_is_nothing_and_beyond_a_constant_is_the_fall(made):
    seen, unseen = count_figures(made(0.2), resamples=100), count_figures(made(2.0), resamples=100)
    nothing = counted_fall_beyond(seen, unseen, seen, unseen)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    flat = Counted(seen.names, seen.value * 0 + 0.5, seen.resampled * 0 + 0.5, seen.n_pairs, seen.artists)
    assert counted_fall_beyond(seen, unseen, flat, flat) == counted_fall(seen, unseen)
    other = Counted(seen.names, seen.value, seen.resampled, seen.n_pairs, seen.artists[:-1])
    with pytest.raises(PairsError, match="same pairs"):
        counted_fall_beyond(seen, unseen, other, unseen)
    with pytest.raises(KeyError):
        seen.column("half-life")
