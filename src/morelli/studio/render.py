"""A scene painted stroke by stroke by a hand.

After A. Hertzmann, "Painterly rendering with curved brush strokes of multiple sizes" (SIGGRAPH 1998): layers from the
widest brush to the thinnest, each correcting where the canvas is still far from the motif. Here all strokes of a
layer are traced and rasterised at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.studio.brush import Canvas, Strokes, cells, lay_strokes, trace
from morelli.studio.finish import finish
from morelli.studio.ground import prepare
from morelli.studio.hand import Hand
from morelli.studio.opencv import opencv
from morelli.studio.sketch import GRID, Scene
from morelli.studio.texture import Field, window
from morelli.studio.tone import tones

_GREY = np.array([0.299, 0.587, 0.114], np.float32)


def paint(hand: Hand, scene: Scene, size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Paint a scene; returns uint8 (size, size, 3), sRGB. `rng` is the chance in the brush, not in the motif.

    Lengths follow `size`, so that a larger painting shows the same picture in finer grain.
    """
    cv2 = opencv()
    motif = tones(hand, scene)
    if hand.softness * GRID > 0.3:
        motif = cv2.GaussianBlur(motif, (0, 0), hand.softness * GRID)
    # Streams of their own: how many strokes it takes does not change how the picture is photographed.
    for_ground, rng, for_finish = rng.spawn(3)
    field = direction(hand, scene, motif, for_ground)
    canvas = prepare(hand, size, for_ground)
    wash = cv2.GaussianBlur(motif, (0, 0), max(0.2 * hand.width * GRID, 1.0))
    canvas.wash(wash, hand.underpainting)
    ratio = (hand.finest / hand.width) ** (1.0 / max(hand.layers - 1, 1))
    for layer in range(hand.layers):
        width = hand.width * ratio**layer
        strokes = _layer(hand, scene, motif, field, canvas, width, layer, rng)
        lay_strokes(canvas, hand, strokes, 3 if layer == 0 else 2, rng)
    if hand.outline > 0.02:
        lay_strokes(canvas, hand, _contours(hand, scene, motif, rng), 1, rng)
    return finish(hand, canvas, size, for_finish)


def direction(hand: Hand, scene: Scene, motif: Field, rng: np.random.Generator) -> Field:
    """Return the way strokes run, unit vectors (GRID, GRID, 2) float32.

    Along edges, along the form, and the hand's own way, mixed as double angles: a stroke has no front and no back.
    """
    cv2 = opencv()
    grey = cv2.GaussianBlur(motif @ _GREY, (0, 0), 2.0)
    gx, gy = cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1)
    # A gradient's double angle, turned by a quarter: the tangent of the edge.
    edge = np.stack([gy * gy - gx * gx, -2.0 * gx * gy], -1)
    edge = cv2.GaussianBlur(edge, (0, 0), 2.5)
    edge *= 2.0 / (0.15 + np.hypot(edge[..., 0], edge[..., 1]))[..., None]
    form = 2.0 * scene.angle
    weight = scene.hold * hand.follow
    own = 2.0 * (hand.slant + hand.swirl * 1.3 * window(rng, "waves", GRID))
    own_weight = (hand.slant_weight + hand.swirl) * (1.0 - 0.8 * scene.detail)
    cosine = edge[..., 0] * hand.follow + weight * np.cos(form) + own_weight * np.cos(own)
    sine = edge[..., 1] * hand.follow + weight * np.sin(form) + own_weight * np.sin(own)
    half = 0.5 * np.arctan2(sine, cosine)
    return np.stack([np.cos(half), np.sin(half)], -1).astype(np.float32)


def _layer(
    hand: Hand,
    scene: Scene,
    motif: Field,
    field: Field,
    canvas: Canvas,
    width: float,
    layer: int,
    rng: np.random.Generator,
) -> Strokes:
    cv2 = opencv()
    sigma = 0.3 * width * GRID
    wanted = cv2.GaussianBlur(motif, (0, 0), sigma) if sigma > 0.6 else motif
    length = hand.length * width
    # The underpainting leaves little of the ground.
    step = float(np.sqrt(width * length / (hand.coverage * (1.35 if layer == 0 else 1.0))))
    margin = 0.03
    across = int(np.ceil((1.0 + 2 * margin) / step))
    grid = np.stack(np.meshgrid(np.arange(across), np.arange(across)), -1).reshape(-1, 2)
    loose = (grid + rng.random((across * across, 2))) * step - margin
    where: Field = loose[rng.permutation(len(loose))].astype(np.float32)
    seen = canvas.small()
    cell = cells(where[:, 0], where[:, 1])
    if layer:
        error = np.abs(seen - wanted).sum(-1) / 3.0
        error = cv2.blur(error, (3, 3)) * (1.0 + 3.0 * scene.detail * scene.detail + scene.detail)
        keep = error.ravel().take(cell) > 0.14 * (1.05 - hand.patience)
        where, cell = where[keep], cell[keep]
    colour = wanted.reshape(-1, 3).take(cell, axis=0)
    points, reach = trace(where, colour, wanted, seen, field, hand, length, rng)
    reach *= 1.0 - 0.5 * scene.detail.ravel().take(cell)  # small touches where care is due
    colour = colour + hand.wetness * 0.6 * (seen.reshape(-1, 3).take(cell, axis=0) - colour)
    n = len(where)
    colour = colour * (1.0 + rng.normal(0, hand.value_jitter * 1.5, (n, 1)).astype(np.float32))
    drift = rng.normal(0, hand.hue_jitter, (n, 3)).astype(np.float32)
    colour = colour + drift - (drift @ _GREY)[:, None]
    half = 0.5 * width * (1.0 + hand.pressure * rng.uniform(-1, 1, n)).astype(np.float32)
    return Strokes(points, reach, half, colour.astype(np.float32), length, hand.opacity)


def _contours(hand: Hand, scene: Scene, motif: Field, rng: np.random.Generator) -> Strokes:
    """Dark lines along the borders between substances."""
    cv2 = opencv()
    label = scene.label
    border = np.zeros(label.shape, np.bool_)
    border[:, 1:] |= label[:, 1:] != label[:, :-1]
    border[1:] |= label[1:] != label[:-1]
    # No tangle where everything is border, none about clouds, and a face's features are drawn by the brush.
    inner = np.array([not m.contour for m in scene.materials])[label]
    border &= ~cv2.dilate(inner.astype(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    border &= cv2.blur(border.astype(np.float32), (9, 9)) < 0.36
    nearby = cv2.blur(scene.detail, (5, 5))
    border &= (nearby > 0.12) & (nearby < 0.72)
    rows, columns = np.nonzero(border)
    wanted = int(len(rows) * 0.2)
    chosen = rng.permutation(len(rows))[:wanted]
    where = ((np.stack([columns[chosen], rows[chosen]], -1) + 0.5) / GRID).astype(np.float32)
    smooth = cv2.GaussianBlur(label.astype(np.float32) * 37.0 % 11.0, (0, 0), 1.6)
    gx, gy = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    size = np.hypot(gx, gy) + 1e-6
    along = np.stack([-gy / size, gx / size], -1)
    ink = motif[rows[chosen], columns[chosen]]
    tone = (ink @ _GREY)[:, None]
    ink = np.clip((0.55 * tone + 0.45 * ink) / np.maximum(tone, 0.1) * hand.outline_lightness, 0, 1).astype(np.float32)
    length = 0.07
    points, reach = trace(where, ink, None, None, along, hand, length, rng)
    half = 0.5 * hand.outline_width * (1.0 + 0.4 * rng.uniform(-1, 1, len(where))).astype(np.float32)
    return Strokes(points, reach, half, ink, length, hand.outline)
