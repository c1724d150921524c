from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from morelli.studio.families import FAMILIES
from morelli.studio.hand import StyleFamily
from morelli.studio.render import direction, paint
from morelli.studio.scene import draw_scene
from morelli.studio.sketch import GRID, Habits, Key, Material, Scene
from morelli.studio.tone import tones


def _scene() -> Scene:
    return draw_scene("still life", Habits(), np.random.default_rng(3), np.random.default_rng(4))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_a_painting_shows_its_motif_in_strokes(family: StyleFamily, rng: np.random.Generator) -> None:
    hand = replace(family.centre, varnish=0.0, craquelure=0.0, outline=0.0)
    picture = paint(hand, _scene(), GRID, rng).astype(np.float32) / 255
    motif = tones(hand, _scene())
    painted, seen = (cv2.GaussianBlur(p, (0, 0), 5.0) for p in (picture, motif))
    assert np.corrcoef(painted.ravel(), seen.ravel())[0, 1] > 0.93
    fine = [(p - cv2.GaussianBlur(p, (0, 0), 2.0))[:50, 60:130].std() for p in (picture, motif)]
    assert fine[0] > 1.3 * fine[1]  # the wall is no flat tint: it has been painted


def test_strokes_run_along_an_edge(rng: np.random.Generator) -> None:
    zero = np.zeros((GRID, GRID), np.float32)
    scene = Scene("abstract", zero.astype(np.uint8), zero, zero, zero, zero, (Material(0.5, 0, 0),), Key())
    ramp = np.arange(GRID, dtype=np.float32)
    x, y = np.meshgrid(ramp, ramp)
    for turn in (0.0, 0.6, 2.0):
        edge = (np.cos(turn) * (x - 96) + np.sin(turn) * (y - 96) > 0).astype(np.float32)
        motif = np.repeat(edge[..., None], 3, 2)
        hand = replace(FAMILIES[0].centre, slant_weight=0.0, swirl=0.0)
        way = direction(hand, scene, motif, rng)[96, 96]
        assert abs(way @ [np.cos(turn), np.sin(turn)]) < 0.05
        assert np.linalg.norm(way) == pytest.approx(1.0, abs=1e-5)


def test_the_brush_has_its_own_chance() -> None:
    scene, hand = _scene(), FAMILIES[2].centre
    one, other = (paint(hand, scene, 96, np.random.default_rng(seed)) for seed in (0, 1))
    assert (one != other).mean() > 0.5
    assert np.abs(one.astype(float) - other).mean() < 40
