from __future__ import annotations

import json

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.decision import Decision
from morelli.protocol.fit_decision import fit_decision
from morelli.protocol.llr import cllr
from morelli.protocol.operating_point import OperatingPoint
from morelli.protocol.population import Population
from morelli.protocol.set_similarity import set_similarity
from morelli.protocol.sets import SetDrawer

POPULATION = Population(between=0.8, fewest=14, most=20)


def _decision(seed: int, artists: int = 40) -> Decision:
    embedding, artist = POPULATION.draw(artists, np.random.default_rng([3, seed]))
    style = np.array([f"s{int(name[-1]) % 2}" for name in artist], dtype=object)
    part = np.full(len(artist), "calibration", dtype=object)
    return fit_decision(
        lambda a, b: -np.square(embedding[a] - embedding[b]).mean(axis=1),
        artist,
        style,
        part,
        block=lambda q, g: -np.square(embedding[q][:, None] - embedding[g][None]).mean(axis=-1),
        resamples=50,
        seed=seed,
    )


@pytest.fixture(scope="module")
def decision() -> Decision:
    return _decision(0)


def test_every_number_of_references_has_its_own_calibration(decision: Decision) -> None:
    assert set(decision.sets) == {"random", "style-matched"}
    fitted = decision.sets["random"]
    assert list(fitted) == [2, 4, 8, 16]
    for size, one in fitted.items():
        balanced = one.points["balanced"]
        assert isinstance(balanced, OperatingPoint)
        assert balanced.upper == one.calibration.reaching(np.log(2))
        assert one.calibration.n_artists == 40 if size < 16 else 10 < one.calibration.n_artists < 40


def test_the_nearest_number_that_is_not_larger_is_used(decision: Decision) -> None:
    sizes = [decision.of_set(n, negatives="random")[0] for n in (1, 2, 3, 4, 7, 8, 15, 16, 17, 500)]
    assert sizes == [1, 2, 2, 4, 4, 8, 8, 16, 16, 16]
    _, calibration, points = decision.of_set(1, negatives="random")
    assert calibration is decision.calibrations["random"]
    assert points is decision.points["random"]
    assert decision.of_set(9, negatives="random")[1] is decision.sets["random"][8].calibration
    with pytest.raises(PairsError, match="0 references"):
        decision.of_set(0, negatives="random")
    with pytest.raises(PairsError, match="no calibration for 'styled'"):
        decision.of_set(4, negatives="styled")


def test_they_survive_a_file(decision: Decision) -> None:
    found = json.loads(json.dumps(decision.to_dict(), allow_nan=False))
    again = Decision.from_dict(found, source="x")
    assert again.to_dict() == decision.to_dict()
    assert list(again.sets["random"]) == [2, 4, 8, 16]


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([], "should be a JSON object"),
        ({"1": {}}, "1: no 'rule'"),
        ({"02": {}}, "'02' should be a number of references"),
        ({"²": {}}, "should be a number of references"),
        ({"99999": {}}, "should be a number of references"),
        ({"2": {"rule": "mean", "calibration": {}, "points": {}}}, "sets by the rule 'mean', not 'centre'"),
        ({"2": {"rule": 3, "calibration": {}, "points": {}}}, "should be a text"),
        ({"2": {"rule": "centre", "calibration": {}, "points": {}}}, "random, 2, calibration: calibration of kind"),
    ],
)
def test_a_hostile_file_is_refused(decision: Decision, sizes: object, words: str) -> None:
    found = json.loads(json.dumps(decision.to_dict())) | {"sets": {"random": sizes}}
    with pytest.raises(ValueError, match=r"^c\.json, sets, random") as error:
        Decision.from_dict(found, source="c.json")
    assert words in str(error.value)


def test_sets_of_one_and_names_that_are_none_are_refused(decision: Decision) -> None:
    found = json.loads(json.dumps(decision.to_dict()))
    one = found["sets"]["random"]["2"]
    named = {**one, "points": {"fpr=1.0%": one["points"]["balanced"]}}
    for sizes, words in (({"1": one}, "sets have 2 or more"), ({"2": named}, "is called 'fpr=1.0%', not 'fpr=1%'")):
        with pytest.raises(ValueError, match=r"^c\.json") as error:
            Decision.from_dict({**found, "sets": {"random": sizes}}, source="c.json")
        assert words in str(error.value)


def test_few_artists_leave_numbers_out() -> None:
    assert list(_decision(1, artists=9).sets) == []  # a pair is all that can be claimed


def _test_sets(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sets of other artists from the same population: similarities to the references, among them, and labels."""
    embedding, artist = POPULATION.draw(60, np.random.default_rng(99))
    square = -np.square(embedding[:, None] - embedding[None]).mean(axis=-1)
    sets = SetDrawer(artist, np.arange(len(artist)), size=size, negatives="random").balanced()
    among = square[sets.references[:, :, None], sets.references[:, None, :]]
    return square[sets.query[:, None], sets.references], among, sets.same


def test_more_references_than_calibrated_never_overstate(decision: Decision) -> None:
    """Twelve references read by the calibration of eight: better than eight, and no bolder than they may be."""
    size, calibration, _ = decision.of_set(12, negatives="random")
    assert size == 8
    to, among, same = _test_sets(12)
    twelve = calibration.llr(set_similarity(to, among, size=8))
    eight = calibration.llr(set_similarity(to[:, :8], among[:, :8, :8], size=8))
    assert cllr(twelve, same) < cllr(eight, same)
    # Calibrated ratios average 1 over different artists; larger means overstated evidence.
    assert np.exp(twelve[~same]).mean() < np.exp(eight[~same]).mean() + 0.05
    assert np.exp(-twelve[same]).mean() < np.exp(-eight[same]).mean() + 0.05
    # To take all twelve for a set of twelve, by a calibration of eight, would be another scale.
    assert not np.allclose(set_similarity(to, among, size=12), set_similarity(to, among, size=8))


def test_evidence_grows_with_the_references(decision: Decision) -> None:
    costs = []
    for size in (1, 2, 4, 8):
        to, among, same = _test_sets(size)
        calibration = decision.of_set(size, negatives="random")[1]
        costs.append(cllr(calibration.llr(set_similarity(to, among, size=size)), same))
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 0.93 * costs[0]
