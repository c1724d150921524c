"""Hair and hats."""

from __future__ import annotations

import numpy as np

from morelli.studio.face import Head
from morelli.studio.sitter import PortraitPlan
from morelli.studio.sketch import GRID, Light, Material, Patch, Sketch, curve, lambert
from morelli.studio.texture import Field, window


def draw_skull(sketch: Sketch, head: Head, hair: int, light: Light, rng: np.random.Generator, size: float) -> None:
    """The mass of hair behind the face."""
    cx, cy, rx, ry = (
        head.x - 0.12 * head.turn * head.broad,
        head.y - 0.12 * head.tall,
        head.broad * size,
        head.tall * 1.02,
    )
    patch = sketch.ellipse(cx, cy, rx, ry, head.tilt)
    u, v = sketch.local(patch, cx, cy, rx, ry, head.tilt)
    sketch.lay(patch, hair, lambert(u, v, light, 0.15), angle=np.arctan2(v + 0.6, u) + np.pi / 2, hold=1.0, detail=0.4)


def draw_long_hair(sketch: Sketch, head: Head, hair: int, light: Light, rng: np.random.Generator) -> None:
    """Hair that falls behind the shoulders."""
    reach = rng.uniform(1.15, 1.9)
    wide = rng.uniform(1.2, 1.42)
    right = [[1.0, -0.6], [wide, 0.1], [wide * 0.98, 0.7], [wide * 0.9, reach]]
    shape = np.array([[0, -1.1], *right, [0, reach * 0.9], *[[-x, y] for x, y in right[::-1]]]) * (
        head.broad,
        head.tall,
    ) + (head.x, head.y)
    patch = sketch.polygon(curve(shape, closed=True))
    u, _ = sketch.local(patch, head.x, head.y, head.broad * wide, head.tall * 2)
    strands = window(rng, "streaks", GRID)[patch.rows, patch.columns]
    sketch.lay(
        patch,
        hair,
        0.42 + 0.3 * u * np.sign(light[0]) + 0.1 * strands,
        angle=np.pi / 2 - 0.35 * u,
        hold=1.1,
        detail=0.3,
    )


def draw_hairline(sketch: Sketch, head: Head, hair: int, light: Light, rng: np.random.Generator) -> None:
    """The hair over the brow and the temples."""
    cx, cy, rx, ry = head.x, head.y - 0.1 * head.tall, head.broad * 1.1, head.tall * 1.06
    patch = sketch.ellipse(cx, cy, rx, ry, head.tilt)
    u, v = sketch.local(patch, head.x, head.y, head.broad, head.tall, head.tilt)
    part = rng.uniform(-0.5, 0.5)
    centre = u - 0.75 * head.turn
    line = (
        -0.72
        + 0.62 * np.abs(centre) ** 2.6
        + 0.08 * np.cos(6.0 * (centre - part))
        + 0.05 * window(rng, "waves", GRID)[patch.rows, patch.columns]
    )
    low = rng.uniform(0.05, 0.4)
    mask = patch.mask & (v < np.minimum(line, low))
    strands = window(rng, "streaks", GRID)[patch.rows, patch.columns]
    lit = lambert(np.clip(u / 1.15, -0.97, 0.97), np.clip(v / 1.2, -0.97, 0.97), light, 0.12) + 0.1 * strands
    sketch.lay(
        Patch(patch.rows, patch.columns, mask),
        hair,
        lit,
        angle=np.arctan2(v + 0.75, u - part) + np.pi / 2,
        hold=1.1,
        detail=0.4,
    )


def draw_hat(sketch: Sketch, head: Head, plan: PortraitPlan, light: Light, rng: np.random.Generator) -> None:
    """What the sitter wears on the head."""
    felt = sketch.add(Material(rng.uniform(0.22, 0.7), rng.uniform(0.01, 0.08), rng.uniform(0, 360), 0.55))
    a, b = head.tall, head.broad

    def lit(patch: Patch, cx: float, cy: float, rx: float, ry: float) -> Field:
        u, v = sketch.local(patch, cx, cy, rx, ry)
        return lambert(np.clip(u, -0.97, 0.97) * 0.95, np.clip(v, -0.97, 0.97) * 0.6, light, 0.15)

    if plan.hat == "scarf":
        shape = [
            [0, -1.16],
            [0.75, -0.98],
            [1.12, -0.4],
            [1.1, 0.3],
            [0.85, 0.95],
            [0.72, 0.6],
            [0.88, 0.0],
            [0.72, -0.45],
            [0, -0.62],
            [-0.72, -0.45],
            [-0.88, 0.0],
            [-0.72, 0.6],
            [-0.85, 0.95],
            [-1.1, 0.3],
            [-1.12, -0.4],
            [-0.75, -0.98],
        ]
        patch = sketch.polygon(curve(np.array(shape) * (b, a) + (head.x, head.y), closed=True))
        u, v = sketch.local(patch, head.x, head.y, b, a)
        sketch.lay(
            patch,
            felt,
            lit(patch, head.x, head.y, 1.2 * b, 1.3 * a) + 0.06 * np.sin(8 * v + 5 * u),
            angle=np.arctan2(v, u) + np.pi / 2,
            hold=1.0,
            detail=0.3,
        )
        return
    top = head.y - 0.62 * a
    if plan.hat == "beret":
        patch = sketch.ellipse(
            head.x + 0.25 * b * rng.choice([-1, 1]), top - 0.2 * a, 1.35 * b, 0.42 * a, rng.normal(0, 0.15)
        )
        sketch.lay(patch, felt, lit(patch, head.x, top - 0.2 * a, 1.4 * b, 0.45 * a), angle=0.2, hold=0.8, detail=0.3)
        return
    crown = sketch.polygon(
        curve(
            [
                [head.x - 0.98 * b, top + 0.02 * a],
                [head.x - 0.9 * b, top - 0.5 * a],
                [head.x, top - 0.68 * a],
                [head.x + 0.9 * b, top - 0.5 * a],
                [head.x + 0.98 * b, top + 0.02 * a],
            ],
            closed=True,
        )
    )
    sketch.lay(
        crown, felt, lit(crown, head.x, top - 0.2 * a, 1.05 * b, 0.8 * a), angle=np.pi / 2 - 0.2, hold=0.8, detail=0.3
    )
    wide = 1.75 if plan.hat == "brim" else 1.12
    sketch.spot(head.x, top + 0.3 * a, b * 1.0, 0.3 * a, -0.35)
    brim = sketch.ellipse(
        head.x + 0.1 * head.turn * b, top + 0.04 * a, wide * b, (0.24 if plan.hat == "brim" else 0.16) * a, head.tilt
    )
    _, v = sketch.local(brim, head.x, top + 0.04 * a, wide * b, 0.24 * a)
    sketch.lay(brim, felt, 0.5 - 0.4 * v, angle=head.tilt, hold=1.0, detail=0.4)
