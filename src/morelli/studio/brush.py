"""Strokes: traced along a direction field, rasterised all at once, laid on a canvas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from morelli.studio.hand import Hand
from morelli.studio.opencv import opencv
from morelli.studio.sketch import GRID
from morelli.studio.texture import TILE, Field, noise

KNOTS = 7
"""Points that a stroke is traced through."""
_SPACING = 1.2  # between samples along and across a stroke, in pixels; every two by two pixels hold one


@dataclass(eq=False)
class Canvas:
    """The painting while it is made, with a margin around it that is cut off in the end.

    colour: float32 (side, side, 3), 0 .. 1. height: float32 (side, side), relief of the paint. tooth: float32 (side,
    side), relief of the ground, mean 0. scale: pixels to the unit square. margin: pixels.
    """

    colour: Field
    height: Field
    tooth: Field
    scale: float
    margin: int

    def wash(self, motif: Field, strength: float) -> None:
        """Lay a thin wash of a motif (GRID, GRID, 3) over everything; it settles in the hollows of the ground."""
        side, cv2 = self.colour.shape[0], opencv()
        # The motif fills the picture without its margin; its border colours run on into the margin.
        grow = GRID / self.scale
        start = 0.5 * grow - 0.5 - self.margin * grow
        matrix = np.array([[grow, 0, start], [0, grow, start]])
        spread = cv2.warpAffine(
            motif, matrix, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        settle = np.minimum(np.maximum(strength * (1 - 0.12 * self.tooth), 0), 1).astype(np.float32)
        spread -= self.colour
        self.colour += settle[..., None] * spread

    def small(self) -> Field:
        """Return the picture without its margin at the size of the scene's fields."""
        m = self.margin
        inner = self.colour[m:-m, m:-m]
        small: Field = opencv().resize(inner, (GRID, GRID), interpolation=opencv().INTER_AREA)
        return small


@dataclass(frozen=True, eq=False)
class Strokes:
    """n strokes in unit coordinates. points: (n, KNOTS, 2). reach: (n,), the share of the path that is painted, 0 .. 1.

    half: (n,), half the width. colour: (n, 3). length: of a whole path. opacity: of all.
    """

    points: Field
    reach: Field
    half: Field
    colour: Field
    length: float
    opacity: float


def trace(
    where: Field,
    colour: Field,
    wanted: Field | None,
    seen: Field | None,
    field: Field,
    hand: Hand,
    length: float,
    rng: np.random.Generator,
) -> tuple[Field, Field]:
    """Follow the direction field from where the brush is set down.

    where: (n, 2) in unit coordinates. field: unit vectors (GRID, GRID, 2). Where `wanted` and `seen` (GRID, GRID, 3)
    are given, a stroke ends where the motif is nearer to what is already on the canvas than to the stroke's colour
    (Hertzmann's rule). Returns points (n, KNOTS, 2) and reach (n,).
    """
    n = len(where)
    stray = rng.normal(0, hand.stray, n).astype(np.float32)
    c, s = np.cos(stray), np.sin(stray)
    stride, bend = np.float32(length / (KNOTS - 1)), np.float32(hand.bend)
    points = np.empty((n, KNOTS, 2), np.float32)
    reach = np.ones(n, np.float32)
    flip = np.where(rng.random(n) < 0.5, np.float32(-1), np.float32(1))
    # Components apart: sums over a last axis of two or three are slow.
    field_x, field_y = np.ascontiguousarray(field[..., 0]).ravel(), np.ascontiguousarray(field[..., 1]).ravel()
    x, y = where[:, 0].copy(), where[:, 1].copy()
    go_x = go_y = np.zeros(n, np.float32)
    alive = np.ones(n, np.bool_)
    cell = cells(x, y)
    for knot in range(KNOTS):
        points[:, knot, 0], points[:, knot, 1] = x, y
        fx, fy = field_x.take(cell), field_y.take(cell)
        way_x, way_y = fx * c - fy * s, fx * s + fy * c
        if knot == 0:
            go_x, go_y = way_x * flip, way_y * flip
        else:
            turn = np.copysign(bend, way_x * go_x + way_y * go_y)
            go_x = (1 - bend) * go_x + turn * way_x
            go_y = (1 - bend) * go_y + turn * way_y
            size = 1 / np.sqrt(go_x * go_x + go_y * go_y + np.float32(1e-9))
            go_x, go_y = go_x * size, go_y * size
        x, y = x + go_x * stride, y + go_y * stride
        cell = cells(x, y)
        if wanted is not None and seen is not None and knot >= 1:
            target = wanted.reshape(-1, 3).take(cell, axis=0)
            off = _distance(target, colour)
            ends = alive & (off > _distance(target, seen.reshape(-1, 3).take(cell, axis=0))) & (off > 0.12)
            reach[ends] = (knot + 0.6) / (KNOTS - 1)
            alive &= ~ends
    return points, np.minimum(reach, np.float32(1.0))


def _distance(a: Field, b: Field) -> Field:
    d = np.abs(a - b)
    return np.asarray(d[:, 0] + d[:, 1] + d[:, 2])


def cells(x: Field, y: Field) -> npt.NDArray[np.intp]:
    """Flat indices into fields (GRID, GRID) of unit coordinates; those outside are moved to the border."""
    last = np.float32(GRID - 1)
    column = np.minimum(np.maximum(x * np.float32(GRID), 0), last).astype(np.intp)
    row = np.minimum(np.maximum(y * np.float32(GRID), 0), last).astype(np.intp)
    return np.asarray(row * GRID + column)


@cache
def _spline(samples: int) -> tuple[Field, Field]:
    """Weights (samples, KNOTS) of a quadratic B-spline with clamped ends, and of its derivative, at even steps."""
    t = np.linspace(0, 1, samples)
    degree = 2
    knots = np.concatenate([[0] * degree, np.linspace(0, 1, KNOTS - degree + 1), [1] * degree])

    def basis(order: int) -> npt.NDArray[np.float64]:
        if order == 0:
            inside = (t[:, None] >= knots[None, :-1]) & (t[:, None] < knots[None, 1:])
            inside[t >= 1.0, KNOTS - 1] = True
            return inside.astype(np.float64)
        lower = basis(order - 1)
        n = len(knots) - 1 - order
        out = np.zeros((samples, n))
        for k in range(n):
            a, b = knots[k + order] - knots[k], knots[k + order + 1] - knots[k + 1]
            if a > 0:
                out[:, k] += (t - knots[k]) / a * lower[:, k]
            if b > 0:
                out[:, k] += (knots[k + order + 1] - t) / b * lower[:, k + 1]
        return out

    value, lower = basis(degree), basis(degree - 1)
    slope = np.zeros((samples, KNOTS))
    for k in range(KNOTS):
        a, b = knots[k + degree] - knots[k], knots[k + degree + 1] - knots[k + 1]
        if a > 0:
            slope[:, k] += degree / a * lower[:, k]
        if b > 0:
            slope[:, k] -= degree / b * lower[:, k + 1]
    return value.astype(np.float32), slope.astype(np.float32)


def lay_strokes(canvas: Canvas, hand: Hand, strokes: Strokes, goes: int, rng: np.random.Generator) -> None:
    """Lay strokes on the canvas in their order; later ones cover earlier ones.

    goes: in so many parts; only strokes of different parts shine through one another.
    """
    n = len(strokes.half)
    for go in range(goes):
        part = slice(go * n // goes, (go + 1) * n // goes)
        if part.stop > part.start:
            _lay(canvas, hand, strokes, part, rng)


def _lay(canvas: Canvas, hand: Hand, strokes: Strokes, part: slice, rng: np.random.Generator) -> None:
    hit, sample = _rasterise(canvas, hand, strokes, part)
    owner, s, t, run, radius = sample
    n = part.stop - part.start
    # Bristles: long streaks along the stroke, each stroke cut from another place of the tile.
    period = np.float32(TILE / canvas.scale)
    u = (run * period).astype(np.int32) + rng.integers(0, TILE, n, dtype=np.int32).take(owner)
    v = (t * radius * (np.float32(1.1) * period)).astype(np.int32) + rng.integers(0, TILE, n, dtype=np.int32).take(
        owner
    )
    streak = noise("streaks").ravel().take((u & (TILE - 1)) * np.int32(2 * TILE) + (v & (TILE - 1)))
    rim = np.abs(t)
    # How much paint the brush still holds, and where the ground's tooth takes it.
    load = (
        (1.15 - 0.5 - 0.35 * hand.dryness) * 3.0
        - (3.3 * hand.dryness) * s
        + (0.66 * (hand.dryness * 2.0 + 0.15)) * streak
    )
    load += (1.05 * hand.grain) * canvas.tooth.ravel().take(hit)
    cover = np.minimum(np.maximum(load, 0), 1)
    edge = np.minimum((1 - rim) * radius * np.float32(1.2) + np.float32(0.25), 1)
    alpha = (cover * edge * np.float32(strokes.opacity)).astype(np.float32)
    shade = 1 + (0.45 * hand.bristle) * streak
    if hand.rim > 0:
        shade -= hand.rim * np.minimum(np.maximum(np.maximum(2.0 * np.abs(s - 0.5), rim) * 4 - 2.88, 0), 1)
    flat = canvas.colour.reshape(-1, 3)
    under = flat.take(hit, axis=0)
    new = strokes.colour[part].take(owner, axis=0)
    new *= shade.astype(np.float32)[:, None]
    new -= under
    new *= alpha[:, None]
    new += under
    flat[hit] = new
    if hand.impasto > 0:
        ridge = (0.125 + hand.bristle) * streak + 1.4 * (rim > 0.6) * (1 - s) + 0.8
        relief = canvas.height.ravel()
        below = relief.take(hit)
        relief[hit] = below + alpha * (hand.impasto * ridge - 0.65 * below)


def _rasterise(
    canvas: Canvas, hand: Hand, strokes: Strokes, part: slice
) -> tuple[npt.NDArray[np.intp], tuple[npt.NDArray[np.intp], Field, Field, Field, Field]]:
    """Find the pixels (flat indices) that strokes cover, and for each the uppermost stroke and the place on it.

    Of each pixel: the stroke's number, 0 .. 1 along it, -1 .. 1 across it, pixels from its beginning, half its width
    there in pixels.
    """
    side = canvas.colour.shape[0]
    points = strokes.points[part] * np.float32(canvas.scale) + np.float32(canvas.margin)
    half, reach = strokes.half[part] * np.float32(canvas.scale) - np.float32(0.25), strokes.reach[part]
    half = np.maximum(half, np.float32(0.45))
    length = strokes.length * canvas.scale
    along = int(max(np.ceil(length / _SPACING), 3)) + 1
    across = int(np.ceil(2.0 * half.max() / _SPACING)) + 1
    value, slope = _spline(along)
    place = np.linspace(0, 1, along, dtype=np.float32)
    stroke, row = np.nonzero(place[None, :] <= reach[:, None])
    picked = stroke * along + row
    x, y = (points[..., k] @ value.T for k in (0, 1))
    dx, dy = (points[..., k] @ slope.T for k in (0, 1))
    x, y, dx, dy = x.ravel().take(picked), y.ravel().take(picked), dx.ravel().take(picked), dy.ravel().take(picked)
    share = place.take(row) / reach.take(stroke)
    # Pressure: a brush is set down, pressed and lifted.
    lift = np.abs(2.0 * share - 0.9)
    radius = half.take(stroke) * (1 - (0.8 * hand.taper) * lift * lift * np.sqrt(lift))
    scale = radius / np.sqrt(dx * dx + dy * dy + np.float32(1e-9))
    t = np.linspace(-1, 1, across, dtype=np.float32)
    limit = np.float32(side - 1)
    px = (x + np.float32(0.5))[:, None] - (dy * scale)[:, None] * t
    py = (y + np.float32(0.5))[:, None] + (dx * scale)[:, None] * t
    np.minimum(np.maximum(px, 0, out=px), limit, out=px)
    np.minimum(np.maximum(py, 0, out=py), limit, out=py)
    pixel = py.astype(np.int32)
    pixel *= np.int32(side)
    pixel += px.astype(np.int32)
    # The highest sample lies uppermost; single missed pixels belong to the neighbour. Indices below 2^24 are exact.
    winner = np.full(side * side, -1, np.float32)
    np.maximum.at(winner, pixel.ravel(), np.arange(pixel.size, dtype=np.float32))
    cv2 = opencv()
    winner = cv2.dilate(winner.reshape(side, side), np.ones((2, 2), np.uint8)).ravel()
    hit = np.flatnonzero(winner >= 0)
    sample = winner.take(hit).astype(np.int32)
    line = sample // np.int32(across)
    step = np.float32(length / (along - 1))
    return hit, (
        stroke.take(line),
        share.take(line),
        t.take(sample - line * np.int32(across)),
        row.take(line).astype(np.float32) * step,
        radius.take(line),
    )
