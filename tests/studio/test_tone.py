from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from morelli.studio.families import FAMILIES
from morelli.studio.sketch import GRID, Key, Material, Scene
from morelli.studio.tone import _pull, lch, srgb, tones


@pytest.mark.parametrize(
    ("lab", "rgb"),
    [  # B. Ottosson's values
        ((0.627955, 0.224863, 0.125846), (1, 0, 0)),
        ((0.866440, -0.233888, 0.179498), (0, 1, 0)),
        ((0.452014, -0.032457, -0.311528), (0, 0, 1)),
        ((0.599871, 0.0, 0.0), (0.5, 0.5, 0.5)),
    ],
)
def test_oklab(lab: tuple[float, float, float], rgb: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(srgb(np.array(lab)), rgb, atol=3e-3)


def test_lch_is_lab_in_polar_coordinates() -> None:
    np.testing.assert_allclose(lch(0.5, 0.1, 90.0), [0.5, 0.0, 0.1], atol=1e-12)


def test_pulled_colours_keep_their_chroma_and_near_the_palette() -> None:
    hand = replace(FAMILIES[0].centre, palette_pull=0.5, anchors=(30.0, 210.0))
    ab = lch(0.5, 0.1, 60.0)[1:]
    hue = np.degrees(np.arctan2(*_pull(ab, hand)[::-1]))
    assert 30 < hue < 60
    np.testing.assert_allclose(_pull(ab, replace(hand, palette_pull=0.0)), ab)


def test_more_light_is_lighter_for_every_school() -> None:
    light = np.broadcast_to(np.linspace(0, 1, GRID, dtype=np.float32), (GRID, GRID))
    zero, materials = np.zeros((GRID, GRID), np.float32), (Material(0.5, 0.08, 40.0, 0.6),)
    scene = Scene("still life", np.zeros((GRID, GRID), np.uint8), light, zero, zero, zero, materials, Key())
    for family in FAMILIES:
        motif = tones(family.centre, scene)
        assert motif.min() >= 0
        assert motif.max() <= 1
        grey = motif[0] @ [0.3, 0.6, 0.1]
        assert np.all(np.diff(grey) > -2e-3)
        assert grey[-1] - grey[0] > 0.15
