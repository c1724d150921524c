import itertools
from collections import Counter

import numpy as np
import pytest

from morelli.errors import TrainingError
from morelli.systems.samplings import AllPairs, Pictures, Triples
from morelli.training.pair_sampling import AllPairsSampler, Artists, PictureSampler, TripleSampler
from morelli.training.sampling import rows_by_artist

ARTIST = np.array(["c", "a", "b", "a", "c", "c", "d", "b", "a", "c"], dtype=object)


@pytest.fixture
def paintings():
    return rows_by_artist(ARTIST, np.arange(10))


def test_an_epoch_holds_every_pair_inside_an_artist_once(paintings):
    sampler = AllPairsSampler(AllPairs(batch=8), paintings, 0)
    wanted = {frozenset(p) for part in paintings for p in itertools.combinations(part.tolist(), 2)}
    assert (sampler.pairs, sampler.steps) == (len(wanted), -(-len(wanted) // 4)) == (10, 3)
    orders = []
    for epoch in range(4):
        positive = []
        for number in range(sampler.steps):
            step = sampler.step(epoch, number)
            half = step.rows.shape[1] // 2
            assert step.different.tolist() == [False] * half + [True] * half
            positive += [tuple(column) for column in step.rows[:, :half].T.tolist()]
            assert (ARTIST[step.rows[0, half:]] != ARTIST[step.rows[1, half:]]).all()
            # The dissimilar pair keeps one picture of its similar pair.
            np.testing.assert_array_equal(step.rows[0, half:], step.rows[0, :half])
        assert Counter(map(frozenset, positive)) == Counter(wanted)
        orders.append(positive)
    assert orders[0] != orders[1]


def test_either_picture_of_a_pair_may_be_the_one_that_stays(paintings):
    sampler = AllPairsSampler(AllPairs(batch=20), paintings, 0)
    first = [sampler.step(epoch, 0).rows[0, :10] < sampler.step(epoch, 0).rows[1, :10] for epoch in range(60)]
    assert np.mean(first) == pytest.approx(0.5, abs=0.09)  # four standard deviations are 0.08


def test_other_artists_are_drawn_uniformly_whatever_they_painted(paintings, rng):
    drawn = Artists(paintings).of_others(np.zeros(4000, dtype=np.int64), rng)
    assert not (ARTIST[drawn] == "a").any()
    assert (ARTIST[drawn] == "b").mean() == pytest.approx(0.5, abs=0.035)


def test_triples_are_one_an_artist_a_draw(paintings):
    sampler = TripleSampler(Triples(draws=200, batch=64), paintings, 3)
    reference, same, different = sampler.epoch(0)
    assert Counter(ARTIST[reference]) == {"a": 200, "b": 200, "c": 200}
    assert (ARTIST[reference] == ARTIST[same]).all()
    assert (reference != same).all()
    assert (ARTIST[reference] != ARTIST[different]).all()
    among_c = Counter(zip(reference[ARTIST[reference] == "c"], same[ARTIST[reference] == "c"], strict=True))
    assert len(among_c) == 12  # every ordered pair of four paintings
    assert max(among_c.values()) < 40
    steps = np.concatenate([sampler.step(0, number).rows for number in range(sampler.steps)], axis=1)
    np.testing.assert_array_equal(steps, sampler.epoch(0))
    assert not np.array_equal(sampler.epoch(0), sampler.epoch(1))


def test_pictures_come_once_an_epoch_with_their_artist(paintings):
    sampler = PictureSampler(Pictures(batch=4), paintings, 0)
    assert sampler.steps == 2  # of nine pictures one would be left alone
    for batch, steps in ((3, 3), (9, 1), (20, 1)):
        sampler = PictureSampler(Pictures(batch=batch), paintings, 0)
        drawn = [sampler.step(2, number) for number in range(sampler.steps)]
        assert len(drawn) == steps
        rows = np.concatenate([step.rows[0] for step in drawn])
        assert sorted(rows.tolist()) == sorted(np.concatenate(paintings).tolist())
        names = np.array(["a", "b", "c"])[np.concatenate([step.artist for step in drawn])]
        np.testing.assert_array_equal(names, ARTIST[rows].astype(str))


@pytest.mark.parametrize(
    ("kind", "sampling"),
    [
        (AllPairsSampler, AllPairs(batch=4)),
        (TripleSampler, Triples(draws=5, batch=4)),
        (PictureSampler, Pictures(batch=3)),
    ],
)
def test_a_step_depends_on_seed_epoch_and_number_alone(paintings, kind, sampling):
    one, other, different = kind(sampling, paintings, 7), kind(sampling, paintings, 7), kind(sampling, paintings, 8)
    other.step(5, 1)
    np.testing.assert_array_equal(one.step(3, 1).rows, other.step(3, 1).rows)
    assert any(not np.array_equal(one.step(0, n).rows, different.step(0, n).rows) for n in range(2))


def test_one_artist_is_too_few(paintings):
    for kind, sampling in ((AllPairsSampler, AllPairs()), (TripleSampler, Triples())):
        with pytest.raises(TrainingError, match="two artists"):
            kind(sampling, paintings[:1], 0)
