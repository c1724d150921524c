"""Portraits: head and shoulders before a ground."""

from __future__ import annotations

import numpy as np

from morelli.studio.face import Head, draw_face, draw_features
from morelli.studio.hair import draw_hairline, draw_hat, draw_long_hair, draw_skull
from morelli.studio.sitter import HAIR_COLOURS, PortraitPlan
from morelli.studio.sketch import GRID, Habits, Key, Light, Material, Patch, Sketch, curve, lambert, light_from
from morelli.studio.texture import window


def draw_portrait(plan: PortraitPlan, habits: Habits, rng: np.random.Generator) -> Sketch:
    """Draw the sitter, from the ground behind to the eyes."""
    key = (Key(75.0, 0.012, 0.0), Key(240.0, 0.008, 0.02), Key(60.0, 0.025, -0.05), Key(90.0, 0.005, 0.03))[
        int(rng.integers(4))
    ]
    sketch = Sketch("portrait", key=key)
    light = light_from(rng, habits)
    tall = 0.215 * habits.closeness * rng.uniform(0.88, 1.15)
    broad = tall * rng.uniform(0.71, 0.79)
    turn = float(rng.choice([-1, 1]) * rng.uniform(0.05, 0.38))
    hx = 0.5 - np.sign(turn) * habits.balance * 0.7 + rng.normal(0, 0.015)
    hy = 0.39 + 0.12 * (habits.horizon - 0.5) + rng.normal(0, 0.015)
    head = Head(float(hx), float(hy), tall, broad, turn, rng.normal(0, 0.05))
    skin = sketch.add  # substances of the sitter, in order
    _behind(sketch, light, rng)
    tan = rng.uniform(-0.12, 0.05)
    flesh = skin(Material(0.7 + tan, 0.062, rng.uniform(48, 62), 0.66, (0.05, 72.0)))
    blush = skin(Material(0.655 + tan, 0.08, 40.0, 0.62, (0.07, 58.0), contour=False))
    lips = skin(Material(0.5 + tan, 0.11, 24.0, 0.45))
    hair = skin(Material(*HAIR_COLOURS[plan.hair], 0.55))
    dark = skin(Material(0.2, 0.025, 40.0, 0.25))
    white = skin(Material(0.82, 0.012, 90.0, 0.5))
    if plan.long_hair:
        draw_long_hair(sketch, head, hair, light, rng)
    _body(sketch, head, plan, flesh, white, light, rng)
    draw_skull(sketch, head, hair, light, rng, 1.13)
    draw_face(sketch, head, flesh, blush, light)
    draw_features(sketch, head, plan, flesh, lips, hair, dark, white, light, rng)
    draw_hairline(sketch, head, hair, light, rng)
    if plan.hat != "none":
        draw_hat(sketch, head, plan, light, rng)
    return sketch


def _behind(sketch: Sketch, light: Light, rng: np.random.Generator) -> None:
    wall = sketch.add(Material(rng.uniform(0.28, 0.7), rng.uniform(0.01, 0.07), rng.uniform(0, 360), 0.45))
    cloud = window(rng, "clouds", GRID)
    # Behind the lit cheek the ground is dark, behind the shaded one light.
    lit = 0.45 - 0.4 * np.sign(light[0]) * (sketch.x - 0.5) + 0.1 * cloud - 0.15 * (sketch.y - 0.5)
    sketch.lay(
        sketch.box(0, 0, 1, 1),
        wall,
        lit,
        angle=rng.uniform(0.5, 1.2) + 0.7 * window(rng, "waves", GRID),
        hold=0.4,
        detail=0.0,
    )
    form = rng.random()
    if form < 0.25:  # a curtain
        drape = sketch.add(Material(rng.uniform(0.3, 0.5), rng.uniform(0.05, 0.12), rng.uniform(0, 360), 0.6))
        on_left = rng.random() < 0.5
        edge = rng.uniform(0.22, 0.34)
        patch = sketch.box(0 if on_left else 1 - edge, 0, edge if on_left else 1, 1)
        x, y = sketch.at(patch)
        folds = np.sin(x * rng.uniform(45, 80) + 2.5 * y + 0.5 * window(rng, "waves", GRID)[patch.rows, patch.columns])
        sketch.lay(patch, drape, 0.42 + 0.28 * folds, angle=np.pi / 2 - 0.08, hold=1.0, detail=0.15)
    elif form < 0.42:  # a window with a view
        left = float(rng.choice([0.02, 0.68]))
        air, land = (
            sketch.add(Material(0.76, 0.05, 240.0, 0.3, (0.04, 80.0))),
            sketch.add(Material(0.48, 0.06, 135.0, 0.4)),
        )
        view = sketch.box(left, 0.1, left + 0.3, 0.56)
        _, y = sketch.at(view)
        sketch.lay(view, air, 0.3 + 1.1 * (y - 0.1), angle=0.1, hold=0.5, detail=0.1)
        hills = Patch(view.rows, view.columns, y > 0.4 + 0.03 * window(rng, "waves", GRID)[view.rows, view.columns])
        sketch.lay(hills, land, 0.6 - 0.8 * (y - 0.4), angle=0.15, hold=0.5, detail=0.2)


def _body(
    sketch: Sketch, head: Head, plan: PortraitPlan, flesh: int, white: int, light: Light, rng: np.random.Generator
) -> None:
    dress = sketch.add(Material(*plan.dress, 0.55))
    b, a = head.broad, head.tall
    chin = head.y + a
    wide = b * (2.35 if plan.woman else 2.75) * rng.uniform(0.95, 1.08)
    lean = 0.25 * head.turn * b
    x, slope = head.x + lean, chin + 0.1 * a
    half = [
        [0.5 * b, chin - 0.06 * a],
        [1.0 * b, slope + 0.14 * a],
        [0.8 * wide, slope + 0.42 * a],
        [wide, slope + 0.95 * a],
        [1.08 * wide, 1.15],
    ]
    shape = np.concatenate([curve([[x + u, v] for u, v in half]), curve([[x - u, v] for u, v in half[::-1]])])
    patch = sketch.polygon(shape)
    u, v = sketch.local(patch, x, slope + 1.2 * a, wide, 1.6 * a)
    u = np.clip(u, -0.97, 0.97)
    folds = window(rng, "clouds", GRID)[patch.rows, patch.columns]
    creases = np.sin(9.0 * u + 4.0 * v * np.sign(u) + 2.0 * folds)
    lit = lambert(u * 0.9, np.clip(v * 0.35 - 0.2, -0.4, 0.4), light, 0.2) * 0.9 + 0.07 * creases + 0.05 * folds
    sketch.lay(patch, dress, lit, angle=np.pi / 2 - 0.7 * u + 0.3 * folds, hold=0.8, detail=0.15)
    # The neck, in the shadow of the chin.
    neck = sketch.polygon(
        [
            [head.x - 0.47 * b, head.y + 0.45 * a],
            [head.x + 0.47 * b, head.y + 0.45 * a],
            [x + 0.52 * b, slope + 0.14 * a],
            [x - 0.52 * b, slope + 0.14 * a],
        ]
    )
    u, v = sketch.local(neck, x, chin, 0.5 * b, 0.45 * a)
    lit = lambert(np.clip(u, -0.98, 0.98), np.zeros_like(u), light, 0.18) - 0.3 * np.exp(-(((v - 0.0) / 0.5) ** 2))
    sketch.lay(neck, flesh, lit, angle=0.3 * u, hold=0.7, detail=0.3)
    depth = slope + a * rng.uniform(0.45, 0.85)
    opening = [
        [x - 0.62 * b, slope + 0.02 * a],
        [x - 0.1 * b, depth],
        [x + 0.1 * b, depth],
        [x + 0.62 * b, slope + 0.02 * a],
    ]
    if plan.collar in ("open", "white"):
        vee = sketch.polygon(opening)
        u, v = sketch.local(vee, x, slope, 0.7 * b, a)
        sketch.lay(
            vee,
            flesh if plan.collar == "open" else white,
            0.62 + 0.25 * u * np.sign(light[0]) - 0.15 * v,
            angle=np.pi / 2 - 0.3 * u,
            hold=0.6,
            detail=0.3,
        )
        for side in (-1.0, 1.0):
            lapel = [
                [x + side * 0.5 * b, slope - 0.05 * a],
                [x + side * 0.95 * b, slope + 0.2 * a],
                [x + side * 0.35 * b, depth + 0.05 * a],
                [x + side * 0.06 * b, depth],
            ]
            sketch.lay(
                sketch.polygon(lapel),
                dress if plan.collar == "open" else white,
                0.55 + 0.3 * side * np.sign(light[0]),
                angle=np.pi / 2 + 0.5 * side,
                hold=0.9,
                detail=0.5,
            )
    elif plan.collar == "ruff":
        ruff = sketch.ellipse(x, slope + 0.02 * a, 1.15 * b, 0.3 * a)
        u, v = sketch.local(ruff, x, slope + 0.02 * a, 1.15 * b, 0.3 * a)
        around = np.arctan2(v, u)
        sketch.lay(
            Patch(ruff.rows, ruff.columns, ruff.mask & (v > -0.45)),
            white,
            0.66 + 0.25 * u * np.sign(light[0]) + 0.14 * np.sin(26 * around),
            angle=around,
            hold=1.0,
            detail=0.4,
        )
    elif plan.collar == "shawl":
        shawl = sketch.add(Material(rng.uniform(0.4, 0.8), rng.uniform(0.03, 0.12), rng.uniform(0, 360), 0.6))
        for side in (-1.0, 1.0):
            band = [
                [x + side * 0.6 * b, slope],
                [x + side * 1.6 * b, slope + 0.4 * a],
                [x + side * 1.5 * b, slope + 0.95 * a],
                [x - side * 0.15 * b, slope + 1.7 * a],
                [x - side * 0.1 * b, slope + 1.0 * a],
            ]
            piece = sketch.polygon(curve(band, closed=True))
            u, v = sketch.local(piece, x, slope, 1.6 * b, 1.5 * a)
            sketch.lay(
                piece,
                shawl,
                0.5 + 0.3 * side * np.sign(light[0]) + 0.18 * np.sin(14 * (u * side + v)),
                angle=np.pi / 2 + 0.7 * side,
                hold=1.0,
                detail=0.3,
            )
