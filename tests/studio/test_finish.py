from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from morelli.studio.families import FAMILIES
from morelli.studio.finish import _cracks, finish
from morelli.studio.ground import prepare

PANEL, PAPER, WEAVE = FAMILIES[0].centre, FAMILIES[7].centre, FAMILIES[2].centre


def test_cracks_are_few_thin_and_dark(rng: np.random.Generator) -> None:
    cracks = _cracks(replace(PANEL, craquelure=1.0), 256, rng)
    assert 0.4 <= cracks.min() < 0.7
    assert cracks.max() <= 1.0
    assert 0.01 < (cracks < 0.9).mean() < 0.25


@pytest.mark.parametrize("hand", [PANEL, PAPER, WEAVE], ids=lambda h: h.ground)
def test_grounds_have_a_tooth(hand, rng: np.random.Generator) -> None:  # type: ignore[no-untyped-def]
    canvas = prepare(hand, 128, rng)
    assert canvas.colour.shape == (128 + 2 * canvas.margin, 128 + 2 * canvas.margin, 3)
    assert abs(float(canvas.tooth.mean())) < 0.3
    assert 0.2 < canvas.tooth.std() < 1.5


def test_photographs_of_one_canvas_differ_a_little() -> None:
    pictures = []
    for seed in range(8):
        canvas = prepare(replace(WEAVE, grain=0.0), 128, np.random.default_rng(0))
        pictures.append(finish(WEAVE, canvas, 128, np.random.default_rng(seed)).astype(float))
    means = np.array([p.mean((0, 1)) for p in pictures])
    assert 1.0 < means.std(0).max() < 25.0
    assert all(p.shape == (128, 128, 3) for p in pictures)


def test_varnish_yellows() -> None:
    def photographed(varnish: float) -> np.ndarray:  # type: ignore[type-arg]
        hand = replace(PANEL, varnish=varnish, craquelure=0.0)
        picture = finish(hand, prepare(hand, 64, np.random.default_rng(0)), 64, np.random.default_rng(1))
        return np.asarray(picture.mean((0, 1)))

    ratio = photographed(0.4) / photographed(0.0)
    assert ratio[2] < ratio[1] < ratio[0] + 0.02
