"""From substances and light to the colours on one painter's palette.

Colours are mixed in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.studio.hand import Hand
from morelli.studio.sketch import Scene
from morelli.studio.texture import Field

LEVELS = 48
_LMS = np.array(
    [[1.0, 0.3963377774, 0.2158037573], [1.0, -0.1055613458, -0.0638541728], [1.0, -0.0894841775, -1.2914855480]]
)
_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def srgb(lab: npt.NDArray[np.floating]) -> Field:
    """OKLab (..., 3) to sRGB (..., 3) float32 in 0 .. 1; colours out of reach are clipped.

    >>> np.round(srgb(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])), 3).tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """
    linear = np.clip(((lab @ _LMS.T) ** 3) @ _RGB.T, 0.0, 1.0)
    rgb: Field = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)
    return rgb


def lch(lightness: float, chroma: float, hue: float) -> npt.NDArray[np.float64]:
    """OKLCh with the hue in degrees to OKLab (3,)."""
    return np.array([lightness, chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))])


def _pull(ab: npt.NDArray[np.float64], hand: Hand) -> npt.NDArray[np.float64]:
    """Draw colours (..., 2) towards the nearest hues of the palette, keeping their chroma."""
    chroma = np.hypot(ab[..., 0], ab[..., 1])[..., None]
    anchors = np.radians(np.array(hand.anchors))
    unit = np.stack([np.cos(anchors), np.sin(anchors)], -1)
    near = np.exp(8.0 * (ab @ unit.T) / np.maximum(chroma, 1e-6))
    mixed = (near @ unit) / near.sum(-1, keepdims=True)
    out: npt.NDArray[np.float64] = ab + hand.palette_pull * (mixed * chroma - ab)
    return out


def tones(hand: Hand, scene: Scene) -> Field:
    """Return the motif in the painter's colours, (GRID, GRID, 3) float32 sRGB 0 .. 1."""
    light = np.linspace(0.0, 1.0, LEVELS)[None, :]
    of = {
        name: np.array([getattr(m, name) for m in scene.materials])[:, None]
        for name in ("lightness", "chroma", "hue", "span")
    }
    glow = [(m.chroma, m.hue) if m.glow is None else m.glow for m in scene.materials]
    hue, warm_hue = np.radians(of["hue"]), np.radians(np.array([h for _, h in glow]))[:, None]
    warm_chroma = np.array([c for c, _ in glow])[:, None]
    # Chroma is fullest in the half-tones; lights bleach, shadows drown.
    fullness = 1.0 - 0.35 * np.abs(2.0 * light - 1.0) ** 2
    a = ((1 - light) * of["chroma"] * np.cos(hue) + light * warm_chroma * np.cos(warm_hue)) * fullness
    b = ((1 - light) * of["chroma"] * np.sin(hue) + light * warm_chroma * np.sin(warm_hue)) * fullness
    ab = _pull(np.stack([a, b], -1) * hand.chroma, hand)

    def tint(degrees: float, strength: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(strength[..., None] * lch(0.0, 1.0, degrees)[1:])

    ab = ab + tint(hand.shadow_hue, hand.shadow_tint * np.maximum(1.0 - 1.8 * light, 0.0))
    ab = ab + tint(hand.light_hue, hand.light_tint * np.maximum(light - 0.45, 0.0) * 1.8)
    ab = ab + tint(scene.key.hue, scene.key.tint * (0.3 + 0.7 * light))

    # No paint is purer than the tube: chroma bends towards a limit.
    ab = ab / (1.0 + ((ab * ab).sum(-1, keepdims=True) / 0.19**2) ** 2) ** 0.25
    lightness = of["lightness"] + of["span"] * (light - 0.5) + scene.key.exposure
    # The painter's scale of values: an S-curve about the middle, then from the darkest to the lightest paint.
    step = np.tanh(hand.contrast * 2.2 * (lightness - 0.52)) / np.tanh(hand.contrast * 2.2 * 0.5) * 0.5 + 0.5
    blend = np.clip(0.55 * step + 0.45 * lightness, 0.0, 1.0)
    value = hand.darkest + (hand.lightest - hand.darkest) * blend
    table = srgb(np.concatenate([value[..., None], ab], -1))
    level = np.clip(scene.light * (LEVELS - 1) + 0.5, 0, LEVELS - 1).astype(np.intp)
    motif: Field = table.reshape(-1, 3).take(scene.label.astype(np.intp) * LEVELS + level, axis=0)
    return motif
