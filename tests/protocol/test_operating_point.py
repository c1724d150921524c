from __future__ import annotations

import json

import numpy as np
import pytest

from morelli.protocol.estimate import Estimate
from morelli.protocol.operating_point import OperatingPoint, Refused, point_from_dict

RATE = Estimate(value=0.01, low=0.005, high=0.02, n_pairs=100, n_artists=20)
POINT = OperatingPoint(
    upper=0.5, lower=-0.25, achieved={"false_accept": RATE, "miss": RATE}, artist_pairs=12, artists=11, remark="why"
)


@pytest.mark.parametrize(
    ("upper", "lower", "words"),
    [
        (0.5, -0.25, ["different", "different", "undecided", "undecided", "same", "same"]),
        (0.5, None, ["undecided", "undecided", "undecided", "undecided", "same", "same"]),
        (None, -0.25, ["different", "different", "undecided", "undecided", "undecided", "undecided"]),
        (None, None, ["undecided"] * 6),
        (0.5, 0.5, ["different", "different", "different", "different", "same", "same"]),
    ],
)
def test_three_answers(upper: float | None, lower: float | None, words: list[str]) -> None:
    point = OperatingPoint(upper=upper, lower=lower, achieved={}, artist_pairs=0, artists=0)
    assert point.decide(np.array([-1.0, -0.25, -0.24, 0.49, 0.5, 9.0])).tolist() == words


def test_a_nan_is_not_decided() -> None:
    with pytest.raises(ValueError, match="nan"):
        POINT.decide(np.array([0.1, np.nan]))


def test_it_survives_a_file() -> None:
    for one in (POINT, Refused("3 of 10")):
        assert point_from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False)), source="x") == one
    bare = Estimate(value=0.0, low=float("nan"), high=float("nan"), n_pairs=1, n_artists=1)
    one = OperatingPoint(upper=1.0, lower=None, achieved={"undecided": bare}, artist_pairs=0, artists=0)
    found = point_from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False)), source="x")
    assert isinstance(found, OperatingPoint)
    assert np.isnan(found.achieved["undecided"].low)


GOOD = POINT.to_dict()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([], "c.json, random, balanced: should be a JSON object"),
        ({**GOOD, "uper": 1}, "did you mean 'upper'"),
        ({key: value for key, value in GOOD.items() if key != "lower"}, "no 'lower'"),
        ({**GOOD, "upper": "0.5"}, "balanced, upper: '0.5' should be a number"),
        ({**GOOD, "upper": float("nan")}, "not finite"),
        ({**GOOD, "upper": -1.0}, "lower -0.25 is above upper -1.0"),
        ({**GOOD, "achieved": [1]}, "achieved: should be a JSON object"),
        ({**GOOD, "achieved": {"mis": RATE.to_dict()}}, "did you mean 'miss'"),
        ({**GOOD, "achieved": {"miss": {**RATE.to_dict(), "value": 1.5}}}, "a rate lies between 0 and 1"),
        ({**GOOD, "achieved": {"miss": {**RATE.to_dict(), "low": 0.9, "high": 0.1}}}, "a rate lies in its interval"),
        ({**GOOD, "achieved": {"miss": {**RATE.to_dict(), "high": float("inf")}}}, "not finite"),
        ({**GOOD, "achieved": {"miss": {**RATE.to_dict(), "n_pairs": -1}}}, "whole number"),
        ({**GOOD, "artist_pairs": 2.5}, "whole number"),
        ({**GOOD, "remark": 3}, "should be a text"),
        ({"refused": None}, "should be a text"),
        ({"refused": "x", "upper": 1.0}, "unknown key 'upper'"),
    ],
)
def test_a_hostile_file_is_refused(bad: object, words: str) -> None:
    with pytest.raises(ValueError, match=r"^c\.json, random, balanced") as found:
        point_from_dict(bad, source="c.json, random, balanced")
    assert words in str(found.value)


def test_values_that_make_no_sense_are_refused() -> None:
    for options in ({"upper": float("inf")}, {"upper": 0.0, "lower": 1.0}, {"achieved": {"auc": RATE}}):
        with pytest.raises(ValueError, match="operating point"):
            OperatingPoint(**{"upper": 1.0, "lower": 0.0, "achieved": {}, "artist_pairs": 0, "artists": 0, **options})
