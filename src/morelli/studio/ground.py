"""What is painted on: canvas, paper or a panel, toned before the first stroke."""

from __future__ import annotations

import numpy as np

from morelli.studio.brush import Canvas
from morelli.studio.hand import Hand
from morelli.studio.opencv import opencv
from morelli.studio.texture import Field, noise, window
from morelli.studio.tone import lch, srgb


def prepare(hand: Hand, size: int, rng: np.random.Generator) -> Canvas:
    """Return an empty canvas for a painting of `size` pixels, a margin around it."""
    margin = max(4, round(0.05 * size))
    side = size + 2 * margin
    tooth = _tooth(hand, side, size, rng)
    base = srgb(lch(hand.ground_lightness, hand.ground_chroma, hand.ground_hue))
    cloud = opencv().resize(
        np.ascontiguousarray(window(rng, "clouds", 64)), (side, side), interpolation=opencv().INTER_LINEAR
    )
    wash = 1.0 + 0.03 * cloud + 0.04 * hand.grain * tooth
    return Canvas(base * wash[..., None], np.zeros((side, side), np.float32), tooth, float(size), margin)


def _tooth(hand: Hand, side: int, size: int, rng: np.random.Generator) -> Field:
    """Relief of the ground, (side, side), mean 0, about 1 high."""
    cut = np.ascontiguousarray(window(rng, "fibres", 192))
    fibres: Field = opencv().resize(cut, (side, side), interpolation=opencv().INTER_CUBIC)
    if hand.ground == "panel":
        y = rng.integers(0, 256)
        grain = noise("streaks")[y : y + 128, :128]
        return np.asarray(opencv().resize(np.ascontiguousarray(grain), (side, side)), np.float32) * np.float32(0.5)
    if hand.ground == "paper":
        return fibres
    period = max(hand.grain_scale * size, 2.4)
    turns = 2.0 * np.pi / period * np.arange(side, dtype=np.float32)
    slant = np.float32(0.15)
    warp, weft = np.sin(turns + rng.uniform(0, 6)), np.sin(turns * (1.0 + slant * 0.3) + rng.uniform(0, 6))
    weave: Field = (
        0.75 * (warp[None, :] * weft[:, None] + 0.35 * (warp[None, :] + weft[:, None])) + 0.45 * fibres
    ).astype(np.float32)
    return weave
