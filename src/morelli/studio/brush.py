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
_SPACING = 0.75  # between samples along and across a stroke, in pixels: closer than 1, so that no pixel is missed
_AT_ONCE = 3  # a layer is laid in so many goes, so that its own strokes overlap


@dataclass(eq=False)
class Canvas:
    """The painting while it is made, with a margin around it that is cut off in the end.

    colour: float32 (side, side, 3), 0 .. 1. height: float32 (side, side), relief of the paint. tooth: float32 (side, side), relief of the
    ground, mean 0. scale: pixels to the unit square. margin: pixels.
    """

    colour: Field
    height: Field
    tooth: Field
    scale: float
    margin: int

    def small(self) -> Field:
        """Return the picture without its margin at the size of the scene's fields."""
        m = self.margin
        inner = self.colour[m:-m, m:-m]
        small: Field = opencv().resize(inner, (GRID, GRID), interpolation=opencv().INTER_AREA)
        return small


@dataclass(frozen=True, eq=False)
class Strokes:
    """n strokes in unit coordinates. points: (n, KNOTS, 2). reach: (n,), the share of the path that is painted, 0 .. 1.

    half: (n,), half the width. colour: (n, 3). opacity: of all.
    """

    points: Field
    reach: Field
    half: Field
    colour: Field
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
    """Follow the direction field both ways from where the brush is set down.

    where: (n, 2) in unit coordinates. Where `wanted` and `seen` (GRID, GRID, 3) are given, a stroke ends where the motif is nearer to
    what is already on the canvas than to the stroke's colour (Hertzmann's rule). Returns points (n, KNOTS, 2) and reach (n,).
    """
    n = len(where)
    stray = rng.normal(0, hand.stray, n).astype(np.float32)
    c, s = np.cos(stray), np.sin(stray)
    stride = np.float32(length / (KNOTS - 1))
    points = np.empty((n, KNOTS, 2), np.float32)
    reach = np.ones(n, np.float32)
    flip = np.where(rng.random(n) < 0.5, np.float32(-1), np.float32(1))[:, None]
    flat = field.reshape(-1, 2)
    position = where.copy()
    heading = np.zeros_like(where)
    alive = np.ones(n, np.bool_)
    cell = _cell(position)
    for knot in range(KNOTS):
        points[:, knot] = position
        way = flat.take(cell, axis=0)
        way = np.stack([way[:, 0] * c - way[:, 1] * s, way[:, 0] * s + way[:, 1] * c], -1)
        if knot == 0:
            heading = way * flip
        else:
            way *= np.sign((way * heading).sum(-1, keepdims=True) + 1e-9)
            heading = heading + np.float32(hand.bend) * (way - heading)
            heading /= np.sqrt((heading * heading).sum(-1, keepdims=True)) + 1e-9
        position = position + heading * stride
        cell = _cell(position)
        if wanted is not None and seen is not None and knot >= 1:
            target = wanted.reshape(-1, 3).take(cell, axis=0)
            off = np.abs(target - colour).sum(-1)
            ends = alive & (off > np.abs(target - seen.reshape(-1, 3).take(cell, axis=0)).sum(-1)) & (off > 0.12)
            reach[ends] = (knot + 0.6) / (KNOTS - 1)
            alive &= ~ends
    return points, np.minimum(reach, 1.0)


def _cell(position: Field) -> npt.NDArray[np.intp]:
    cell = np.clip((position * GRID).astype(np.intp), 0, GRID - 1)
    return np.asarray(cell[:, 1] * GRID + cell[:, 0])


@cache
def _spline(samples: int) -> tuple[Field, Field]:
    """Weights (samples, KNOTS) of a uniform quadratic B-spline with clamped ends, and of its derivative, at evenly spaced places."""
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


def lay_strokes(canvas: Canvas, hand: Hand, strokes: Strokes, rng: np.random.Generator) -> None:
    """Lay strokes on the canvas in their order; later ones cover earlier ones."""
    n = len(strokes.half)
    goes = _AT_ONCE if n >= 60 else 1
    for go in range(goes):
        part = slice(go * n // goes, (go + 1) * n // goes)
        if part.stop > part.start:
            _lay(canvas, hand, strokes, part, rng)


def _lay(canvas: Canvas, hand: Hand, strokes: Strokes, part: slice, rng: np.random.Generator) -> None:
    side = canvas.colour.shape[0]
    points = strokes.points[part] * np.float32(canvas.scale) + np.float32(canvas.margin)
    half, reach, colour = strokes.half[part] * np.float32(canvas.scale), strokes.reach[part], strokes.colour[part]
    half = np.maximum(half, 0.6)
    n = len(half)
    steps = np.abs(np.diff(points, axis=1)).max(-1).sum(-1)
    along = int(np.clip(np.ceil(steps.max() * 1.1 / _SPACING), 4, 160))
    across = int(np.ceil(2.0 * half.max() / _SPACING)) + 1
    value, slope = _spline(along)
    centre = np.matmul(value, points)  # (n, along, 2)
    way = np.matmul(slope, points)
    way /= np.sqrt((way * way).sum(-1, keepdims=True)) + 1e-6
    place = np.linspace(0, 1, along, dtype=np.float32)
    stroke, row = np.nonzero(place[None, :] <= reach[:, None])
    share = place.take(row) / reach.take(stroke)  # 0 .. 1 along the painted part
    # Pressure: a brush is set down, pressed and lifted.
    press = 1.0 - hand.taper * np.abs(2.0 * share - 0.9) ** 2.5 * 0.8
    radius = half.take(stroke) * press
    at = centre[stroke, row]
    normal = way[stroke, row] * radius[:, None]
    t = np.linspace(-1, 1, across, dtype=np.float32)
    limit = np.float32(side - 1)
    x = at[:, :1] - normal[:, 1:] * t
    y = at[:, 1:] + normal[:, :1] * t
    np.clip(x, 0, limit, out=x)
    np.clip(y, 0, limit, out=y)
    pixel = (y + np.float32(0.5)).astype(np.int32) * np.int32(side) + (x + np.float32(0.5)).astype(np.int32)
    winner = np.full(side * side, -1, np.int32)
    np.maximum.at(winner, pixel.ravel(), np.arange(pixel.size, dtype=np.int32))

    hit = np.flatnonzero(winner >= 0)
    sample = winner.take(hit)
    line = sample // np.int32(across)
    where = t.take(sample - line * np.int32(across))
    owner = stroke.take(line)
    s = share.take(line)
    # Bristles: long streaks along the stroke, each stroke cut from another place of the tile.
    u = (row.take(line) * np.float32(_SPACING * TILE / canvas.scale)).astype(np.int32)
    v = (where * half.take(owner) * np.float32(1.1 * TILE / canvas.scale)).astype(np.int32)
    offset = rng.integers(0, TILE, (n, 2)).astype(np.int32)
    streak = (
        noise("streaks")
        .ravel()
        .take(
            ((u + offset[:, 0].take(owner)) & (TILE - 1)) * np.int32(2 * TILE)
            + ((v + offset[:, 1].take(owner)) & (TILE - 1))
        )
    )
    tooth = canvas.tooth.ravel().take(hit)
    rim = np.abs(where)
    ends = np.maximum(2.0 * np.abs(s - 0.5), rim)
    load = 1.15 - hand.dryness * (0.35 + 1.1 * s)
    cover = np.clip(
        (load - 0.5 + 0.22 * streak * (hand.dryness * 2.0 + 0.15) + 0.35 * hand.grain * tooth) * 3.0, 0.0, 1.0
    )
    edge = np.clip((1.0 - rim) * half.take(owner) * 1.2 + 0.25, 0.0, 1.0)
    alpha = strokes.opacity * cover * edge
    shade = 1.0 + hand.bristle * 0.45 * streak
    if hand.rim > 0:
        shade -= hand.rim * np.clip((ends - 0.72) * 4.0, 0.0, 1.0)
    flat = canvas.colour.reshape(-1, 3)
    under = flat.take(hit, axis=0)
    new = colour.take(owner, axis=0) * shade[:, None]
    flat[hit] = under + alpha[:, None] * (new - under)
    ridge = 0.5 * streak * (0.25 + hand.bristle * 2.0) + 1.4 * (rim > 0.6) * (1.0 - s) + 0.8
    relief = canvas.height.ravel()
    below = relief.take(hit)
    relief[hit] = below + alpha * (hand.impasto * ridge + 0.35 * below - below)
