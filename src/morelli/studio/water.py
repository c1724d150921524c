"""Water: lakes that mirror what stands behind them, the sea and its boats."""

from __future__ import annotations

import numpy as np

from morelli.studio.sketch import GRID, Habits, Light, Material, Patch, Sketch, curve
from morelli.studio.texture import window


def draw_lake(sketch: Sketch, sky: Material, horizon: float, rng: np.random.Generator) -> float:
    """Returns the height of the near shore."""
    top = horizon + rng.uniform(0.04, 0.09)
    bottom = top + rng.uniform(0.14, 0.34)
    n = 9
    left, right = (-0.1, 1.1) if rng.random() < 0.6 else (rng.uniform(-0.1, 0.2), rng.uniform(0.75, 1.1))
    xs = np.linspace(left, right, n)
    sway, tilt = rng.normal(0, 0.012, n), rng.normal(0, 0.12)
    round_off = np.sin(np.clip((xs - left) / (right - left), 0.02, 0.98) * np.pi) ** 0.6  # its shores meet at the ends
    near = top + 0.3 * sway + (bottom + tilt * (xs - 0.5) + 2.0 * sway - top) * round_off
    shape = [curve(np.stack([xs, top + 0.3 * sway], -1)), curve(np.stack([xs, near], -1)[::-1])]
    _mirrored(sketch, sky, sketch.polygon(np.concatenate(shape)), top, rng.uniform(0.03, 0.1), rng)
    return bottom


def draw_sea(
    sketch: Sketch,
    sky: Material,
    horizon: float,
    habits: Habits,
    light: Light,
    rng: np.random.Generator,
) -> float:
    """Water as far as the horizon, with boats; returns the height of the shore."""
    _mirrored(sketch, sky, sketch.box(0, horizon, 1, 1), horizon, 0.02, rng)
    sail = sketch.add(Material(rng.uniform(0.6, 0.88), rng.uniform(0.01, 0.1), rng.uniform(20, 100), 0.5))
    hull = sketch.add(Material(0.32, rng.uniform(0.02, 0.09), rng.uniform(0, 360), 0.4))
    side = float(rng.choice([-1, 1]))
    for _ in range(int(rng.integers(1, 5))):
        near = rng.random() ** 1.6
        y = horizon + 0.015 + 0.2 * near
        s = habits.closeness * (0.035 + 0.15 * near)
        x = 0.5 + side * habits.balance + rng.normal(0, 0.25)
        to = float(np.sign(light[0]))
        sketch.spot(x, y + 0.35 * s, 0.6 * s, 0.5 * s, -0.25)
        boat = curve(
            [
                [x - 0.55 * s, y - 0.12 * s],
                [x - 0.4 * s, y + 0.1 * s],
                [x + 0.4 * s, y + 0.1 * s],
                [x + 0.6 * s, y - 0.14 * s],
            ]
        )
        sketch.lay(sketch.polygon(boat), hull, 0.45, angle=0.0, hold=1.0, detail=0.6)
        main = [[x - 0.03 * s, y - 1.35 * s], [x - 0.48 * s, y - 0.2 * s], [x - 0.03 * s, y - 0.2 * s]]
        jib = [[x + 0.03 * s, y - 1.15 * s], [x + 0.03 * s, y - 0.22 * s], [x + 0.45 * s, y - 0.22 * s]]
        sketch.lay(sketch.polygon(main), sail, 0.65 - 0.2 * to, angle=1.9, hold=1.0, detail=0.6)
        sketch.lay(sketch.polygon(jib), sail, 0.65 + 0.2 * to, angle=1.25, hold=1.0, detail=0.6)
    return rng.uniform(0.78, 0.92)


def _mirrored(sketch: Sketch, sky: Material, patch: Patch, top: float, reach: float, rng: np.random.Generator) -> None:
    """Water in a patch: what stands above the line `top` mirrored in it as far as `reach`, and the sky beyond."""
    rows = np.arange(patch.rows.start, patch.rows.stop)
    mirror = np.clip((2 * top * GRID - rows).astype(int), 0, GRID - 1)
    water = sketch.add(Material(sky.lightness - 0.06, sky.chroma * 0.9 + 0.01, sky.hue - 8, sky.span, sky.glow))
    dark = sketch.add(Material(0.4, 0.035, 160.0, 0.35))
    ripple = window(rng, "streaks", GRID).T[patch.rows, patch.columns]
    above, light = sketch.label[mirror][:, patch.columns], sketch.light[mirror][:, patch.columns]
    _, y = sketch.at(patch)
    land = (above > 1) & (y - top + 0.02 * ripple < reach)
    lit = light * 0.8 + 0.08 + 0.09 * ripple
    sketch.lay(
        patch, water, np.where(above > 1, 0.5 + 0.3 * (y - top) + 0.09 * ripple, lit), angle=0.0, hold=1.4, detail=0.15
    )
    sketch.lay(Patch(patch.rows, patch.columns, patch.mask & land), dark, lit, angle=0.0, hold=1.4, detail=0.15)
