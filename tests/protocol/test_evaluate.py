from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.classification import rates_at
from morelli.protocol.empirical_bounds import empirical_bounds
from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluate import evaluate_pairs, evaluate_retrieval, paired_difference
from morelli.protocol.evaluation_pairs import draw_evaluation_pairs
from morelli.protocol.fit_calibration import fit_isotonic, fit_logistic
from morelli.protocol.intervals import student_t
from morelli.protocol.llr import brier, cllr, ece, min_cllr
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import Pairs, draw_pairs
from morelli.protocol.population import Population
from morelli.protocol.retrieval import find_neighbours
from morelli.protocol.roc import auc, equal_error_rate
from morelli.protocol.threshold import best_threshold
from morelli.protocol.triplets import batched_triplet_accuracy, triplet_accuracy


def _similarity(embedding: np.ndarray, pairs: Pairs) -> np.ndarray:
    return np.asarray(-np.square(embedding[pairs.first] - embedding[pairs.second]).mean(axis=1))


def _world(rng: np.random.Generator, *, artists: int = 20) -> tuple[np.ndarray, np.ndarray, Pairs, np.ndarray]:
    embedding, artist = Population().draw(artists, rng)
    pairs = draw_pairs(artist, np.arange(len(artist)), seed=0, negatives="random", per_artist=20)
    return embedding, artist, pairs, _similarity(embedding, pairs)


def test_figures_are_those_of_the_plain_functions(rng: np.random.Generator) -> None:
    _, artist, pairs, similarity = _world(rng)
    calibration = fit_logistic(similarity, pairs.same, n_artists=20)
    threshold = best_threshold(similarity, pairs.same)
    judged = evaluate_pairs(
        pairs, similarity, artist, threshold=threshold, calibration=calibration, group="unseen", negatives="random",
        resamples=20,
    )  # fmt: skip
    rates = rates_at(similarity, pairs.same, threshold=threshold)
    llr, half = calibration.llr(similarity), len(pairs) // 2
    near, far = similarity[:half], similarity[half:]
    expected = {
        "accuracy": rates.accuracy,
        "balanced_accuracy": rates.balanced_accuracy,
        "precision": rates.precision,
        "recall": rates.recall,
        "f1": rates.f1,
        "auc": auc(similarity, pairs.same),
        "eer": equal_error_rate(similarity, pairs.same),
        "min_cllr": min_cllr(similarity, pairs.same),
        "cllr": cllr(llr, pairs.same),
        "calibration_loss": cllr(llr, pairs.same) - min_cllr(similarity, pairs.same),
        "ece": ece(llr, pairs.same),
        "brier": brier(llr, pairs.same),
        "triplet_accuracy": triplet_accuracy(near, far),
        "triplet_accuracy_of_four": batched_triplet_accuracy(near, far),
    }
    assert {name: one.value for name, one in judged.figures.items()} == pytest.approx(expected, abs=1e-9)
    assert all(0 <= one.low < one.value < one.high for one in judged.figures.values())
    assert {one.n_artists for one in judged.figures.values()} == {20}
    assert judged.figures["recall"].n_pairs == judged.figures["triplet_accuracy"].n_pairs == half
    assert judged.figures["precision"].n_pairs == (similarity >= threshold).sum()
    np.testing.assert_array_equal(judged.llr, llr)
    assert judged.supported == empirical_bounds(llr, pairs.same)


def test_under_weights_is_the_same_as_writing_artists_out_again(rng: np.random.Generator) -> None:
    """Every figure that counts pairs, not bins: repeated pairs against weights."""
    _, artist, pairs, similarity = _world(rng, artists=8)
    calibration = fit_isotonic(similarity, pairs.same, n_artists=8)
    figures = PairFigures(pairs, similarity, artist, threshold=-2.0, calibration=calibration)
    times = np.array([2, 1, 0, 3, 1, 1, 0, 2])
    code = np.searchsorted(figures.artists, artist.astype(str))
    weight = times[code[pairs.first]] * np.where(pairs.same, 1, times[code[pairs.second]])
    found = dict(zip(figures.names, figures.under(*figures.weigher.weigh(times)), strict=True))
    again, labels = np.repeat(similarity, weight), np.repeat(pairs.same, weight)
    assert found["auc"] == pytest.approx(auc(again, labels))
    assert found["eer"] == pytest.approx(equal_error_rate(again, labels))
    assert found["min_cllr"] == pytest.approx(min_cllr(again, labels))
    assert found["cllr"] == pytest.approx(cllr(calibration.llr(again), labels))
    rates = rates_at(again, labels, threshold=-2.0)
    assert found["balanced_accuracy"] == pytest.approx(rates.balanced_accuracy)
    assert found["accuracy"] == pytest.approx(found["balanced_accuracy"])  # half and half in every resample


def test_the_mix_keeps_its_shares_and_cross_pairs_have_a_rate(rng: np.random.Generator) -> None:
    embedding, artist = Population().draw(24, rng)
    part = np.array(["test" if int(name[-1]) % 2 else "test-seen" for name in artist], dtype=object)
    style = np.full(len(artist), "", dtype=object)
    pairs = draw_evaluation_pairs(artist, style, part, negatives=["random"], per_artist=20)["mix", "random"]
    similarity = _similarity(embedding, pairs)
    figures = PairFigures(pairs, similarity, artist, threshold=-1.5, calibration=None)
    unseen = np.array([name in set(artist[part == "test"]) for name in figures.artists])
    assert (figures.artist_stratum[unseen] != figures.artist_stratum[~unseen][0]).all()
    assert len(set(figures.artist_stratum[unseen])) == len(set(figures.artist_stratum[~unseen])) == 1
    judged = evaluate_pairs(
        pairs, similarity, artist, threshold=-1.5, calibration=None, group="mix", negatives="random", resamples=50
    )
    cross = pairs.group == "cross"
    assert judged.figures["false_accept_rate_cross"].value == pytest.approx(np.mean(similarity[cross] >= -1.5))
    assert judged.figures["false_accept_rate_cross"].n_pairs == cross.sum()
    assert np.isnan(judged.llr).all()
    assert not {"cllr", "calibration_loss", "ece", "brier"} & set(judged.figures)
    assert np.isnan(judged.supported).all()
    weights = rng.integers(1, 4, len(figures.artists))
    _, negative = figures.weigher.weigh(weights)
    share = negative[cross[figures.ranked.negative_order]].sum() / negative.sum()
    assert share == pytest.approx(0.5)


def test_order_of_pairs_and_threads_and_seed(rng: np.random.Generator) -> None:
    _, artist, pairs, similarity = _world(rng)

    def judged(order: np.ndarray, *, threads: int = 1, seed: int = 0) -> dict[str, Estimate]:
        shuffled = replace(
            pairs,
            first=pairs.first[order],
            second=pairs.second[order],
            same=pairs.same[order],
            group=pairs.group[order],
        )
        return dict(
            evaluate_pairs(
                shuffled, similarity[order], artist, threshold=-2.0, calibration=None, group="unseen",
                negatives="random", resamples=30, seed=seed, threads=threads,
            ).figures
        )  # fmt: skip

    plain = np.arange(len(pairs))
    first = judged(plain)
    assert judged(plain, threads=3) == first
    assert judged(plain, seed=1)["auc"].low != first["auc"].low
    shuffled = judged(rng.permutation(len(pairs)))
    assert "triplet_accuracy" not in shuffled  # which negative belongs to which positive is lost
    for name, one in shuffled.items():
        assert (one.value, one.low, one.high) == pytest.approx((first[name].value, first[name].low, first[name].high))


def test_a_constant_and_a_perfect_system(rng: np.random.Generator) -> None:
    _, artist, pairs, _ = _world(rng)
    constant = evaluate_pairs(
        pairs, np.zeros(len(pairs)), artist, threshold=0.0, calibration=None, group="g", negatives="random", resamples=9
    ).figures
    assert [constant[name].value for name in ("auc", "eer", "accuracy", "min_cllr")] == [0.5, 0.5, 0.5, 1.0]
    none = evaluate_pairs(
        pairs, np.zeros(len(pairs)), artist, threshold=1.0, calibration=None, group="g", negatives="random", resamples=9
    ).figures
    assert "precision" not in none
    assert none["f1"].value == 0
    perfect = evaluate_pairs(
        pairs, pairs.same * 1.0, artist, threshold=0.5, calibration=None, group="g", negatives="random", resamples=9
    ).figures
    unseen = 0.025 ** (1 / perfect["auc"].n_artists)  # what so many artists without an exception still allow
    assert (perfect["auc"].value, perfect["auc"].low, perfect["auc"].high) == pytest.approx((1.0, unseen, 1.0))
    assert perfect["eer"].value == 0.0


def test_no_resamples_no_intervals(rng: np.random.Generator) -> None:
    _, artist, pairs, similarity = _world(rng, artists=5)
    judged = evaluate_pairs(
        pairs, similarity, artist, threshold=-2.0, calibration=None, group="g", negatives="random", resamples=0
    )
    assert all(np.isnan(one.low) and np.isnan(one.high) for one in judged.figures.values())


def test_bad_input_is_refused(rng: np.random.Generator) -> None:
    _, artist, pairs, similarity = _world(rng, artists=5)
    options = {"threshold": 0.0, "calibration": None, "group": "g", "negatives": "random"}
    with pytest.raises(ValueError, match="nan"):
        evaluate_pairs(pairs, np.full(len(pairs), np.nan), artist, **options)  # type: ignore[arg-type]
    with pytest.raises(PairsError, match="similarities for"):
        evaluate_pairs(pairs, similarity[1:], artist, **options)  # type: ignore[arg-type]


def test_a_paired_difference_is_narrower_than_two_intervals(rng: np.random.Generator) -> None:
    embedding, artist, pairs, similarity = _world(rng, artists=40)
    worse = similarity + rng.normal(0, 0.5, len(pairs))
    one, other = (
        PairFigures(pairs, scores, artist, threshold=-2.0, calibration=None) for scores in (similarity, worse)
    )
    difference = paired_difference(one, other, resamples=200)["auc"]
    assert difference.value == pytest.approx(auc(similarity, pairs.same) - auc(worse, pairs.same))
    assert difference.low < difference.value < difference.high
    separate = evaluate_pairs(
        pairs, similarity, artist, threshold=-2.0, calibration=None, group="g", negatives="random", resamples=200
    ).figures["auc"]
    assert difference.high - difference.low < 0.6 * (separate.high - separate.low)
    same = paired_difference(one, one, resamples=20)
    assert all((found.value, found.low, found.high) == (0, 0, 0) for found in same.values())
    others = draw_pairs(artist, np.arange(len(artist)), seed=9, negatives="random", per_artist=20)
    with pytest.raises(PairsError, match="same pairs"):
        paired_difference(
            one, PairFigures(others, _similarity(embedding, others), artist, threshold=0.0, calibration=None)
        )


def test_retrieval_is_the_share_of_queries(rng: np.random.Generator) -> None:
    embedding, artist = Population(between=1.5).draw(20, rng)
    found = find_neighbours(
        lambda q, g: -np.square(embedding[q][:, None] - embedding[g][None]).sum(axis=-1), artist, np.arange(len(artist))
    )
    judged = evaluate_retrieval(found, artist, group="unseen", resamples=200)
    for column, k in enumerate(found.ks):
        one = judged.recall[k]
        assert one.value == pytest.approx(found.hit[:, column].mean())
        assert one.low < one.value < one.high
        assert (one.n_pairs, one.n_artists) == (len(artist), 20)


@pytest.mark.slow
@pytest.mark.parametrize("n_artists", [50, 76])
def test_intervals_hold_the_truth_as_far_as_120_replicates_can_tell(n_artists: int) -> None:
    """120 replicates: a method that holds the truth in 93 % shows less than 89 % once in twenty.

    Sharper than the count is the width: intervals must be as wide as figures scatter from one set of artists to the
    next, within the 6 % that 120 replicates can tell. Recall@1 with a gallery that stands still in the resamples (12 %
    too narrow, holds in 90 %) falls through. `benchmarks/coverage.py` has the finer table, with the intervals that were
    tried.
    """

    def unit(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, Pairs, np.ndarray]:
        embedding, artist = Population().draw(n, np.random.default_rng([seed, n]))
        embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
        pairs = draw_pairs(artist, np.arange(len(artist)), seed=seed, negatives="random", per_artist=60)
        return embedding, artist, pairs, _similarity(embedding, pairs)

    _, _, pairs, similarity = unit(3000, 1)
    threshold = best_threshold(similarity, pairs.same)
    calibration = fit_logistic(similarity, pairs.same, n_artists=50)
    _, artist, pairs, similarity = unit(15_000, 2)
    whole = PairFigures(pairs, similarity, artist, threshold=threshold, calibration=calibration)
    figures = whole.under(*whole.weigher.weigh(np.ones(len(whole.artists), dtype=np.int64)))
    truth = dict(zip(whole.names, figures.tolist(), strict=True))
    found: dict[str, list[Estimate]] = defaultdict(list)
    for seed in range(120):
        embedding, artist, pairs, similarity = unit(n_artists, 10 + seed)
        judged = evaluate_pairs(
            pairs, similarity, artist, threshold=threshold, calibration=calibration, group="unseen",
            negatives="random", resamples=200, seed=seed, threads=1,
        )  # fmt: skip
        for name in ("auc", "accuracy", "eer", "cllr"):
            found[name].append(judged.figures[name])
        block = partial(_cosines, embedding)
        near = find_neighbours(block, artist, np.arange(len(artist)), ks=(1,), chunk=2000)
        found["recall@1"].append(evaluate_retrieval(near, artist, group="unseen", resamples=200, seed=seed).recall[1])
    truth["recall@1"] = float(np.mean([one.value for one in found["recall@1"]]))
    for name, estimates in found.items():
        held = np.mean([one.low <= truth[name] <= one.high for one in estimates])
        scatter = np.std([one.value for one in estimates])
        width = np.mean([one.high - one.low for one in estimates]) / (2 * student_t(n_artists - 1))
        assert held >= 0.89, f"{name}: {held:.3f} of the intervals hold {truth[name]:.4f}"
        assert 0.9 <= width / scatter <= 1.17, f"{name}: intervals {width / scatter:.2f} times as wide as the scatter"


def _cosines(embedding: np.ndarray, query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    return np.asarray(embedding[query] @ embedding[gallery].T)
