"""A painting coloured by a map over it, so that the painting stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.pictures.open import Pixels

Floats = npt.NDArray[np.floating]


def lay_over(pixels: Pixels, heat: Floats) -> Pixels:
    """Colour a painting uint8 (h, w, 3) by heat (h, w) in [0, 1]: what is cold stays grey, what is hot is orange, then pale yellow.

    The painting's own light and dark, brought to the full range, is mixed in everywhere, so that it is seen under any heat.
    """
    return tint(_greys(pixels), heat)


def lay_over_signed(pixels: Pixels, heat: Floats) -> Pixels:
    """Colour a painting by signed heat (h, w) in [-1, 1]: orange above zero, blue below, the stronger the further; grey at zero."""
    return tint_signed(_greys(pixels), heat)


def tint(grey: Floats, heat: Floats) -> Pixels:
    """Mix grey (h, w) and the colour of heat (h, w), both in [0, 1], half and half -> uint8 (h, w, 3)."""
    from matplotlib import colormaps

    # Inferno: its lightness grows evenly with heat, for people with any of the common kinds of colour blindness too.
    colour = colormaps["inferno"](np.asarray(heat, np.float64))[..., :3]
    return _bytes(0.52 * np.asarray(grey)[..., None] ** 0.85 + 0.48 * colour)


def tint_signed(grey: Floats, heat: Floats) -> Pixels:
    """Mix grey (h, w) in [0, 1] and the colour of signed heat (h, w) in [-1, 1] -> uint8 (h, w, 3)."""
    strength = np.abs(np.asarray(heat, np.float64))[..., None]
    colour = np.where(np.asarray(heat)[..., None] > 0, _ABOVE, _BELOW)
    painting = 0.08 + 0.62 * np.asarray(grey)[..., None]
    return _bytes(
        painting * (1 - 0.85 * strength)
        + colour * (_DARK + (1 - _DARK) * np.asarray(grey)[..., None]) * 0.85 * strength
    )


# Orange and blue are told apart by people with any of the common kinds of colour blindness; both are light against the dimmed painting,
# and of one strength: at equal heat they lie equally far from grey (CIELAB, within an eighth on middling greys from a heat of 0.3 on).
_ABOVE, _BELOW = np.array([0.97, 0.63, 0.24]), np.array([0.12, 0.55, 1.0])
_DARK = 0.6  # of a colour over black: a dark painting takes nearly as strong a colour as a light one (CIELAB, about 1.3 between them)


def _greys(pixels: Pixels) -> npt.NDArray[np.float64]:
    grey = (pixels.astype(np.float64) / 255) @ np.array([0.2126, 0.7152, 0.0722])
    dark, light = np.percentile(grey, (1, 99))
    return np.asarray(np.clip((grey - dark) / max(light - dark, 0.05), 0, 1))


def _bytes(mixed: Floats) -> Pixels:
    return np.asarray(np.rint(np.clip(mixed, 0, 1) * 255), dtype=np.uint8)
