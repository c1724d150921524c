"""The face: its planes, and the features on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.studio.sitter import PortraitPlan
from morelli.studio.sketch import GRID, Light, Material, Sketch, curve, lambert
from morelli.studio.texture import window


@dataclass(frozen=True)
class Head:
    """Where the head is: its middle, half its size, how it is turned and tilted."""

    x: float
    y: float
    tall: float  # half the height
    broad: float  # half the width
    turn: float  # -0.4 .. 0.4, to the left or right
    tilt: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Return the place of a point of the face as the head is turned: u -1 .. 1 across, v -1 crown .. 1 chin."""
        across = (
            np.sin(np.clip(0.95 * u + 0.9 * self.turn, -1.45, 1.45)) * self.broad * np.sqrt(max(1.0 - 0.5 * v * v, 0.1))
        )
        down = v * self.tall
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        return float(self.x + across * c - down * s), float(self.y + down * c + across * s)

    def points(self, uv: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """`at` for many points (n, 2)."""
        return np.array([self.at(u, v) for u, v in np.asarray(uv, float)])


def _outline(head: Head) -> npt.NDArray[np.float64]:
    """The face: broad at the cheekbones, narrowing to the jaw and chin; the far cheek is flatter."""
    right = [[0.0, -1.0], [0.62, -0.86], [0.93, -0.4], [0.96, 0.0], [0.88, 0.38], [0.66, 0.74], [0.3, 0.97]]
    shape = np.array([*right, [0.0, 1.0], *[[-x, y] for x, y in right[:0:-1]]])
    shape[:, 0] += 0.22 * head.turn * (shape[:, 1] > 0.3) * shape[:, 1]
    scaled = shape * (head.broad, head.tall)
    c, s = np.cos(head.tilt), np.sin(head.tilt)
    return np.stack([head.x + scaled[:, 0] * c - scaled[:, 1] * s, head.y + scaled[:, 1] * c + scaled[:, 0] * s], -1)


def draw_face(sketch: Sketch, head: Head, flesh: int, blush: int, light: Light) -> None:
    """The face without its features, as planes in the light."""
    patch = sketch.polygon(curve(_outline(head), closed=True))
    u, v = sketch.local(patch, head.x, head.y, head.broad, head.tall, head.tilt)
    t = head.turn
    ridge = u - 0.8 * t
    # A face is an egg with planes: sockets, cheekbones, the muzzle, the chin.
    nx = np.clip(0.92 * u + 0.22 * np.tanh(3.0 * ridge) * (np.abs(v - 0.05) < 0.8), -0.97, 0.97)
    ny = np.clip(0.62 * v + 0.16 * np.sin(5.2 * v + 0.6), -0.8, 0.8)
    size = np.maximum(np.sqrt(nx * nx + ny * ny) / 0.98, 1.0)
    lit = lambert((nx / size).astype(np.float32), (ny / size).astype(np.float32), light, 0.17)
    angle = np.arctan2(v * 0.8, u + 1e-3) + np.pi / 2
    sketch.lay(patch, flesh, lit, angle=angle, hold=0.7, detail=0.55)
    a, b = head.tall, head.broad
    for side in (-1.0, 1.0):
        cx, cy = head.at(0.5 * side, 0.24)
        spot = sketch.ellipse(cx, cy, 0.3 * b, 0.2 * a)
        keep = spot.mask & (sketch.label[spot.rows, spot.columns] == flesh)
        sketch.label[spot.rows, spot.columns][keep] = blush
        sx, sy = head.at(0.4 * side, -0.06)
        sketch.spot(sx, sy, 0.34 * b, 0.17 * a, -0.22)
        sketch.spot(cx + 0.04 * light[0], cy - 0.06 * a, 0.24 * b, 0.14 * a, 0.08)
    fx, fy = head.at(0.0, -0.5)
    sketch.spot(fx + 0.3 * b * light[0], fy, 0.45 * b, 0.28 * a, 0.1)
    cx, cy = head.at(0.0, 0.86)
    sketch.spot(cx, cy, 0.22 * b, 0.12 * a, 0.1)


def draw_features(
    sketch: Sketch,
    head: Head,
    plan: PortraitPlan,
    flesh: int,
    lips: int,
    hair: int,
    dark: int,
    white: int,
    light: Light,
    rng: np.random.Generator,
) -> None:
    """Beard, nose, eyes, brows and mouth."""
    a, b = head.tall, head.broad
    shade = -float(np.sign(light[0]))
    if plan.beard:
        _beard(sketch, head, hair, light, rng)
    # The nose: a lit ridge, a plane in shadow, the shadow beneath.
    side = [[0.02 * shade, -0.12], [0.1 * shade, 0.1], [0.25 * shade, 0.3], [0.12 * shade, 0.36], [0.0, 0.34]]
    plane = sketch.polygon(head.points(side))
    sketch.shade(plane, -0.2)
    ridge = sketch.polygon(head.points([[-0.06, -0.1], [0.06, -0.1], [0.07, 0.28], [-0.07, 0.28]]))
    sketch.shade(ridge, 0.13)
    nx, ny = head.at(0.0, 0.27)
    sketch.spot(nx - 0.03 * b * shade, ny, 0.12 * b, 0.07 * a, 0.22)
    under = sketch.polygon(
        curve(head.points([[-0.24, 0.32], [0.0, 0.34], [0.24, 0.32], [0.16, 0.4], [-0.16, 0.4]]), closed=True)
    )
    sketch.shade(under, -0.3)
    sketch.detail[under.rows, under.columns] = 0.8
    for nostril in (-0.13, 0.13):
        cx, cy = head.at(nostril, 0.345)
        sketch.lay(sketch.ellipse(cx, cy, 0.05 * b, 0.022 * a), dark, 0.55, angle=0.0, detail=0.9)
    # Eyes: the almond, the iris under the lid, the dark line of the lashes, the brow.
    iris = sketch.add(Material(rng.choice([0.28, 0.35, 0.5]), 0.045, rng.choice([55.0, 60.0, 240.0, 150.0]), 0.3))
    gaze = 0.06 * np.sign(head.turn)
    for eye in (-0.42, 0.42):
        almond = head.points(
            [
                [eye - 0.2, 0.0],
                [eye - 0.05, -0.065],
                [eye + 0.08, -0.06],
                [eye + 0.2, 0.005],
                [eye + 0.05, 0.05],
                [eye - 0.08, 0.05],
            ]
        )
        patch = sketch.polygon(curve(almond, closed=True))
        sketch.lay(patch, white, 0.58 + 0.12 * np.sign(light[0]) * np.sign(eye), angle=0.0, detail=1.0)
        cx, cy = head.at(eye + gaze, -0.008)
        sketch.lay(sketch.ellipse(cx, cy, 0.075 * b, 0.06 * a), iris, 0.4, angle=0.0, detail=1.0)
        sketch.lay(sketch.ellipse(cx, cy, 0.036 * b, 0.03 * a), dark, 0.2, angle=0.0, detail=1.0)
        lid = head.points(
            [
                [eye - 0.23, 0.01],
                [eye - 0.06, -0.085],
                [eye + 0.09, -0.08],
                [eye + 0.23, 0.01],
                [eye + 0.08, -0.05],
                [eye - 0.06, -0.052],
            ]
        )
        sketch.lay(sketch.polygon(curve(lid, closed=True)), dark, 0.5, angle=0.0, hold=1.0, detail=1.0)
        outward = np.sign(eye)
        brow = head.points(
            [
                [eye - 0.24 * outward, -0.19],
                [eye, -0.245],
                [eye + 0.26 * outward, -0.18],
                [eye + 0.02, -0.2],
                [eye - 0.22 * outward, -0.15],
            ]
        )
        sketch.lay(sketch.polygon(curve(brow, closed=True)), hair, 0.3, angle=0.12 * outward, hold=1.0, detail=0.9)
    # The mouth: upper lip in shadow, lower lip in light, the line between.
    smile = rng.uniform(-0.02, 0.025)
    wide = rng.uniform(0.26, 0.33)
    upper = head.points(
        [[-wide, 0.56 - smile], [-0.08, 0.515], [0.0, 0.525], [0.08, 0.515], [wide, 0.56 - smile], [0.0, 0.57]]
    )
    lower = head.points(
        [[-wide * 0.9, 0.565 - smile], [0.0, 0.57], [wide * 0.9, 0.565 - smile], [0.1, 0.645], [-0.1, 0.645]]
    )
    sketch.lay(sketch.polygon(curve(lower, closed=True)), lips, 0.66, angle=0.0, hold=0.9, detail=0.9)
    sketch.lay(sketch.polygon(curve(upper, closed=True)), lips, 0.3, angle=0.0, hold=0.9, detail=0.9)
    line = head.points([[-wide, 0.56 - smile], [0.0, 0.562], [wide, 0.56 - smile], [0.0, 0.582]])
    sketch.lay(sketch.polygon(curve(line, closed=True)), dark, 0.6, angle=0.0, hold=0.9, detail=1.0)
    cx, cy = head.at(0.0, 0.71)
    sketch.spot(cx, cy, 0.2 * b, 0.07 * a, -0.18)
    if plan.old:
        for side_of in (-1.0, 1.0):
            fold = head.points(
                [[0.22 * side_of, 0.33], [0.42 * side_of, 0.6], [0.38 * side_of, 0.62], [0.2 * side_of, 0.38]]
            )
            sketch.shade(sketch.polygon(fold), -0.16)


def _beard(sketch: Sketch, head: Head, hair: int, light: Light, rng: np.random.Generator) -> None:
    full = rng.random() < 0.6
    if full:
        long = rng.uniform(1.05, 1.45)
        shape = [
            [-0.98, 0.1],
            [-0.75, 0.3],
            [-0.42, 0.45],
            [0.0, 0.4],
            [0.42, 0.45],
            [0.75, 0.3],
            [0.98, 0.1],
            [0.85, 0.75],
            [0.35, long],
            [-0.35, long],
            [-0.85, 0.75],
        ]
    else:
        shape = [[-0.4, 0.55], [-0.2, 0.42], [0.0, 0.44], [0.2, 0.42], [0.4, 0.55], [0.0, 0.5]]
    patch = sketch.polygon(curve(head.points(shape), closed=True))
    u, v = sketch.local(patch, head.x, head.y, head.broad, head.tall, head.tilt)
    strands = window(rng, "streaks", GRID)[patch.rows, patch.columns]
    sketch.lay(
        patch,
        hair,
        0.45 + 0.3 * light[0] * u + 0.14 * strands - 0.1 * v,
        angle=np.pi / 2 - 0.5 * u,
        hold=1.0,
        detail=0.4,
    )
