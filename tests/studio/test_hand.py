from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from morelli.studio.families import FAMILIES
from morelli.studio.hand import _SPREAD, Hand, StyleFamily, draw_hand

NUMBERS = [name for name in _SPREAD if "hue" not in name]


def _vector(hand: Hand) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([getattr(hand, name) for name in NUMBERS])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_habits_stay_within_their_limits(family: StyleFamily, rng: np.random.Generator) -> None:
    for _ in range(50):
        hand = draw_hand(rng, family)
        for name, (_, _, lowest, highest) in _SPREAD.items():
            assert lowest <= getattr(hand, name) <= highest
        assert hand.darkest < hand.lightest
        assert hand.finest < hand.width
        assert hand.family == family.name


def test_every_habit_that_is_a_number_strays() -> None:
    kept = {"family", "anchors", "layers", "ground"}
    assert {f.name for f in fields(Hand)} - kept == set(_SPREAD)


def test_painters_of_one_family_are_neighbours(rng: np.random.Generator) -> None:
    hands = np.stack([[_vector(draw_hand(rng, family)) for _ in range(12)] for family in FAMILIES])
    scaled = (hands - hands.mean((0, 1))) / hands.std((0, 1))
    within = np.linalg.norm(scaled - scaled.mean(1, keepdims=True), axis=-1).mean()
    between = np.linalg.norm(scaled.mean(1)[:, None] - scaled.mean(1)[None], axis=-1)
    assert within < between[~np.eye(len(FAMILIES), dtype=bool)].mean()


def test_no_spread_gives_the_centre(rng: np.random.Generator) -> None:
    family = replace(FAMILIES[3], spread=0.0)
    assert _vector(draw_hand(rng, family)).tolist() == _vector(family.centre).tolist()


def test_a_school_without_contours_has_none(rng: np.random.Generator) -> None:
    assert all(draw_hand(rng, FAMILIES[0]).outline == 0.0 for _ in range(20))
