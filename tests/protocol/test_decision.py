from __future__ import annotations

import json

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.calibration import LogisticCalibration
from morelli.protocol.decision import Decision, fit_decision


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


def test_bad_files_and_values_are_refused() -> None:
    one = LogisticCalibration(slope=1.0, intercept=0.0, bound=3.0, n_pairs=2, n_artists=2)
    good = Decision(threshold=0.5, calibrations={"random": one}, fitted_on="x").to_dict()
    for bad, words in (
        ({**good, "treshold": 1}, "did you mean 'threshold'"),
        ({**good, "threshold": "0.5"}, "needs a threshold"),
        ({**good, "threshold": float("nan")}, "not finite"),
        ({**good, "calibrations": {}}, "'random' must be there"),
        ({**good, "calibrations": {"random": {"kind": "x"}}}, "decision.json, random"),
    ):
        with pytest.raises(ValueError, match=words):
            Decision.from_dict(bad, source="decision.json")
