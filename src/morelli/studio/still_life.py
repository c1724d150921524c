"""Still lifes: a table, a cloth, vessels, fruit, flowers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.studio.sketch import GRID, Habits, Key, Light, Material, Patch, Sketch, curve, lambert, light_from
from morelli.studio.texture import window


@dataclass(frozen=True)
class StillLifePlan:
    """What a still life will show: vessels from the tallest to the smallest, then fruit."""

    vessels: tuple[str, ...]
    fruit: tuple[str, ...]
    cloth: bool
    title: str


_FRUIT = {
    "Apples": (Material(0.56, 0.15, 28.0, 0.6, (0.11, 70.0)), 1.0),
    "Pears": (Material(0.68, 0.11, 105.0, 0.55, (0.1, 85.0)), 1.45),
    "Lemons": (Material(0.8, 0.14, 98.0, 0.5), 0.8),
    "Oranges": (Material(0.68, 0.16, 58.0, 0.55), 1.0),
    "Plums": (Material(0.36, 0.09, 310.0, 0.5, (0.05, 270.0)), 0.95),
    "Peaches": (Material(0.72, 0.11, 45.0, 0.5, (0.1, 80.0)), 1.0),
}
_VESSELS = ("Bottle", "Jug", "Bowl", "Vase of Flowers", "Cup", "Jar")


def plan_still_life(rng: np.random.Generator) -> StillLifePlan:
    """Draw what to paint."""
    vessels = tuple(str(v) for v in rng.choice(_VESSELS, int(rng.integers(1, 4)), replace=False))
    fruit = tuple(str(f) for f in rng.choice(list(_FRUIT), int(rng.integers(1, 3)), replace=False))
    title = str(
        rng.choice(
            [
                f"{vessels[0]} and {fruit[0]}",
                f"Still Life with {fruit[0]}",
                f"Still Life with {vessels[0]}",
                f"{fruit[0]} on a Table",
            ]
        )
    )
    return StillLifePlan(vessels, fruit, bool(rng.random() < 0.6), title)


def draw_still_life(plan: StillLifePlan, habits: Habits, rng: np.random.Generator) -> Sketch:
    """Draw it, from the wall to the fruit in front."""
    key = (Key(75.0, 0.015, 0.0), Key(240.0, 0.01, 0.02), Key(60.0, 0.025, -0.06))[int(rng.integers(3))]
    sketch = Sketch("still life", key=key)
    light = light_from(rng, habits)
    edge = float(np.clip(0.56 + 0.5 * (habits.horizon - 0.5) + rng.normal(0, 0.03), 0.46, 0.68))
    _room(sketch, edge, light, rng)
    if plan.cloth:
        _cloth(sketch, edge, light, rng)
    scale = habits.closeness * rng.uniform(0.9, 1.15)
    n = len(plan.vessels)
    side = float(rng.choice([-1, 1]))
    places = 0.5 + side * habits.balance + (np.arange(n) - (n - 1) / 2) * 0.25 * scale + rng.normal(0, 0.025, n)
    feet = edge + rng.uniform(0.07, 0.17, n)
    for k in np.argsort(feet):
        _vessel(sketch, plan.vessels[k], float(places[k]), float(feet[k]), scale, light, rng)
    count = int(rng.integers(3, 8))
    at = np.stack([0.5 - side * habits.balance + rng.normal(0, 0.17, count), edge + rng.uniform(0.15, 0.3, count)], -1)
    colours = {name: sketch.add(_FRUIT[name][0]) for name in plan.fruit}
    for x, foot in at[np.argsort(at[:, 1])]:
        name = plan.fruit[int(rng.integers(len(plan.fruit)))]
        _fruit(sketch, name, colours[name], float(x), float(foot), 0.062 * scale * rng.uniform(0.85, 1.2), light, rng)
    return sketch


def _room(sketch: Sketch, edge: float, light: Light, rng: np.random.Generator) -> None:
    wall = sketch.add(Material(rng.uniform(0.34, 0.72), rng.uniform(0.01, 0.07), rng.uniform(0, 360), 0.45))
    cloud = window(rng, "clouds", GRID)
    lit = 0.45 + 0.4 * np.sign(light[0]) * (sketch.x - 0.5) + 0.25 * (sketch.y - 0.4) + 0.05 * cloud
    sketch.lay(
        sketch.box(0, 0, 1, 1), wall, lit, angle=np.pi / 2 + 0.6 * window(rng, "waves", GRID), hold=0.4, detail=0.0
    )
    if rng.random() < 0.35:  # a curtain on one side
        drape = sketch.add(Material(rng.uniform(0.3, 0.6), rng.uniform(0.04, 0.12), rng.uniform(0, 360), 0.7))
        width = rng.uniform(0.2, 0.38)
        left = rng.random() < 0.5
        border = curve(np.stack([width + rng.normal(0, 0.04, 6), np.linspace(-0.05, edge + 0.05, 6)], -1))
        shape = np.concatenate([border, [[-0.1, edge + 0.05], [-0.1, -0.05]]])
        if not left:
            shape = shape * (-1, 1) + (1, 0)
        patch = sketch.polygon(shape)
        x, y = sketch.at(patch)
        folds = np.sin(x * rng.uniform(40, 75) + 1.0 * window(rng, "waves", GRID)[patch.rows, patch.columns] * y)
        sketch.lay(patch, drape, 0.45 + 0.3 * folds, angle=np.pi / 2 + 0.1 * folds, hold=1.0, detail=0.2)
    table = sketch.add(Material(rng.uniform(0.4, 0.68), rng.uniform(0.03, 0.07), rng.uniform(45, 75), 0.45))
    tilt = rng.normal(0, 0.012)
    top = sketch.polygon([[-0.1, edge - tilt], [1.1, edge + tilt], [1.1, 1.1], [-0.1, 1.1]])
    grain = window(rng, "streaks", GRID).T[top.rows, top.columns]
    x, y = sketch.at(top)
    sketch.lay(
        top,
        table,
        0.6 + 0.25 * np.sign(light[0]) * (x - 0.5) + 0.05 * grain - 0.3 * (y - edge),
        angle=0.0,
        hold=0.8,
        detail=0.1,
    )
    if rng.random() < 0.55:  # the table's front
        front = edge + rng.uniform(0.32, 0.4)
        if front < 0.97:
            below = sketch.box(0, front, 1, 1)
            sketch.lay(below, table, 0.22, angle=0.0, hold=0.8, detail=0.1)


def _cloth(sketch: Sketch, edge: float, light: Light, rng: np.random.Generator) -> None:
    cloth = sketch.add(
        Material(rng.choice([0.82, 0.86, 0.6, 0.5]), rng.choice([0.01, 0.02, 0.08]), rng.uniform(0, 360), 0.6)
    )
    left, right = rng.uniform(-0.05, 0.25), rng.uniform(0.7, 1.05)
    n = 7
    xs = np.linspace(left, right, n)
    back = np.stack([xs, edge + 0.05 + rng.normal(0, 0.015, n)], -1)
    front = np.stack([xs[::-1] + rng.normal(0, 0.03, n), 0.93 + rng.normal(0, 0.05, n)], -1)
    patch = sketch.polygon(np.concatenate([curve(back), curve(front)]))
    x, y = sketch.at(patch)
    waves = window(rng, "waves", GRID)[patch.rows, patch.columns]
    turn = rng.uniform(0.3, 1.3) * rng.choice([-1, 1])
    phase = (x * np.cos(turn) + y * np.sin(turn)) * rng.uniform(22, 38) + 2.2 * waves
    folds = np.sin(phase) + 0.4 * np.sin(2.3 * phase + 1.0)
    depth = np.clip((y - edge - 0.05) * 4.0, 0.15, 1.0)
    sketch.lay(
        patch,
        cloth,
        0.68 + 0.2 * folds * depth - 0.1 * np.sign(light[0]) * (0.5 - x),
        angle=turn + np.pi / 2 + 0.5 * np.cos(phase),
        hold=0.9,
        detail=0.15,
    )


def _shadow(sketch: Sketch, x: float, foot: float, half: float, light: Light) -> None:
    away = -np.sign(light[0])
    sketch.spot(x + away * half * 0.9, foot - 0.1 * half, half * 2.1, half * 0.5, -0.5)
    sketch.spot(x, foot, half * 1.2, half * 0.3, -0.4)


def _turned(
    sketch: Sketch,
    x0: float,
    rows: npt.NDArray[np.float64],
    radii: npt.NDArray[np.float64],
    material: int,
    light: Light,
    *,
    shine: float,
) -> None:
    """A body of revolution: radii at heights `rows`, top first."""
    y = np.linspace(rows[0], rows[-1], 40)
    r = np.interp(y, rows, radii)
    r = np.convolve(np.pad(r, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    bottom = [[x0 + r[-1] * np.cos(a), y[-1] + 0.28 * r[-1] * np.sin(a)] for a in np.linspace(0, np.pi, 12)]
    outline = np.concatenate([np.stack([x0 + r, y], -1), bottom, np.stack([x0 - r, y], -1)[::-1]])
    patch = sketch.polygon(outline)
    if not patch.mask.size:
        return
    px, py = sketch.at(patch)
    radius = np.maximum(np.interp(py[:, :1], y, r), 1e-3).astype(np.float32)
    nx = np.clip((px - np.float32(x0)) / radius, -1, 1)
    slope = np.interp(py[:, :1], y, np.gradient(r, y)).astype(np.float32)
    ny = np.broadcast_to(-slope * 0.5, nx.shape)
    size = np.sqrt(1 + ny * ny)
    lit = lambert(nx / size, (ny / size * np.sqrt(np.maximum(1 - nx * nx, 0))).astype(np.float32), light, 0.16)
    lit += shine * np.exp(-(((nx - 0.55 * light[0]) / 0.13) ** 2))
    sketch.lay(
        patch, material, lit, angle=0.55 * nx * -1.0 + np.where(np.abs(nx) > 0.75, np.pi / 2, 0.0), hold=0.9, detail=0.5
    )


def _vessel(
    sketch: Sketch, name: str, x: float, foot: float, scale: float, light: Light, rng: np.random.Generator
) -> None:
    s = scale * rng.uniform(0.88, 1.12)
    glaze = Material(rng.uniform(0.35, 0.82), rng.uniform(0.02, 0.11), rng.uniform(0, 360), 0.65)
    shapes = {  # heights above the foot and radii, top first
        "Bottle": ([0.46, 0.43, 0.34, 0.27, 0.2, 0.0], [0.022, 0.02, 0.022, 0.055, 0.066, 0.062]),
        "Jug": ([0.28, 0.25, 0.2, 0.1, 0.03, 0.0], [0.06, 0.05, 0.055, 0.1, 0.085, 0.06]),
        "Bowl": ([0.11, 0.08, 0.04, 0.015, 0.0], [0.15, 0.14, 0.1, 0.055, 0.06]),
        "Vase of Flowers": ([0.22, 0.19, 0.1, 0.03, 0.0], [0.05, 0.04, 0.085, 0.06, 0.055]),
        "Cup": ([0.11, 0.06, 0.02, 0.0], [0.062, 0.06, 0.045, 0.035]),
        "Jar": ([0.2, 0.18, 0.16, 0.05, 0.0], [0.06, 0.058, 0.085, 0.088, 0.07]),
    }[name]
    if name == "Bottle":
        glaze = Material(
            rng.uniform(0.28, 0.42), rng.uniform(0.03, 0.08), float(rng.choice([60.0, 140.0, 165.0, 250.0])), 0.5
        )
    body = sketch.add(glaze)
    rows, radii = foot - np.array(shapes[0]) * s, np.array(shapes[1]) * s
    _shadow(sketch, x, foot, float(radii[-2:].max()), light)
    if name == "Vase of Flowers":
        _flowers(sketch, x, float(rows[0]), 0.19 * s, light, rng)
    if name in ("Jug", "Cup"):
        side = float(rng.choice([-1, 1]))
        cx, cy, rx, ry = (
            x + side * radii.max() * 0.95,
            foot - 0.55 * shapes[0][0] * s,
            0.05 * s,
            0.36 * shapes[0][0] * s,
        )
        ring = sketch.ellipse(cx, cy, rx, ry)
        u, v = sketch.local(ring, cx, cy, rx, ry)
        sketch.lay(
            Patch(ring.rows, ring.columns, ring.mask & (u * u + v * v > 0.42)),
            body,
            0.45 - 0.3 * v,
            angle=np.arctan2(v, u) + np.pi / 2,
            hold=1.0,
            detail=0.7,
        )
    _turned(sketch, x, rows, radii, body, light, shine=0.45 if rng.random() < 0.7 else 0.1)
    if name in ("Bowl", "Cup", "Jug", "Jar"):
        top, rim = float(rows[0]), float(radii[0])
        sketch.lay(sketch.ellipse(x, top, rim, rim * 0.27), body, 0.85, angle=0.0, hold=1.0, detail=0.8)
        inner = sketch.ellipse(x, top + 0.004, rim * 0.86, rim * 0.2)
        u, _ = sketch.local(inner, x, top, rim, rim)
        sketch.lay(inner, body, 0.25 - 0.3 * np.sign(light[0]) * u, angle=0.0, hold=1.0, detail=0.8)
    if name == "Bottle" and rng.random() < 0.6:
        label = sketch.add(Material(0.82, 0.03, 85.0, 0.6))
        r = float(radii[-2])
        patch = sketch.box(x - r * 0.9, foot - 0.17 * s, x + r * 0.9, foot - 0.07 * s)
        px, _ = sketch.at(patch)
        nx = np.clip((px - np.float32(x)) / np.float32(r), -1, 1)
        sketch.lay(patch, label, lambert(nx, np.zeros_like(nx), light, 0.25), angle=0.0, hold=0.8, detail=0.6)


def _flowers(sketch: Sketch, x: float, rim: float, spread: float, light: Light, rng: np.random.Generator) -> None:
    leaf = sketch.add(Material(0.42, 0.08, rng.uniform(125, 150), 0.5))
    hues = rng.uniform(0, 360, 2)
    petals = [
        sketch.add(Material(rng.uniform(0.62, 0.86), rng.uniform(0.06, 0.15), float(h), 0.5)) for h in (*hues, 95.0)
    ]
    heart = sketch.add(Material(0.45, 0.1, 70.0, 0.4))
    for _ in range(14):
        turn = rng.uniform(-np.pi, 0)
        distance = spread * rng.uniform(0.2, 0.95)
        cx, cy = x + np.cos(turn) * distance, rim - 0.35 * spread + np.sin(turn) * distance * 0.9
        patch = sketch.ellipse(cx, cy, spread * 0.3, spread * 0.1, turn)
        if patch.mask.size:
            sketch.lay(patch, leaf, 0.35 + 0.4 * rng.random(), angle=turn, hold=1.0, detail=0.4)
    for _ in range(int(rng.integers(7, 13))):
        turn, distance = rng.uniform(-np.pi, 0.2), spread * rng.uniform(0.0, 0.95)
        cx, cy, r = (
            x + np.cos(turn) * distance,
            rim - 0.5 * spread + np.sin(turn) * distance,
            spread * rng.uniform(0.17, 0.29),
        )
        patch = sketch.ellipse(cx, cy, r, r * 0.9)
        if not patch.mask.size:
            continue
        u, v = sketch.local(patch, cx, cy, r, r)
        around = np.arctan2(v, u)
        lit = 0.55 + 0.3 * (u * light[0] + v * light[1]) + 0.13 * np.sin(around * 6)
        sketch.lay(
            Patch(patch.rows, patch.columns, u * u + v * v < 0.8 + 0.2 * np.sin(around * 6)),
            int(rng.choice(petals)),
            lit,
            angle=around,
            hold=0.9,
            detail=0.6,
        )
        sketch.lay(sketch.ellipse(cx, cy, r * 0.25, r * 0.22), heart, 0.5, angle=0.0, detail=0.6)


def _fruit(
    sketch: Sketch, name: str, skin: int, x: float, foot: float, r: float, light: Light, rng: np.random.Generator
) -> None:
    tall = _FRUIT[name][1]
    cy, tilt = foot - r * min(tall, 1.1) * 0.85, rng.normal(0, 0.3)
    _shadow(sketch, x, foot, r, light)
    rx, ry = (r * 1.25, r * 0.88) if name == "Lemons" else (r, r)
    if tall > 1.2:  # a pear's neck
        neck = sketch.ellipse(x + np.sin(tilt) * r * 0.8, cy - r * 0.85, r * 0.52, r * 0.85, tilt)
        if neck.mask.size:
            u, v = sketch.local(neck, x + np.sin(tilt) * r * 0.8, cy - r * 0.85, r * 0.52, r * 0.85, tilt)
            sketch.lay(neck, skin, lambert(u, v * 0.4, light), angle=np.arctan2(v, u) + np.pi / 2, hold=0.9, detail=0.5)
    patch = sketch.ellipse(x, cy, rx, ry, tilt if name == "Lemons" else 0.0)
    if not patch.mask.size:
        return
    u, v = sketch.local(patch, x, cy, rx, ry)
    u, v = np.clip(u, -0.99, 0.99), np.clip(v, -0.99, 0.99)
    lit = lambert(u, v, light, 0.15)
    lit += 0.4 * np.exp(-(((u - 0.5 * light[0]) / 0.2) ** 2) - ((v - 0.55 * light[1]) / 0.2) ** 2)
    sketch.lay(patch, skin, lit, angle=np.arctan2(v, u) + np.pi / 2, hold=0.9, detail=0.5)
    if name in ("Apples", "Pears", "Plums"):
        stalk = sketch.add(Material(0.28, 0.03, 60.0, 0.3))
        top = cy - r * (1.65 if tall > 1.2 else 0.75)
        sx = x + (np.sin(tilt) * r * 1.5 if tall > 1.2 else 0.0)
        lean = rng.normal(0, 0.3) * r
        sketch.lay(
            sketch.polygon(
                [
                    [sx - 0.004, top],
                    [sx + lean - 0.003, top - 0.45 * r],
                    [sx + lean + 0.003, top - 0.45 * r],
                    [sx + 0.004, top],
                ]
            ),
            stalk,
            0.4,
            angle=np.pi / 2,
            hold=1.0,
            detail=0.9,
        )
