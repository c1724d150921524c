"""After the last stroke: light raking over the paint, cracks, varnish, and the photograph of it all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.studio.brush import Canvas
from morelli.studio.hand import Hand
from morelli.studio.opencv import opencv
from morelli.studio.texture import TILE, Field, cells, window


def finish(hand: Hand, canvas: Canvas, size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return the finished painting as it was photographed, uint8 (size, size, 3)."""
    colour = canvas.colour
    relief = canvas.height * np.float32(0.5) + canvas.tooth * np.float32(0.3 * hand.grain)
    # Light from the upper left rakes over the relief.
    raking = np.zeros_like(relief)
    off = max(1, round(size / 256))  # the same relief whatever the size
    raking[off:, off:] = relief[off:, off:] - relief[:-off, :-off]
    np.clip(raking, -0.9, 0.9, out=raking)
    lit: Field = colour * (1 + np.float32(0.1) * raking)[..., None]
    colour = lit + (np.float32(0.035) * np.maximum(raking, 0))[..., None]
    if hand.craquelure > 0.05:
        colour = colour * _cracks(hand, colour.shape[0], rng)[..., None]
    if hand.varnish > 0.0:
        amber = np.array([1.0, 0.93, 0.74], np.float32)
        glow = np.array([0.02, 0.012, 0.0], np.float32)
        colour = colour * (1 + np.float32(hand.varnish) * (amber - 1)) + np.float32(hand.varnish) * glow
    return _photograph(colour, canvas.margin, size, rng)


def _cracks(hand: Hand, side: int, rng: np.random.Generator) -> Field:
    """Cracks between the islands of old paint: factors on the colour, (side, side)."""
    cv2 = opencv()
    reach = int(rng.integers(110, 170))
    y, x = (float(start) for start in rng.integers(0, TILE - 8, 2) + 4)
    wander = cv2.resize(np.ascontiguousarray(window(rng, "clouds", 64)), (side, side), interpolation=cv2.INTER_CUBIC)
    ramp = np.linspace(0, reach, side, dtype=np.float32)
    # Borders wander, so that no crack is ruled.
    gap = cv2.remap(cells(), x + ramp[None, :] + 2.0 * wander, y + ramp[:, None] - 2.0 * wander, cv2.INTER_LINEAR)
    worn = cv2.resize(np.ascontiguousarray(window(rng, "waves", 128)), (side, side), interpolation=cv2.INTER_LINEAR)
    worn = np.minimum(np.maximum(0.55 + 0.45 * worn, 0), 1)
    width = 1.35 * reach / side
    return np.asarray(1 - (0.5 * hand.craquelure) * worn * np.maximum(1 - gap / width, 0), np.float32)


def _photograph(colour: Field, margin: int, size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Crop a little askew, expose a little off: what tells two photographs apart and not two painters."""
    cv2 = opencv()
    turn, zoom = np.radians(rng.normal(0, 0.35)), rng.uniform(0.955, 1.0)
    shift = rng.normal(0, 0.006, 2) * size
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    middle = (size - 1) / 2.0
    matrix = np.array([[c, -s, 0.0], [s, c, 0.0]])
    matrix[:, 2] = middle + margin + shift - matrix[:, :2] @ (middle, middle)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out: Field = cv2.warpAffine(colour, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REFLECT)
    balance = np.exp(rng.normal(0, 0.02, 3) + rng.normal(0, 0.05)).astype(np.float32) * np.float32(255)
    across, down = (float(slope) for slope in rng.normal(0, 0.04, 2))
    ramp = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    fall = (1 + across * ramp)[None, :] * (1 + down * ramp)[:, None]
    # The camera's noise, from the same tiles as all other noise: a new window every time.
    times = -(-size // 128)
    grain = np.tile(window(rng, "fibres", 128), (times, times))[:size, :size] * np.float32(rng.uniform(0.3, 1.6))
    out *= balance
    out *= fall[..., None]
    out += (grain + np.float32(0.5))[..., None]
    return np.minimum(np.maximum(out, 0, out=out), 255, out=out).astype(np.uint8)
