"""Landscapes: sky, hills, fields, water, trees, houses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.studio.sketch import GRID, Habits, Key, Light, Material, Patch, Sketch, curve, light_from
from morelli.studio.texture import window
from morelli.studio.trees import draw_trees
from morelli.studio.water import draw_lake, draw_sea


@dataclass(frozen=True)
class LandscapePlan:
    """What a landscape will show."""

    hour: str
    water: str  # none, lake, sea
    house: bool
    trees: str
    title: str


_HOURS = ("Morning", "Noon", "Evening", "Grey Day", "Dusk")
_WOODS = {"round": "Oaks", "poplars": "Poplars", "firs": "Firs", "bare": "Bare Trees"}


def plan_landscape(rng: np.random.Generator) -> LandscapePlan:
    """Draw what to paint."""
    hour = str(rng.choice(_HOURS))
    water = str(rng.choice(["none", "none", "lake", "lake", "sea"]))
    house = bool(rng.random() < 0.5)
    trees = str(rng.choice(list(_WOODS)))
    place = {"none": "Hills", "lake": "Lake", "sea": "Sea"}[water]
    subjects = [f"The {place}", f"Boats on the {place}" if water == "sea" else _WOODS[trees]]
    subjects.append(f"Farm by the {place}" if house else f"{_WOODS[trees]} by the {place}")
    return LandscapePlan(hour, water, house, trees, f"{rng.choice(subjects)}, {hour}")


_SKIES = {
    "Morning": (Material(0.76, 0.06, 245.0, 0.34, (0.05, 60.0)), Key(70.0, 0.012, 0.03)),
    "Noon": (Material(0.76, 0.10, 245.0, 0.3, (0.03, 220.0)), Key(90.0, 0.006, 0.05)),
    "Evening": (Material(0.7, 0.05, 265.0, 0.4, (0.11, 65.0)), Key(60.0, 0.028, -0.03)),
    "Grey Day": (Material(0.74, 0.018, 240.0, 0.3, (0.015, 90.0)), Key(230.0, 0.008, -0.02)),
    "Dusk": (Material(0.56, 0.07, 270.0, 0.45, (0.11, 45.0)), Key(290.0, 0.018, -0.07)),
}


def _ridge(rng: np.random.Generator, height: float, rough: float) -> npt.NDArray[np.float32]:
    """Heights (GRID,) of a skyline about `height`, y down."""
    x = np.linspace(0, 1, GRID)
    line = np.zeros(GRID)
    for octave in range(1, 7):
        line += rng.normal() / octave**1.3 * np.sin(2 * np.pi * octave * 0.7 * x + rng.uniform(0, 2 * np.pi))
    return (height + rough * line).astype(np.float32)


def draw_landscape(plan: LandscapePlan, habits: Habits, rng: np.random.Generator) -> Sketch:
    """Draw it, from the sky to the foreground."""
    sky, key = _SKIES[plan.hour]
    sketch = Sketch("landscape", key=key)
    light = light_from(rng, habits)
    horizon = float(np.clip(habits.horizon + rng.normal(0, 0.05), 0.3, 0.72))
    _sky(sketch, sky, horizon, rng)
    base = rng.uniform(105, 135)
    far = int(rng.integers(1, 4))
    for k in range(far):
        depth = 1.0 - k / far  # 1 far away
        top = _ridge(rng, horizon - 0.04 * depth - 0.015, 0.02 + 0.025 * depth * rng.uniform(0.3, 1.4))
        material = sketch.add(Material(0.42 + 0.22 * depth, 0.035, base + (250 - base) * depth, 0.22))
        _land(sketch, top, material, light, rng, hold=0.7, detail=0.15)
    shore = 1.0
    if plan.water == "sea":
        shore = draw_sea(sketch, sky, horizon, habits, light, rng)
    grass = base + rng.normal(0, 10)
    meadow = sketch.add(Material(0.55, rng.uniform(0.05, 0.1), grass, 0.5, (0.09, rng.uniform(85, 115))))
    near = _ridge(rng, horizon + 0.015 if plan.water != "sea" else shore, 0.006 if plan.water != "sea" else 0.03)
    _land(sketch, near, meadow, light, rng, hold=0.8, detail=0.1)
    if plan.water == "lake":
        _hedges(sketch, horizon, base, rng)
        shore = draw_lake(sketch, sky, horizon, rng)
    elif plan.water == "none":
        _fields(sketch, horizon, base, rng)
        _hedges(sketch, horizon, base, rng)
        if rng.random() < 0.55:
            _path(sketch, horizon, rng)
    ground = shore if plan.water == "sea" else horizon
    if plan.house:
        side = float(rng.choice([-1, 1]))
        for k in range(int(rng.integers(1, 4))):
            cx = 0.5 + side * (habits.balance + rng.uniform(0.05, 0.2)) + 0.1 * k
            size = (0.07 if plan.water != "sea" else 0.1) * habits.closeness * rng.uniform(0.7, 1.25)
            _house(sketch, cx, ground + rng.uniform(0.01, 0.04), size, light, rng)
    draw_trees(sketch, plan.trees, habits, ground, base, shore if plan.water == "lake" else 1.0, light, rng)
    _foreground(sketch, base, rng)
    return sketch


def _sky(sketch: Sketch, sky: Material, horizon: float, rng: np.random.Generator) -> None:
    everything = sketch.box(0, 0, 1, 1)
    air = sketch.add(sky)
    sun = rng.uniform(0.1, 0.9)
    glow = np.exp(-(((sketch.x - sun) / 0.5) ** 2)) * 0.25
    light = 0.15 + 0.6 * np.clip(sketch.y / horizon, 0, 1) ** 1.4 + glow * np.clip(sketch.y / horizon, 0, 1)
    flow = window(rng, "waves", GRID)
    sketch.lay(everything, air, light, angle=0.35 * flow + rng.normal(0, 0.2), hold=0.7, detail=0.0)
    if rng.random() < 0.85:
        stretch = rng.uniform(1.4, 3.0)
        rows = np.clip(np.arange(GRID) * stretch, 0, 255).astype(int)
        cloud = window(rng, "clouds", 256)[rows][:, :GRID] + 0.4 * window(rng, "clouds", GRID)
        threshold = rng.uniform(0.1, 1.1)
        below = np.roll(cloud, 6, axis=0)
        mask = (cloud > threshold) & (sketch.y < horizon)
        white = sketch.add(Material(0.84, 0.015, sky.hue, 0.4, (0.03, sky.glow[1] if sky.glow else 80.0)))
        thick = np.clip((cloud - threshold) * 0.35, 0, 0.5)
        slope = np.arctan2(cloud - np.roll(cloud, 3, 1), 0.35)
        sketch.lay(
            Patch(slice(0, GRID), slice(0, GRID), mask),
            white,
            0.62 - 0.3 * thick + 0.28 * (cloud - below),
            angle=slope,
            hold=0.6,
            detail=0.1,
        )


def _land(
    sketch: Sketch,
    top: npt.NDArray[np.float32],
    material: int,
    light: Light,
    rng: np.random.Generator,
    *,
    hold: float,
    detail: float,
) -> None:
    first = max(int(top.min() * GRID) - 1, 0)
    patch = sketch.box(0, first / GRID, 1, 1)
    _, y = sketch.at(patch)
    mask = y > top[None, :]
    slope = np.gradient(top) * GRID
    relief = window(rng, "clouds", GRID)[patch.rows]
    depth = y - top[None, :]
    lit = (
        0.5
        - 0.35 * np.sign(light[0]) * slope[None, :] * np.exp(-depth * 6)
        + 0.09 * relief
        + 0.15 * np.exp(-depth * 12)
    )
    angle = np.arctan(slope)[None, :] * np.exp(-depth * 5) + 0.12 * relief
    sketch.lay(Patch(patch.rows, patch.columns, mask), material, lit, angle=angle, hold=hold, detail=detail)


def _fields(sketch: Sketch, horizon: float, base: float, rng: np.random.Generator) -> None:
    """Bands of crops that grow broader towards the viewer."""
    edge = horizon + 0.03
    while edge < 0.95 and rng.random() < 0.8:
        thick = (edge - horizon) * rng.uniform(0.3, 0.7) + 0.01
        tilt = rng.normal(0, 0.03)
        left, right = (-0.1, rng.uniform(0.3, 1.1)) if rng.random() < 0.5 else (rng.uniform(-0.1, 0.6), 1.1)
        top = curve([[left, edge], [(left + right) / 2, edge + tilt + rng.normal(0, 0.008)], [right, edge + tilt]])
        bottom = top[::-1] + np.array([0.0, thick])
        patch = sketch.polygon(np.concatenate([top, bottom]))
        field = sketch.add(Material(rng.uniform(0.5, 0.74), rng.uniform(0.05, 0.1), rng.uniform(75, base + 10), 0.4))
        relief = window(rng, "clouds", GRID)[patch.rows, patch.columns]
        sketch.lay(patch, field, 0.5 + 0.12 * relief, angle=np.float32(tilt) + 0.05 * relief, hold=0.9, detail=0.1)
        edge += thick * rng.uniform(1.0, 1.8)


def _hedges(sketch: Sketch, horizon: float, base: float, rng: np.random.Generator) -> None:
    """Bushes and far woods in ragged bands."""
    rough = window(rng, "clouds", GRID)
    for _ in range(int(rng.integers(1, 4))):
        foot = horizon + 0.02 + 0.08 * rng.random() ** 2
        high = (0.012 + 0.25 * (foot - horizon)) * rng.uniform(0.8, 1.6)
        left = rng.uniform(-0.3, 0.7)
        width = rng.uniform(0.25, 0.8)
        patch = sketch.box(max(left, 0), foot - 3 * high, min(left + width, 1), foot + 0.01)
        if not patch.mask.size:
            continue
        x, y = sketch.at(patch)
        noise = rough[patch.rows, patch.columns]
        fade = np.sin(np.clip((x - left) / width, 0, 1) * np.pi) ** 0.4
        top = foot - high * fade * (1.1 + 0.5 * rough[0, patch.columns][None, :])
        leaf = sketch.add(Material(rng.uniform(0.36, 0.5), 0.05, base + rng.normal(8, 10), 0.45))
        mask = (y > top) & (y < foot + 0.006 * noise)
        lit = 0.65 - 0.5 * (y - top) / high + 0.12 * noise
        sketch.lay(Patch(patch.rows, patch.columns, mask), leaf, lit, angle=np.pi / 2 + noise, hold=0.5, detail=0.25)


def _path(sketch: Sketch, horizon: float, rng: np.random.Generator) -> None:
    """A path that winds widely far off and broadens towards the viewer."""
    end, start, bend = rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.9), rng.normal(0, 0.22)
    t = np.linspace(0, 1, 11)
    middle = end + bend * np.sin(t * np.pi * 1.6) * (1 - 0.5 * t) + (start - end) * t
    y = horizon + 0.03 + (1.05 - horizon) * t**2.0
    half = 0.003 + 0.1 * t**2.0
    left, right = curve(np.stack([middle - half, y], -1)), curve(np.stack([middle + half, y], -1))
    patch = sketch.polygon(np.concatenate([left, right[::-1]]))
    earth = sketch.add(Material(0.68, 0.045, rng.uniform(60, 90), 0.35))
    turn = np.interp(sketch.at(patch)[1], y, np.arctan2(np.gradient(y), np.gradient(middle)))
    relief = window(rng, "clouds", GRID)[patch.rows, patch.columns]
    sketch.lay(patch, earth, 0.55 + 0.1 * relief, angle=turn, hold=0.8, detail=0.15)


def _house(sketch: Sketch, cx: float, foot: float, size: float, light: Light, rng: np.random.Generator) -> None:
    w, h = size * rng.uniform(0.9, 1.3), size * rng.uniform(0.6, 0.9)
    flank = size * rng.uniform(0.5, 1.0) * (1 if light[0] < 0 else -1)
    wall = sketch.add(Material(rng.uniform(0.72, 0.9), rng.uniform(0.01, 0.05), rng.uniform(40, 95), 0.5))
    roof = sketch.add(Material(rng.uniform(0.42, 0.56), rng.uniform(0.05, 0.12), rng.uniform(25, 55), 0.4))
    dark = sketch.add(Material(0.25, 0.02, 260.0, 0.2))
    x0, x1, top, peak = cx - w / 2, cx + w / 2, foot - h, foot - h * 1.75
    far = x1 if flank > 0 else x0
    sketch.lay(
        sketch.polygon([[far, foot], [far + flank, foot - 0.08 * h], [far + flank, top], [far, top]]),
        wall,
        0.15,
        angle=np.pi / 2,
        hold=0.9,
        detail=0.7,
    )
    sketch.lay(
        sketch.polygon([[far, top], [cx, peak], [cx + flank, peak + 0.05 * h], [far + flank, top]]),
        roof,
        0.35,
        angle=1.1 * np.sign(flank),
        hold=0.9,
        detail=0.7,
    )
    sketch.lay(
        sketch.polygon([[x0, foot], [x0, top], [cx, peak], [x1, top], [x1, foot]]),
        wall,
        0.85,
        angle=np.pi / 2,
        hold=0.9,
        detail=0.8,
    )
    for k in (-0.24, 0.24):
        sketch.lay(
            sketch.box(cx + (k - 0.07) * w, top + 0.15 * h, cx + (k + 0.07) * w, top + 0.5 * h),
            dark,
            0.4,
            angle=np.pi / 2,
            detail=0.9,
        )
    if rng.random() < 0.4:
        sketch.lay(
            sketch.box(cx + 0.15 * w, peak - 0.1 * h, cx + 0.27 * w, peak + 0.35 * h),
            roof,
            0.3,
            angle=np.pi / 2,
            detail=0.7,
        )


def _foreground(sketch: Sketch, base: float, rng: np.random.Generator) -> None:
    """Grass and shadow that close the picture below."""
    if rng.random() < 0.4:
        top = _ridge(rng, rng.uniform(0.88, 0.98), 0.02)
        grass = sketch.add(Material(0.42, 0.07, base + rng.normal(0, 8), 0.5, (0.09, base - 15)))
        first = max(int(top.min() * GRID) - 6, 0)
        patch = sketch.box(0, first / GRID, 1, 1)
        blades = window(rng, "streaks", GRID)[patch.rows]
        _, y = sketch.at(patch)
        mask = y > top[None, :] + 0.005 * blades + 0.02 * window(rng, "clouds", GRID)[patch.rows]
        angle = np.pi / 2 + 0.35 * window(rng, "waves", GRID)[patch.rows]
        lit = 0.5 + 0.16 * blades - 0.8 * (y - 0.9)
        sketch.lay(Patch(patch.rows, patch.columns, mask), grass, lit, angle=angle, hold=1.0, detail=0.1)
    for _ in range(int(rng.integers(0, 3))):
        sketch.spot(rng.uniform(0, 1), rng.uniform(0.8, 1.0), rng.uniform(0.15, 0.4), rng.uniform(0.03, 0.08), -0.25)
