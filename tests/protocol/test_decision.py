from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.errors import OperatingPointError, PairsError
from morelli.protocol.calibration import LogisticCalibration
from morelli.protocol.calibration_artists import CalibrationArtists
from morelli.protocol.decision import Decision
from morelli.protocol.fit_decision import fit_decision
from morelli.protocol.operating_point import OperatingPoint, Refused
from morelli.protocol.point_names import POINTS


def _world(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    artist = np.repeat([f"a{i:02d}" for i in range(40)], 6).astype(object)
    style = np.repeat([f"s{i % 4}" for i in range(40)], 6).astype(object)
    part = np.where(np.arange(240) < 120, "calibration", "test").astype(object)
    embedding = np.repeat(rng.normal(size=(40, 8)), 6, axis=0) + rng.normal(size=(240, 8))
    return artist, style, part, embedding


def test_only_calibration_artists_have_a_say(rng: np.random.Generator) -> None:
    artist, style, part, embedding = _world(rng)
    asked: list[np.ndarray] = []

    def score(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        asked.extend([first, second])
        return -np.square(embedding[first] - embedding[second]).mean(axis=1)

    decision = fit_decision(score, artist, style, part, seed=3)
    assert np.concatenate(asked).max() < 120
    assert set(decision.calibrations) == {"random", "style-matched"}
    assert all(one.n_artists == 20 for one in decision.calibrations.values())
    llr = decision.llr(np.array([-9.0, -2.0, 0.0]), negatives="random")
    assert (np.diff(llr) >= 0).all()
    assert llr[0] < 0 < llr[-1]
    assert Decision.from_dict(json.loads(json.dumps(decision.to_dict())), source="x") == decision
    again = fit_decision(score, artist, style, part, seed=3)
    assert again == decision


def test_without_styles_only_random_and_without_artists_nothing(rng: np.random.Generator) -> None:
    artist, style, part, embedding = _world(rng)

    def score(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return (embedding[first] * embedding[second]).sum(axis=1)

    style[:] = ""
    decision = fit_decision(score, artist, style, part)
    assert set(decision.calibrations) == {"random"}
    with pytest.raises(PairsError, match="known: random"):
        decision.llr(np.zeros(1), negatives="style-matched")
    with pytest.raises(PairsError, match="at least two styles"):
        fit_decision(score, artist, style, part, negatives=("random", "style-matched"))
    part[:] = "test"
    with pytest.raises(PairsError, match="no painting is in 'calibration'"):
        fit_decision(score, artist, style, part)


def _decision(rng: np.random.Generator) -> Decision:
    artist, style, part, embedding = _world(rng)

    def score(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return -np.square(embedding[first] - embedding[second]).mean(axis=1)

    return fit_decision(score, artist, style, part)


def test_each_kind_of_negatives_has_its_own_points(rng: np.random.Generator) -> None:
    decision = _decision(rng)
    assert set(decision.points) == {"random", "style-matched"}
    for kind, points in decision.points.items():
        assert tuple(points) == POINTS
        balanced = decision.point(negatives=kind)
        calibration = decision.calibrations[kind]
        assert balanced.upper == calibration.reaching(np.log(2))
        assert balanced.lower == calibration.falling_to(-np.log(2))
        assert balanced.achieved["undecided"].n_artists == 20
    fpr = decision.point("fpr = 1 %", negatives="random")
    assert 0 < fpr.achieved["false_accept"].value <= 0.01
    assert fpr.artist_pairs >= 10
    assert decision.artists is not None
    assert decision.artists.in_words() == "120 paintings by 20 artists (s0 5, s1 5, s2 5, s3 5)"


def test_a_block_gives_the_same_points(rng: np.random.Generator) -> None:
    artist, style, part, embedding = _world(rng)

    def score(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return (embedding[first] * embedding[second]).sum(axis=1).round(6)

    def block(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
        return (embedding[query] @ embedding[gallery].T).round(6)

    one, other = (fit_decision(score, artist, style, part, block=b, resamples=50) for b in (None, block))
    assert one.to_dict() == other.to_dict()


def test_points_that_are_not_there_are_named_with_a_way_out(rng: np.random.Generator) -> None:
    decision = _decision(rng)
    with pytest.raises(OperatingPointError, match=r"'fpr=0.5%' is not stored; the nearest (is|are) 'fpr="):
        decision.point("fpr=0.5%", negatives="random")
    refused = [name for name, one in decision.points["style-matched"].items() if isinstance(one, Refused)]
    assert "fpr=0.1%" in refused  # twenty artists in four styles
    with pytest.raises(OperatingPointError, match=r"not offered against style-matched negatives: .*10 are needed"):
        decision.point("fpr=0.1%", negatives="style-matched")
    with pytest.raises(OperatingPointError, match="no operating point is called"):
        decision.point("strict", negatives="random")
    with pytest.raises(PairsError, match="no calibration for 'stile-matched'"):
        decision.point(negatives="stile-matched")


def test_a_file_of_before_is_read_but_offers_no_points(rng: np.random.Generator) -> None:
    found = _decision(rng).to_dict()
    del found["points"], found["artists"]
    old = Decision.from_dict(json.loads(json.dumps(found)), source="x")
    assert old.llr(np.zeros(1), negatives="random").shape == (1,)
    with pytest.raises(OperatingPointError, match="of an older version; calibrate the model again"):
        old.point(negatives="random")


def test_bad_files_and_values_are_refused() -> None:
    one = LogisticCalibration(slope=1.0, intercept=0.0, bound=3.0, n_pairs=2, n_artists=2)
    artists = CalibrationArtists(artists=2, paintings=4, styles={"x": 2})
    good = Decision(threshold=0.5, calibrations={"random": one}, fitted_on="x", artists=artists).to_dict()
    point = OperatingPoint(upper=1.0, lower=None, achieved={}, artist_pairs=0, artists=0).to_dict()
    for bad, words in (
        ([], "should be a JSON object"),
        ({**good, "treshold": 1}, "did you mean 'threshold'"),
        ({**good, "threshold": "0.5"}, "threshold: '0.5' should be a number"),
        ({**good, "threshold": float("nan")}, "not finite"),
        ({**good, "threshold": True}, "should be a number"),
        ({**good, "fitted_on": 3}, "should be a text"),
        ({**good, "calibrations": {}}, "'random' must be there"),
        ({**good, "calibrations": {"random": {"kind": "x"}}}, "decision.json, random"),
        ({**good, "calibrations": {"random": {"kind": ["x"]}}}, "decision.json, random"),
        ({**good, "calibrations": {"random": {**one.to_dict(), "slope": -1}}}, "slope must be 0 or more"),
        ({**good, "points": {"style-matched": {}}}, "operating points for"),
        ({**good, "points": {"random": []}}, "decision.json, random: should be a JSON object"),
        ({**good, "points": {"random": {"fpr=1.0%": point}}}, "is called 'fpr=1.0%', not 'fpr=1%'"),
        ({**good, "points": {"random": {"strict": point}}}, "no operating point is called 'strict'"),
        ({**good, "points": {"random": {"balanced": {**point, "upper": 1e999}}}}, "not finite"),
        ({**good, "artists": {**artists.to_dict(), "styles": {"x": -1}}}, "whole number"),
        ({**good, "artists": 3}, "should be a JSON object"),
    ):
        with pytest.raises(ValueError, match=r"^decision\.json") as found:
            Decision.from_dict(bad, source="decision.json")
        assert words in str(found.value)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_json_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    """A file may hold anything: never another error than ValueError, and what is read can be used."""
    found = json.loads(_whole_file())
    at, key = found, ""
    for _ in range(data.draw(st.integers(1, 5))):
        key = data.draw(st.sampled_from(sorted(at)))
        if not isinstance(at[key], dict) or not at[key]:
            break
        inner = at[key]
        if data.draw(st.booleans()):
            at = inner
    if key not in at:
        key = sorted(at)[0]
    at[key] = data.draw(ANYTHING)
    decision, message = None, "x.json"
    try:
        decision = Decision.from_dict(found, source="x.json")
    except ValueError as err:
        message = str(err)
    assert message.startswith("x.json")
    if decision is None:
        return
    json.dumps(decision.to_dict(), allow_nan=False)
    for kind, points in decision.points.items():
        for one in points.values():
            if isinstance(one, OperatingPoint):
                assert one.decide(np.zeros(1))[0] in ("same", "different", "undecided")
        assert np.isfinite(decision.llr(np.zeros(1), negatives=kind)).all()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@cache
def _whole_file() -> str:
    return json.dumps(_decision(np.random.default_rng(5)).to_dict())
