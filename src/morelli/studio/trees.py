"""Trees: round crowns, poplars, firs, bare branches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.studio.sketch import GRID, Habits, Light, Material, Patch, Sketch
from morelli.studio.texture import Field, window


def draw_trees(
    sketch: Sketch,
    kind: str,
    habits: Habits,
    horizon: float,
    base: float,
    shore: float,
    light: Light,
    rng: np.random.Generator,
) -> None:
    """Trees in groups, the farthest first; none stands in the water between the horizon and `shore`."""
    rough = window(rng, "clouds", GRID)
    fine = window(rng, "fibres", GRID)
    texture = np.asarray(rough * 0.7 + fine * 0.5, np.float32)
    bark = sketch.add(Material(0.32, 0.03, 55.0, 0.35))
    n = int(rng.integers(3, 10))
    side = float(rng.choice([-1, 1]))
    groups = 0.5 + side * (habits.balance * 2 + rng.uniform(0.05, 0.35)) * np.array([1.0, -0.9])
    feet = horizon + 0.01 + (0.96 - horizon) * rng.random(n) ** 2.6 * 0.75
    if rng.random() < 0.4:
        feet[0] = rng.uniform(0.82, 1.0)  # one great tree in front, at the edge
    for foot in np.sort(feet):
        if shore < 1.0 and horizon + 0.05 < foot < shore:
            foot = shore + 0.02
        great = foot > 0.82
        scale = habits.closeness * (0.09 + 1.0 * (foot - horizon)) * rng.uniform(0.75, 1.2)
        cx = float(rng.choice(groups, p=(0.65, 0.35))) + rng.normal(0, 0.13)
        if great:
            cx = 0.5 + side * rng.uniform(0.3, 0.48)
        depth = float(np.clip(1.0 - (foot - horizon) * 3.5, 0, 1))
        season = base + rng.normal(0, 9) if rng.random() < 0.85 else rng.uniform(50, 80)
        leaf = sketch.add(
            Material(0.4 + 0.14 * depth, 0.075 - 0.03 * depth, season + 25 * depth, 0.55, (0.1, season - 15))
        )
        sketch.spot(cx - np.sign(light[0]) * scale * 0.35, foot, scale * 0.5, scale * 0.07, -0.35)
        height = scale * {"round": 1.0, "poplars": 1.7, "firs": 1.4, "bare": 1.1}[kind]
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
        if kind == "round":
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
        elif kind == "poplars":
            _foliage(sketch, leaf, cx, foot - height * 0.55, scale * 0.17, height * 0.5, light, texture, 0.3)
        elif kind == "firs":
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
                4 if scale > 0.2 else 3,
            )


def _foliage(
    sketch: Sketch,
    leaf: int,
    cx: float,
    cy: float,
    rx: float,
    ry: float,
    light: Light,
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
