import numpy as np
import pytest

from morelli.errors import TrainingError
from morelli.systems.samplings import BatchSampling, PublishedSampling
from morelli.training.sampling import Sampler, rows_by_artist

ARTIST = np.array(["c", "a", "b", "a", "c", "c", "d", "b", "a", "c"], dtype=object)


@pytest.fixture
def paintings():
    return rows_by_artist(ARTIST, np.arange(10))


def test_rows_by_artist_leaves_out_artists_of_one_painting(paintings):
    assert [part.tolist() for part in paintings] == [[1, 3, 8], [2, 7], [0, 4, 5, 9]]


def test_triplets_are_two_of_one_artist_and_one_of_another(paintings):
    sampler = Sampler(PublishedSampling(batch=4), paintings, True, 0)
    assert (sampler.size, sampler.steps) == (9, 3)
    shapes = [sampler.step(0, number).rows.shape for number in range(3)]
    assert shapes == [(3, 4), (3, 4), (3, 1)]  # an epoch is as many draws as there are paintings
    for epoch in range(50):
        anchor, positive, negative = sampler.step(epoch, 0).rows
        assert (ARTIST[anchor] == ARTIST[positive]).all()
        assert (anchor != positive).all()
        assert (ARTIST[anchor] != ARTIST[negative]).all()


def test_artists_are_drawn_uniformly_whatever_they_painted(paintings):
    sampler = Sampler(PublishedSampling(batch=9), paintings, True, 0)
    anchors = np.concatenate([sampler.step(epoch, 0).rows[0] for epoch in range(400)])
    share = [(ARTIST[anchors] == name).mean() for name in "abc"]
    assert share == pytest.approx([1 / 3] * 3, abs=0.03)  # four standard deviations are 0.031


def test_pairs_follow_a_fair_coin(paintings):
    sampler = Sampler(PublishedSampling(batch=9), paintings, False, 0)
    steps = [sampler.step(epoch, 0) for epoch in range(300)]
    for step in steps:
        assert step.rows.shape == (2, 9)
        np.testing.assert_array_equal(ARTIST[step.rows[0]] != ARTIST[step.rows[1]], step.different)
        assert (step.rows[0] != step.rows[1]).all()
    assert np.mean([step.different.mean() for step in steps]) == pytest.approx(0.5, abs=0.04)


def test_a_batch_holds_artists_times_paintings(paintings):
    sampler = Sampler(BatchSampling(artists=2, paintings=3), paintings, True, 0)
    for number in range(20):
        step = sampler.step(0, number)
        (rows,) = step.rows
        assert len(set(rows.tolist())) == len(rows)
        assert len(set(step.artist.tolist())) == 2
        for label in set(step.artist.tolist()):
            mine = rows[step.artist == label]
            assert len(set(ARTIST[mine])) == 1
            assert len(mine) == min(3, len(paintings[label]))


def test_a_step_depends_on_seed_epoch_and_number_alone(paintings):
    one, other = (Sampler(BatchSampling(artists=2, paintings=2), paintings, True, 7) for _ in range(2))
    other.step(5, 5)
    np.testing.assert_array_equal(one.step(3, 1).rows, other.step(3, 1).rows)
    different = Sampler(BatchSampling(artists=2, paintings=2), paintings, True, 8)
    assert any(not np.array_equal(one.step(0, n).rows, different.step(0, n).rows) for n in range(5))


def test_one_artist_is_too_few(paintings):
    with pytest.raises(TrainingError, match="two artists"):
        Sampler(PublishedSampling(batch=4), paintings[:1], True, 0)
