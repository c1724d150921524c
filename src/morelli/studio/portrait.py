"""Portraits: head and shoulders before a ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.studio.sketch import GRID, Habits, Key, Material, Patch, Sketch, curve, lambert, light_from
from morelli.studio.texture import Field, window

Light = tuple[float, float, float]


@dataclass(frozen=True)
class PortraitPlan:
    """Whom a portrait will show."""

    woman: bool
    old: bool
    hair: str
    long_hair: bool
    beard: bool
    hat: str
    dress: tuple[float, float, float]  # lightness, chroma, hue
    collar: str
    title: str


_HAIR = {
    "dark": (0.26, 0.03, 50.0), "black": (0.19, 0.015, 280.0), "brown": (0.4, 0.06, 55.0), "fair": (0.68, 0.09, 82.0), "red": (0.48, 0.12, 45.0), "grey": (0.7, 0.012, 90.0)
}  # fmt: skip
_COLOURS = ((25.0, "Red"), (60.0, "Brown"), (95.0, "Yellow"), (145.0, "Green"), (250.0, "Blue"), (310.0, "Violet"))


def plan_portrait(rng: np.random.Generator) -> PortraitPlan:
    """Draw whom to paint."""
    woman, old = bool(rng.random() < 0.5), bool(rng.random() < 0.25)
    hair = "grey" if old else str(rng.choice([h for h in _HAIR if h != "grey"]))
    hue, word = _COLOURS[int(rng.integers(len(_COLOURS)))]
    pale = rng.random()
    dress = (
        (0.25, 0.015, 270.0)
        if pale < 0.25
        else (0.84, 0.02, 90.0)
        if pale < 0.38
        else (float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.06, 0.14)), hue)
    )
    colour = "Black" if pale < 0.25 else "White" if pale < 0.38 else word
    hat = str(rng.choice(["none", "none", "brim", "beret", "scarf" if woman else "cap"]))
    age = "an Old " if old else "a " if rng.random() < 0.5 else "a Young "
    who = age + ("Woman" if woman else "Man")
    wear = {
        "brim": " with a Hat",
        "beret": " in a Beret",
        "scarf": " with a Headscarf",
        "cap": " in a Cap",
        "none": f" in {colour}",
    }[hat]
    beard = bool(not woman and rng.random() < 0.45)
    title = f"Portrait of {who}{wear}" if rng.random() < 0.6 else f"{who[0].upper()}{who[1:]}{wear}"
    return PortraitPlan(
        woman,
        old,
        hair,
        woman and bool(rng.random() < 0.6),
        beard,
        hat,
        dress,
        str(rng.choice(["open", "white", "shawl", "ruff", "plain"])),
        title,
    )


def draw_portrait(plan: PortraitPlan, habits: Habits, rng: np.random.Generator) -> Sketch:
    """Draw the sitter, from the ground behind to the eyes."""
    key = (Key(75.0, 0.012, 0.0), Key(240.0, 0.008, 0.02), Key(60.0, 0.025, -0.05), Key(90.0, 0.005, 0.03))[
        int(rng.integers(4))
    ]
    sketch = Sketch("portrait", key=key)
    light = light_from(rng, habits)
    tall = 0.2 * habits.closeness * rng.uniform(0.88, 1.12)
    broad = tall * rng.uniform(0.7, 0.78)
    turn = float(rng.choice([-1, 1]) * rng.uniform(0.05, 0.38))
    hx = 0.5 - np.sign(turn) * habits.balance * 0.7 + rng.normal(0, 0.015)
    hy = 0.39 + 0.12 * (habits.horizon - 0.5) + rng.normal(0, 0.015)
    head = _Head(float(hx), float(hy), tall, broad, turn, rng.normal(0, 0.05))
    skin = sketch.add  # substances of the sitter, in order
    _behind(sketch, light, rng)
    tan = rng.uniform(-0.12, 0.05)
    flesh = skin(Material(0.7 + tan, 0.062, rng.uniform(48, 62), 0.66, (0.05, 72.0)))
    blush = skin(Material(0.62 + tan, 0.09, 32.0, 0.6, (0.08, 50.0)))
    lips = skin(Material(0.5 + tan, 0.11, 24.0, 0.45))
    hair = skin(Material(*_HAIR[plan.hair], 0.55))
    dark = skin(Material(0.2, 0.025, 40.0, 0.25))
    white = skin(Material(0.82, 0.012, 90.0, 0.5))
    if plan.long_hair:
        _long_hair(sketch, head, hair, light, rng)
    _body(sketch, head, plan, flesh, white, light, rng)
    _skull(sketch, head, hair, light, rng, 1.13)
    _face(sketch, head, flesh, blush, light)
    _features(sketch, head, plan, flesh, lips, hair, dark, white, light, rng)
    _hairline(sketch, head, hair, light, rng)
    if plan.hat != "none":
        _hat(sketch, head, plan, light, rng)
    return sketch


@dataclass(frozen=True)
class _Head:
    x: float
    y: float
    tall: float  # half the height
    broad: float  # half the width
    turn: float  # -0.4 .. 0.4, to the left or right
    tilt: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Picture coordinates of a point of the face: u -1 .. 1 across, v -1 crown .. 1 chin; features move with the turn of the head."""
        across = (
            np.sin(np.clip(0.95 * u + 0.9 * self.turn, -1.45, 1.45)) * self.broad * np.sqrt(max(1.0 - 0.5 * v * v, 0.1))
        )
        down = v * self.tall
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        return float(self.x + across * c - down * s), float(self.y + down * c + across * s)

    def points(self, uv: npt.ArrayLike) -> npt.NDArray[np.float64]:
        return np.array([self.at(u, v) for u, v in np.asarray(uv, float)])


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
        left = rng.random() < 0.5
        edge = rng.uniform(0.22, 0.34)
        patch = sketch.box(0 if left else 1 - edge, 0, edge if left else 1, 1)
        x, y = sketch.at(patch)
        folds = np.sin(x * rng.uniform(45, 80) + 2.5 * y + 1.5 * window(rng, "waves", GRID)[patch.rows, patch.columns])
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


def _skull(sketch: Sketch, head: _Head, hair: int, light: Light, rng: np.random.Generator, size: float) -> None:
    cx, cy, rx, ry = (
        head.x - 0.12 * head.turn * head.broad,
        head.y - 0.12 * head.tall,
        head.broad * size,
        head.tall * 1.02,
    )
    patch = sketch.ellipse(cx, cy, rx, ry, head.tilt)
    u, v = sketch.local(patch, cx, cy, rx, ry, head.tilt)
    sketch.lay(patch, hair, lambert(u, v, light, 0.15), angle=np.arctan2(v + 0.6, u) + np.pi / 2, hold=1.0, detail=0.4)


def _long_hair(sketch: Sketch, head: _Head, hair: int, light: Light, rng: np.random.Generator) -> None:
    reach = rng.uniform(1.15, 1.9)
    wide = rng.uniform(1.2, 1.42)
    right = [[1.0, -0.6], [wide, 0.1], [wide * 0.98, 0.7], [wide * 0.9, reach]]
    shape = np.array([[0, -1.1], *right, [0, reach * 0.9], *[[-x, y] for x, y in right[::-1]]]) * (
        head.broad,
        head.tall,
    ) + (head.x, head.y)
    patch = sketch.polygon(curve(shape, closed=True))
    u, v = sketch.local(patch, head.x, head.y, head.broad * wide, head.tall * 2)
    strands = window(rng, "streaks", GRID)[patch.rows, patch.columns]
    sketch.lay(
        patch,
        hair,
        0.42 + 0.3 * u * np.sign(light[0]) + 0.1 * strands,
        angle=np.pi / 2 - 0.35 * u,
        hold=1.1,
        detail=0.3,
    )


def _body(
    sketch: Sketch, head: _Head, plan: PortraitPlan, flesh: int, white: int, light: Light, rng: np.random.Generator
) -> None:
    dress = sketch.add(Material(*plan.dress, 0.55))
    b, a = head.broad, head.tall
    chin = head.y + a
    wide = b * (2.35 if plan.woman else 2.75) * rng.uniform(0.95, 1.08)
    lean = 0.25 * head.turn * b
    x, slope = head.x + lean, chin + 0.28 * a
    half = [
        [0.42 * b, chin + 0.1 * a],
        [0.95 * b, slope + 0.08 * a],
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


def _outline(head: _Head) -> npt.NDArray[np.float64]:
    """The face: broad at the cheekbones, narrowing to the jaw and chin; the far cheek is flatter."""
    right = [[0.0, -1.0], [0.62, -0.86], [0.93, -0.4], [0.96, 0.0], [0.88, 0.38], [0.66, 0.74], [0.3, 0.97]]
    shape = np.array([*right, [0.0, 1.0], *[[-x, y] for x, y in right[:0:-1]]])
    shape[:, 0] += 0.22 * head.turn * (shape[:, 1] > 0.3) * shape[:, 1]
    scaled = shape * (head.broad, head.tall)
    c, s = np.cos(head.tilt), np.sin(head.tilt)
    return np.stack([head.x + scaled[:, 0] * c - scaled[:, 1] * s, head.y + scaled[:, 1] * c + scaled[:, 0] * s], -1)


def _face(sketch: Sketch, head: _Head, flesh: int, blush: int, light: Light) -> None:
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


def _features(
    sketch: Sketch,
    head: _Head,
    plan: PortraitPlan,
    flesh: int,
    lips: int,
    hair: int,
    dark: int,
    white: int,
    light: Light,
    rng: np.random.Generator,
) -> None:
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


def _beard(sketch: Sketch, head: _Head, hair: int, light: Light, rng: np.random.Generator) -> None:
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


def _hairline(sketch: Sketch, head: _Head, hair: int, light: Light, rng: np.random.Generator) -> None:
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


def _hat(sketch: Sketch, head: _Head, plan: PortraitPlan, light: Light, rng: np.random.Generator) -> None:
    felt = sketch.add(Material(rng.uniform(0.22, 0.7), rng.uniform(0.02, 0.11), rng.uniform(0, 360), 0.55))
    a, b = head.tall, head.broad

    def lit(patch: Patch, cx: float, cy: float, rx: float, ry: float) -> Field:
        u, v = sketch.local(patch, cx, cy, rx, ry)
        return lambert(np.clip(u, -0.97, 0.97) * 0.95, np.clip(v, -0.97, 0.97) * 0.6, light, 0.15)

    if plan.hat == "scarf":
        shape = [[0, -1.16], [0.75, -0.98], [1.12, -0.4], [1.1, 0.3], [0.85, 0.95], [0.72, 0.6], [0.88, 0.0], [0.72, -0.45], [0, -0.62],
                 [-0.72, -0.45], [-0.88, 0.0], [-0.72, 0.6], [-0.85, 0.95], [-1.1, 0.3], [-1.12, -0.4], [-0.75, -0.98]]  # fmt: skip
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
