"""After the last stroke: light raking over the paint, cracks, varnish, and the photograph of it all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.studio.brush import Canvas
from morelli.studio.hand import Hand
from morelli.studio.opencv import opencv
from morelli.studio.texture import Field, window


def finish(hand: Hand, canvas: Canvas, size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return the finished painting as it was photographed, uint8 (size, size, 3)."""
    cv2 = opencv()
    colour = canvas.colour
    relief = canvas.height * np.float32(0.5) + canvas.tooth * np.float32(0.3 * hand.grain)
    # Light from the upper left rakes over the relief.
    raking = np.zeros_like(relief)
    raking[1:, 1:] = relief[1:, 1:] - relief[:-1, :-1]
    np.clip(raking, -0.9, 0.9, out=raking)
    colour = colour * (1.0 + 0.10 * raking)[..., None] + (0.035 * np.maximum(raking, 0.0))[..., None]
    if hand.craquelure > 0.05:
        colour = colour * _cracks(hand, colour.shape[0], rng)[..., None]
    if hand.varnish > 0.0:
        amber = np.array([1.0, 0.93, 0.74], np.float32)
        colour = colour * (1.0 + hand.varnish * (amber - 1.0)) + hand.varnish * np.array([0.02, 0.012, 0.0], np.float32)
    return _photograph(cv2, colour, canvas.margin, size, rng)


def _cracks(hand: Hand, side: int, rng: np.random.Generator) -> Field:
    """Thin dark lines where smooth noise crosses zero: factors on the colour, (side, side)."""
    cv2 = opencv()
    lines = np.ones((side, side), np.float32)
    for reach in (96, 60):
        cut = np.ascontiguousarray(window(rng, "clouds", reach))
        field = cv2.resize(cut, (side, side), interpolation=cv2.INTER_CUBIC)
        field = field * 3.0 % 1.0 - 0.5
        slope = (
            np.abs(np.diff(field, axis=0, prepend=field[:1]))
            + np.abs(np.diff(field, axis=1, prepend=field[:, :1]))
            + 1e-3
        )
        lines -= np.clip(0.9 - np.abs(field) / slope, 0.0, 1.0)
    worn = np.clip(0.6 + 0.5 * cv2.resize(np.ascontiguousarray(window(rng, "waves", 96)), (side, side)), 0.0, 1.0)
    return np.asarray(1.0 - 0.45 * hand.craquelure * worn * np.clip(1.0 - lines, 0.0, 1.0), np.float32)


def _photograph(cv2, colour: Field, margin: int, size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:  # type: ignore[no-untyped-def]
    """Crop a little askew, expose a little off: what tells two photographs apart and not two painters."""
    turn, zoom = np.radians(rng.normal(0, 0.35)), rng.uniform(0.955, 1.0)
    shift = rng.normal(0, 0.006, 2) * size
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    middle = (size - 1) / 2.0
    matrix = np.array([[c, -s, 0.0], [s, c, 0.0]])
    matrix[:, 2] = middle + margin + shift - matrix[:, :2] @ (middle, middle)
    out = cv2.warpAffine(
        colour, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT
    )
    balance = np.exp(rng.normal(0, 0.02, 3) + rng.normal(0, 0.05)).astype(np.float32)
    across, down = rng.normal(0, 0.04, 2)
    ramp = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    fall = (1.0 + across * ramp)[None, :] * (1.0 + down * ramp)[:, None]
    out = out * (balance * np.float32(255.0)) * fall[..., None]
    # The camera's noise, from the same tiles as all other noise: a new window every time.
    grain = np.tile(window(rng, "fibres", 128), (-(-size // 128), -(-size // 128)))[:size, :size]
    out += (rng.uniform(0.3, 1.6) * grain)[..., None]
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)
