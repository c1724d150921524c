import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from morelli.errors import KaggleError
from morelli.kaggle import judge
from morelli.kaggle.judge import judge_pairs
from morelli.kaggle.pairs import Pairs
from morelli.kaggle.solution import Artists, Solution
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.intervals import interval, student_t

SETS = ("all", "public", "private", "both seen", "both unseen", "cross")


def make(rng, pictures, *, habit=0.0):
    """Pictures by twelve artists, five of them seen, all pairs, scores with ties: (scores, pairs, solution).

    habit: how much the scores of an artist's pairs move together.
    """
    of = rng.integers(0, 12, pictures).astype(np.int32)
    of[:12] = np.arange(12)
    first, second = np.triu_indices(pictures, 1)
    order = rng.permutation(len(first))
    first, second = first[order], second[order]
    same = (of[first] == of[second]).astype(np.int8)
    own = habit * rng.normal(size=12)
    score = np.round(rng.normal(size=len(first)) + same + own[of[first]] + own[of[second]], 1).astype(np.float32)
    public = rng.random(len(first)) < 0.7
    artists = Artists(tuple("abcdefghijkl"), of, np.arange(12) < 5)
    return (
        score,
        Pairs(np.arange(len(first)), first, second),
        Solution(same, artists, {"public": public, "private": ~public}, ()),
    )


@pytest.fixture
def made(rng):
    return make(rng, 60)


def rows_of(name, pairs, solution):
    """Which pairs belong to a set, one pair at a time."""
    rows = []
    for row, (a, b) in enumerate(zip(pairs.first, pairs.second, strict=True)):
        if solution.same[row] < 0:
            continue
        seen = [
            None if solution.artists.of[k] < 0 else bool(solution.artists.seen[solution.artists.of[k]]) for k in (a, b)
        ]
        inside = {
            "all": True,
            "public": solution.usage["public"][row],
            "private": solution.usage["private"][row],
            "both seen": seen == [True, True],
            "both unseen": seen == [False, False],
            "cross": sorted(seen, key=str) == [False, True],
        }
        if inside[name]:
            rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("name", SETS)
def test_figures_are_those_of_a_slow_loop(made, name):
    score, pairs, solution = made
    figure = judge_pairs(score, pairs, solution, threshold=0.7)[name]
    rows = rows_of(name, pairs, solution)
    same = solution.same[rows]
    accepted = [float(one) >= 0.7 for one in score[rows]]
    wanted = sum(accepted) / len(rows) if name == "cross" else roc_auc_score(same, score[rows])
    assert figure.estimate.value == pytest.approx(wanted, abs=1e-12)
    assert figure.estimate.n_pairs == len(rows)
    assert figure.same == same.sum()
    owners = {solution.artists.of[side[row]] for row in rows for side in (pairs.first, pairs.second)}
    assert figure.estimate.n_artists == len(owners)


@pytest.mark.parametrize("name", SETS)
def test_intervals_are_those_of_artists_drawn_anew(made, name):
    score, pairs, solution = made
    estimate = judge_pairs(score, pairs, solution, threshold=0.7, resamples=40, seed=3)[name].estimate
    rows = rows_of(name, pairs, solution)
    one, other = (solution.artists.of[side[rows]] for side in (pairs.first, pairs.second))
    again = []
    for drawn in draw_artists(solution.artists.seen.astype(int), resamples=40, seed=3):
        weight = np.where(one == other, drawn[one], drawn[one] * drawn[other])
        if name == "cross":
            again.append(np.average(score[rows].astype(float) >= 0.7, weights=weight))
        else:
            again.append(roc_auc_score(solution.same[rows], score[rows], sample_weight=weight))
    wanted = interval(estimate.value, np.array(again), n_artists=estimate.n_artists, scale="share")
    np.testing.assert_allclose((estimate.low, estimate.high), wanted, atol=1e-9)


def test_a_random_part_of_the_negatives_gives_nearly_the_same_interval(rng, monkeypatch):
    score, pairs, solution = make(rng, 200, habit=0.7)
    whole = judge_pairs(score, pairs, solution, threshold=0.7)
    monkeypatch.setattr(judge, "SPREAD_PAIRS", 4000)
    part = judge_pairs(score, pairs, solution, threshold=0.7)
    for name in SETS:
        assert part[name].estimate.value == whole[name].estimate.value
        widths = [one[name].estimate.high - one[name].estimate.low for one in (whole, part)]
        # What pairs, not artists, add: weights w_a w_b of mean 1 and variance 3, scores of deviation below one half.
        added = 2 * student_t(11) * 0.5 * np.sqrt(3 / 4000)
        assert 0 < 0.9 * widths[0] < widths[1] < np.hypot(widths[0], added)


def test_pairs_nobody_knows_are_left_out(made):
    score, pairs, solution = made
    of = solution.artists.of.copy()
    of[[3, 7]] = -1
    unknown = (of[pairs.first] < 0) | (of[pairs.second] < 0)
    same = np.where(unknown, -1, solution.same).astype(np.int8)
    partly = Solution(same, Artists(solution.artists.names, of, solution.artists.seen), solution.usage, ())
    for name in SETS:
        rows = rows_of(name, pairs, partly)
        estimate = judge_pairs(score, pairs, partly, threshold=0.7, resamples=20)[name].estimate
        assert estimate.n_pairs == len(rows)
        assert np.isfinite([estimate.low, estimate.high]).all()


def test_answers_without_artists_have_no_intervals_and_no_seen(made):
    score, pairs, solution = made
    found = judge_pairs(score, pairs, Solution(solution.same, None, solution.usage, ()), threshold=0.7)
    assert list(found) == ["all", "public", "private"]
    whole = judge_pairs(score, pairs, solution, threshold=0.7, resamples=0)
    for name, figure in found.items():
        assert figure.estimate.value == whole[name].estimate.value
        assert np.isnan([figure.estimate.low, whole[name].estimate.high]).all()
        assert figure.estimate.n_artists == 0


def test_answers_that_differ_from_the_names_do_not_stop_the_intervals(made):
    score, pairs, solution = made
    same = solution.same.copy()
    same[:5] = 1 - same[:5]
    found = judge_pairs(score, pairs, Solution(same, solution.artists, {}, ()), threshold=0.7, resamples=20)
    assert found["all"].estimate.value == pytest.approx(roc_auc_score(same, score), abs=1e-12)
    assert found["all"].estimate.low < found["all"].estimate.value < found["all"].estimate.high


def test_ties_count_one_half_and_order_does_not_matter(made):
    score, pairs, solution = made
    flat = judge_pairs(np.zeros_like(score), pairs, solution, threshold=0.7, resamples=0)
    assert flat["all"].estimate.value == 0.5
    shuffle = np.random.default_rng(2).permutation(len(pairs))
    moved = Pairs(pairs.index[shuffle], pairs.first[shuffle], pairs.second[shuffle])
    usage = {name: rows[shuffle] for name, rows in solution.usage.items()}
    other = judge_pairs(
        score[shuffle], moved, Solution(solution.same[shuffle], solution.artists, usage, ()), threshold=0.7
    )
    whole = judge_pairs(score, pairs, solution, threshold=0.7)
    assert {name: one.estimate for name, one in other.items()} == {name: one.estimate for name, one in whole.items()}


def test_a_set_of_one_class_has_no_auc(made):
    score, pairs, solution = made
    with pytest.raises(KaggleError, match="there is no AUC of such a set"):
        judge_pairs(score, pairs, Solution(np.zeros_like(solution.same), None, {}, ()), threshold=0.7)
    alone = Solution(solution.same, Artists(solution.artists.names, solution.artists.of, np.ones(12, bool)), {}, ())
    assert list(judge_pairs(score, pairs, alone, threshold=0.7, resamples=0)) == ["all", "both seen"]
