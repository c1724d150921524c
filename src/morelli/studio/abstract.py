"""Abstract compositions: overlapping shapes, colour fields, gestures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from morelli.studio.sketch import GRID, Habits, Key, Material, Patch, Sketch, curve
from morelli.studio.texture import window

_WORDS = {
    "shapes": ("Composition", "Construction", "Balance", "Improvisation", "Interlocking Forms", "Counterpoint"),
    "fields": ("Colour Field", "Threshold", "Stillness", "Two Horizons", "Interval", "Resting Colours"),
    "gestures": ("Movement", "Gesture", "Dance", "Current", "Crossing Paths", "Rhythm"),
    "arcs": ("Orbits", "Rings", "Resonance", "Turning", "Circles and Arcs", "Round Song"),
}


@dataclass(frozen=True)
class AbstractPlan:
    """What an abstract picture will show."""

    form: str
    title: str
    scheme: tuple[float, ...]  # hues, degrees
    ground_lightness: float


def plan_abstract(rng: np.random.Generator) -> AbstractPlan:
    """Draw what to paint."""
    form = str(rng.choice(list(_WORDS)))
    start = rng.uniform(0, 360)
    steps = ((0, 25, 180, 205), (0, 120, 240, 30), (0, 30, 60, 200), (0, 150, 210, 20))[int(rng.integers(4))]
    title = f"{rng.choice(_WORDS[form])} {('No. ' + str(rng.integers(2, 40))) if rng.random() < 0.6 else ''}".strip()
    return AbstractPlan(form, title, tuple((start + s) % 360 for s in steps), float(rng.uniform(0.25, 0.9)))


def draw_abstract(plan: AbstractPlan, habits: Habits, rng: np.random.Generator) -> Sketch:
    """Draw it."""
    sketch = Sketch("abstract", key=Key(rng.uniform(0, 360), rng.uniform(0.0, 0.015), 0.0))

    def paint() -> int:
        hue = float(rng.choice(plan.scheme)) + rng.normal(0, 8)
        chroma = rng.uniform(0.015, 0.05) if rng.random() < 0.35 else rng.uniform(0.06, 0.14)
        return sketch.add(Material(rng.uniform(0.25, 0.88), chroma, hue, rng.uniform(0.15, 0.4)))

    flow = window(rng, "waves", GRID)
    everything = sketch.box(0, 0, 1, 1)
    gradient = 0.5 + 0.3 * ((sketch.x - 0.5) * rng.normal() + (sketch.y - 0.5) * rng.normal()) + 0.1 * flow
    sketch.lay(
        everything,
        sketch.add(Material(plan.ground_lightness, rng.uniform(0.01, 0.08), float(rng.choice(plan.scheme)), 0.35)),
        gradient,
        angle=0.8 * flow,
        hold=0.4,
        detail=0.0,
    )
    draw = {"shapes": _shapes, "fields": _fields, "gestures": _gestures, "arcs": _arcs}[plan.form]
    draw(sketch, habits, rng, paint)
    return sketch


def _centre(habits: Habits, rng: np.random.Generator, spread: float) -> tuple[float, float]:
    return 0.5 + habits.balance * rng.choice([-1, 1]) + rng.normal(0, spread), 0.5 + rng.normal(0, spread)


def _tone(sketch: Sketch, patch: Patch, rng: np.random.Generator) -> npt.NDArray[np.floating]:
    x, y = sketch.at(patch)
    turn = rng.uniform(0, 2 * np.pi)
    noise = window(rng, "waves", GRID)[patch.rows, patch.columns]
    return np.asarray(0.5 + 1.1 * ((x - x.mean()) * np.cos(turn) + (y - y.mean()) * np.sin(turn)) + 0.08 * noise)


def _shapes(sketch: Sketch, habits: Habits, rng: np.random.Generator, paint: Callable[[], int]) -> None:
    for rank in range(int(rng.integers(8, 17))):
        size = 0.32 * habits.closeness * 0.88**rank * rng.uniform(0.7, 1.4) + 0.03
        cx, cy = _centre(habits, rng, 0.22)
        turn = rng.uniform(0, np.pi)
        form = rng.random()
        if form < 0.4:  # a polygon of three to five corners
            n = int(rng.integers(3, 6))
            around = np.sort(rng.uniform(0, 2 * np.pi / n * 0.6, n) + np.arange(n) * 2 * np.pi / n) + turn
            patch = sketch.polygon(np.stack([cx + size * np.cos(around), cy + size * np.sin(around)], -1))
        elif form < 0.62:
            patch = sketch.ellipse(cx, cy, size * 0.8, size * rng.uniform(0.35, 0.8), turn)
        else:  # a bar
            along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
            half = size * 0.16
            corners = [s * size * 1.3 * along + t * half * across for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            patch = sketch.polygon(np.array(corners) + np.array([cx, cy]))
        if patch.mask.size:
            sketch.lay(patch, paint(), _tone(sketch, patch, rng), angle=turn, hold=0.6, detail=0.4)


def _fields(sketch: Sketch, habits: Habits, rng: np.random.Generator, paint: Callable[[], int]) -> None:
    edges = np.cumsum(np.concatenate([[0.07], rng.dirichlet(np.full(int(rng.integers(2, 5)), 5.0)) * 0.86]))
    for top, bottom in pairwise(edges):
        inset = rng.uniform(0.05, 0.11)
        n = 7
        wobble = rng.normal(0, 0.008, (4, n))
        across = np.linspace(inset, 1 - inset, n)
        down = np.linspace(top + 0.015, bottom - 0.015, n)
        outline = np.concatenate(
            [
                np.stack([across, down[0] + wobble[0]], -1), np.stack([1 - inset + wobble[1], down], -1),
                np.stack([across[::-1], down[-1] + wobble[2]], -1), np.stack([inset + wobble[3], down[::-1]], -1),
            ]
        )  # fmt: skip
        patch = sketch.polygon(outline)
        sketch.lay(patch, paint(), _tone(sketch, patch, rng), angle=rng.normal(0, 0.15), hold=0.5, detail=0.1)
    for _ in range(int(rng.integers(0, 4))):
        cx, cy = _centre(habits, rng, 0.2)
        patch = sketch.ellipse(cx, cy, rng.uniform(0.03, 0.1), rng.uniform(0.02, 0.08), rng.uniform(0, 3))
        if patch.mask.size:
            sketch.lay(patch, paint(), _tone(sketch, patch, rng), angle=0.0, hold=0.3, detail=0.4)


def _ribbon(
    sketch: Sketch, path: npt.NDArray[np.floating], width: npt.NDArray[np.floating], material: int, light: float
) -> None:
    step = np.diff(path, axis=0)
    turn = np.arctan2(step[:, 1], step[:, 0])
    for k in range(len(step)):
        normal = np.array([-np.sin(turn[k]), np.cos(turn[k])])
        a, b, w0, w1 = path[k] - 0.15 * step[k], path[k + 1] + 0.15 * step[k], width[k], width[k + 1]
        patch = sketch.polygon([a + w0 * normal, b + w1 * normal, b - w1 * normal, a - w0 * normal])
        if patch.mask.size:
            x, y = sketch.at(patch)
            side = ((x - a[0]) * normal[0] + (y - a[1]) * normal[1]) / w0
            sketch.lay(patch, material, light + 0.22 * side, angle=turn[k], hold=1.0, detail=0.3)


def _gestures(sketch: Sketch, habits: Habits, rng: np.random.Generator, paint: Callable[[], int]) -> None:
    for rank in range(int(rng.integers(10, 20))):
        start = np.array(_centre(habits, rng, 0.28))
        heading = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.35) * np.arange(7) + np.cumsum(rng.normal(0, 0.3, 7))
        stride = rng.uniform(0.07, 0.16) * habits.closeness
        steps = np.cumsum(stride * np.stack([np.cos(heading), np.sin(heading)], -1), 0)
        path = curve(start + steps - steps.mean(0), fineness=4)
        taper = np.sin(np.linspace(0.2, np.pi - 0.25, len(path)))
        width = (0.065 * 0.9**rank + 0.006) * rng.uniform(0.7, 1.4) * taper + 0.004
        _ribbon(sketch, path, width, paint(), rng.uniform(0.35, 0.65))


def _arcs(sketch: Sketch, habits: Habits, rng: np.random.Generator, paint: Callable[[], int]) -> None:
    for rank in range(int(rng.integers(4, 9))):
        cx, cy = _centre(habits, rng, 0.26)
        radius = rng.uniform(0.2, 0.42) * 0.84**rank * habits.closeness
        for ring in np.linspace(1.0, 0.2, int(rng.integers(2, 6))):
            patch = sketch.ellipse(cx, cy, radius * ring, radius * ring)
            if rng.random() < 0.4:  # half a disc
                x, y = sketch.at(patch)
                turn = rng.choice([0.0, np.pi / 2, np.pi, -np.pi / 2])
                patch = Patch(
                    patch.rows, patch.columns, patch.mask & ((x - cx) * np.cos(turn) + (y - cy) * np.sin(turn) > 0)
                )
            if patch.mask.size:
                u, v = sketch.local(patch, cx, cy, radius, radius)
                sketch.lay(
                    patch, paint(), _tone(sketch, patch, rng), angle=np.arctan2(v, u) + np.pi / 2, hold=1.0, detail=0.35
                )
