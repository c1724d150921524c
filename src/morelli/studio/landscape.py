"""Landscapes: sky, hills, fields, water, trees, houses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.studio.sketch import GRID, Habits, Key, Material, Patch, Sketch, curve, light_from
from morelli.studio.texture import Field, window


@dataclass(frozen=True)
class LandscapePlan:
    """What a landscape will show."""

    hour: str
    water: bool
    house: bool
    trees: str
    title: str


_HOURS = ("Morning", "Noon", "Evening", "Grey Day", "Dusk")


def plan_landscape(rng: np.random.Generator) -> LandscapePlan:
    """Draw what to paint."""
    hour = str(rng.choice(_HOURS))
    water, house = bool(rng.random() < 0.45), bool(rng.random() < 0.5)
    trees = str(rng.choice(["round", "poplars", "firs", "bare"]))
    wood = {"round": "Oaks", "poplars": "Poplars", "firs": "Firs", "bare": "Bare Trees"}[trees]
    place = "Lake" if water else "Hills"
    subject = str(
        rng.choice(
            [
                f"{wood} by the {place}",
                f"Farm by the {place}" if house else f"{wood} and {place}",
                f"The {place}",
                f"{wood}",
            ]
        )
    )
    return LandscapePlan(hour, water, house, trees, f"{subject}, {hour}")


_SKIES = {
    "Morning": (Material(0.76, 0.06, 245.0, 0.34, (0.05, 60.0)), Key(70.0, 0.012, 0.03)),
    "Noon": (Material(0.76, 0.10, 245.0, 0.3, (0.03, 220.0)), Key(90.0, 0.006, 0.05)),
    "Evening": (Material(0.7, 0.05, 265.0, 0.4, (0.11, 65.0)), Key(60.0, 0.028, -0.03)),
    "Grey Day": (Material(0.74, 0.018, 240.0, 0.3, (0.015, 90.0)), Key(230.0, 0.008, -0.02)),
    "Dusk": (Material(0.5, 0.07, 275.0, 0.45, (0.12, 40.0)), Key(290.0, 0.022, -0.12)),
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
    near = _ridge(rng, horizon + 0.015, 0.006)
    meadow = sketch.add(
        Material(0.55, rng.uniform(0.05, 0.1), base + rng.normal(0, 10), 0.5, (0.09, rng.uniform(85, 115)))
    )
    _land(sketch, near, meadow, light, rng, hold=0.8, detail=0.1)
    _fields(sketch, horizon, base, rng)
    shore = 1.0
    if plan.water:
        shore = _water(sketch, sky, horizon, rng)
    elif rng.random() < 0.6:
        _path(sketch, horizon, rng)
    if plan.house:
        side = float(rng.choice([-1, 1]))
        for k in range(int(rng.integers(1, 4))):
            _house(
                sketch,
                0.5 + side * (habits.balance + rng.uniform(0.05, 0.2)) + 0.1 * k,
                horizon + rng.uniform(0.0, 0.035),
                0.07 * habits.closeness * rng.uniform(0.7, 1.25),
                light,
                rng,
            )
    _trees(sketch, plan, habits, horizon, base, shore, light, rng)
    _foreground(sketch, base, light, rng)
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
    light: tuple[float, float, float],
    rng: np.random.Generator,
    *,
    hold: float,
    detail: float,
) -> None:
    first = max(int(top.min() * GRID) - 1, 0)
    patch = sketch.box(0, first / GRID, 1, 1)
    x, y = sketch.at(patch)
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
        bottom = top[::-1] + (0, thick)
        patch = sketch.polygon(np.concatenate([top, bottom]))
        field = sketch.add(Material(rng.uniform(0.5, 0.74), rng.uniform(0.05, 0.1), rng.uniform(75, base + 10), 0.4))
        relief = window(rng, "clouds", GRID)[patch.rows, patch.columns]
        sketch.lay(patch, field, 0.5 + 0.12 * relief, angle=np.float32(tilt) + 0.05 * relief, hold=0.9, detail=0.1)
        edge += thick * rng.uniform(1.0, 1.8)


def _water(sketch: Sketch, sky: Material, horizon: float, rng: np.random.Generator) -> float:
    top = horizon + rng.uniform(0.04, 0.09)
    bottom = top + rng.uniform(0.12, 0.3)
    n = 9
    xs = np.linspace(-0.1, 1.1, n)
    sway = rng.normal(0, 0.012, n)
    tilt = rng.normal(0, 0.12)
    shape = np.concatenate(
        [
            curve(np.stack([xs, top + 0.3 * sway], -1)),
            curve(np.stack([xs[::-1], bottom + tilt * (xs - 0.5) + 2.0 * sway], -1)),
        ]
    )
    patch = sketch.polygon(shape)
    rows = np.arange(patch.rows.start, patch.rows.stop)
    mirror = np.clip((2 * top * GRID - rows).astype(int), 0, GRID - 1)
    water = sketch.add(Material(sky.lightness - 0.06, sky.chroma * 0.9 + 0.01, sky.hue - 8, sky.span, sky.glow))
    dark = sketch.add(Material(0.36, 0.03, 170.0, 0.3))
    ripple = window(rng, "streaks", GRID).T[patch.rows, patch.columns]
    reflected_label = sketch.label[mirror][:, patch.columns]
    reflected = sketch.light[mirror][:, patch.columns]
    land = (reflected_label > 1) & (ripple < 1.2)
    sketch.lay(patch, water, reflected * 0.85 + 0.06 + 0.07 * ripple, angle=0.0, hold=1.4, detail=0.15)
    sketch.lay(
        Patch(patch.rows, patch.columns, patch.mask & land),
        dark,
        reflected * 0.8 + 0.1 * ripple,
        angle=0.0,
        hold=1.4,
        detail=0.2,
    )
    return bottom


def _path(sketch: Sketch, horizon: float, rng: np.random.Generator) -> None:
    end, bend = rng.uniform(0.25, 0.75), rng.normal(0, 0.14)
    t = np.linspace(0, 1, 9)
    middle = end + bend * np.sin(t * np.pi * 1.3) + (rng.uniform(0.3, 0.7) - end) * t**1.5
    y = horizon + 0.02 + (1.05 - horizon) * t**1.6
    half = 0.004 + 0.11 * t**1.7
    left, right = curve(np.stack([middle - half, y], -1)), curve(np.stack([middle + half, y], -1))
    patch = sketch.polygon(np.concatenate([left, right[::-1]]))
    earth = sketch.add(Material(0.7, 0.045, rng.uniform(55, 85), 0.35))
    turn = np.interp(sketch.at(patch)[1], y, np.arctan2(np.gradient(y), np.gradient(middle)))
    sketch.lay(
        patch,
        earth,
        0.6 + 0.1 * window(rng, "clouds", GRID)[patch.rows, patch.columns],
        angle=turn,
        hold=0.8,
        detail=0.2,
    )


def _house(
    sketch: Sketch, cx: float, foot: float, size: float, light: tuple[float, float, float], rng: np.random.Generator
) -> None:
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


def _foliage(
    sketch: Sketch,
    leaf: int,
    cx: float,
    cy: float,
    rx: float,
    ry: float,
    light: tuple[float, float, float],
    rough: Field,
    tilt: float,
) -> None:
    frame = sketch.ellipse(cx, cy, rx * 1.25, ry * 1.25)
    if not frame.mask.size:
        return
    u, v = sketch.local(frame, cx, cy, rx, ry)
    noise = rough[frame.rows, frame.columns]
    radius = u * u + v * v + 0.28 * noise
    facing = 0.42 + 0.42 * (u * light[0] + v * light[1]) + 0.16 * noise
    angle = np.arctan2(v, u) + np.pi / 2 + tilt
    sketch.lay(Patch(frame.rows, frame.columns, radius < 1.0), leaf, facing, angle=angle, hold=0.6, detail=0.35)


def _trees(
    sketch: Sketch,
    plan: LandscapePlan,
    habits: Habits,
    horizon: float,
    base: float,
    shore: float,
    light: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    rough = window(rng, "clouds", GRID)
    fine = window(rng, "fibres", GRID)
    texture = np.asarray(rough * 0.7 + fine * 0.5, np.float32)
    bark = sketch.add(Material(0.32, 0.03, 55.0, 0.35))
    n = int(rng.integers(3, 9))
    side = float(rng.choice([-1, 1]))
    feet = np.sort(horizon + rng.uniform(0.01, 0.3, n) ** 1.3 * 0.9)
    for foot in feet:
        if shore < 1.0 and horizon + 0.05 < foot < shore:
            foot = shore + 0.02
        scale = habits.closeness * (0.09 + 1.0 * (foot - horizon)) * rng.uniform(0.75, 1.2)
        cx = 0.5 + side * (habits.balance * 2 + abs(rng.normal(0, 0.26))) * (1 if rng.random() < 0.7 else -1)
        depth = float(np.clip(1.0 - (foot - horizon) * 3.5, 0, 1))
        season = base + rng.normal(0, 9) if rng.random() < 0.85 else rng.uniform(50, 80)
        leaf = sketch.add(
            Material(0.4 + 0.14 * depth, 0.075 - 0.03 * depth, season + 25 * depth, 0.55, (0.1, season - 15))
        )
        sketch.spot(cx - np.sign(light[0]) * scale * 0.35, foot, scale * 0.5, scale * 0.07, -0.35)
        height = scale * {"round": 1.0, "poplars": 1.7, "firs": 1.4, "bare": 1.1}[plan.trees]
        trunk = 0.035 * scale + 0.002
        lean = rng.normal(0, 0.05) * scale
        stem = sketch.polygon(
            [
                [cx - trunk, foot],
                [cx - trunk * 0.5 + lean, foot - height * 0.8],
                [cx + trunk * 0.5 + lean, foot - height * 0.8],
                [cx + trunk, foot],
            ]
        )
        sketch.lay(stem, bark, 0.4, angle=np.pi / 2, hold=1.0, detail=0.5)
        if plan.trees == "round":
            for _ in range(int(rng.integers(4, 8))):
                _foliage(
                    sketch,
                    leaf,
                    cx + lean + rng.normal(0, 0.2) * scale,
                    foot - height * rng.uniform(0.5, 0.85),
                    scale * rng.uniform(0.18, 0.3),
                    scale * rng.uniform(0.14, 0.24),
                    light,
                    texture,
                    0.0,
                )
        elif plan.trees == "poplars":
            _foliage(sketch, leaf, cx, foot - height * 0.55, scale * 0.17, height * 0.5, light, texture, 0.3)
        elif plan.trees == "firs":
            for k in range(4):
                y, half = foot - height * (0.15 + 0.2 * k), scale * (0.3 - 0.065 * k)
                patch = sketch.polygon([[cx - half, y], [cx, y - height * 0.34], [cx + half, y]])
                if patch.mask.size:
                    x, _ = sketch.at(patch)
                    sketch.lay(
                        patch,
                        leaf,
                        0.4 + 0.4 * light[0] * (x - cx) / half + 0.1 * texture[patch.rows, patch.columns],
                        angle=np.pi / 2 - 0.5 * (x - cx) / half,
                        hold=0.9,
                        detail=0.4,
                    )
        else:
            _branches(
                sketch,
                bark,
                np.array([cx + lean * 0.5, foot - height * 0.45]),
                -np.pi / 2,
                height * 0.32,
                trunk * 0.8,
                rng,
                4,
            )


def _branches(
    sketch: Sketch,
    bark: int,
    start: npt.NDArray[np.float64],
    heading: float,
    length: float,
    half: float,
    rng: np.random.Generator,
    depth: int,
) -> None:
    end = start + length * np.array([np.cos(heading), np.sin(heading)])
    normal = max(half, 0.0022) * np.array([-np.sin(heading), np.cos(heading)])
    sketch.lay(
        sketch.polygon([start - normal, end - 0.6 * normal, end + 0.6 * normal, start + normal]),
        bark,
        0.4,
        angle=heading,
        hold=1.0,
        detail=0.5,
    )
    if depth:
        for turn in (-0.5, 0.45):
            _branches(
                sketch,
                bark,
                end,
                heading + turn + rng.normal(0, 0.18),
                length * rng.uniform(0.6, 0.85),
                half * 0.65,
                rng,
                depth - 1,
            )


def _foreground(sketch: Sketch, base: float, light: tuple[float, float, float], rng: np.random.Generator) -> None:
    """Grass and shadow that close the picture below."""
    if rng.random() < 0.7:
        top = _ridge(rng, rng.uniform(0.87, 0.95), 0.012)
        grass = sketch.add(Material(0.4, 0.07, base + rng.normal(0, 8), 0.5, (0.09, base - 15)))
        first = max(int(top.min() * GRID) - 1, 0)
        patch = sketch.box(0, first / GRID, 1, 1)
        blades = window(rng, "streaks", GRID)[patch.rows]
        _, y = sketch.at(patch)
        mask = y > top[None, :] + 0.008 * blades
        sketch.lay(
            Patch(patch.rows, patch.columns, mask),
            grass,
            0.42 + 0.16 * blades - 0.8 * (y - 0.9),
            angle=np.pi / 2 + 0.25 * window(rng, "waves", GRID)[patch.rows],
            hold=1.0,
            detail=0.2,
        )
    for _ in range(int(rng.integers(0, 3))):
        sketch.spot(rng.uniform(0, 1), rng.uniform(0.8, 1.0), rng.uniform(0.15, 0.4), rng.uniform(0.03, 0.08), -0.25)
