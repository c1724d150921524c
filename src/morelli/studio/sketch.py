"""The motif before anybody paints it: what lies where, how it is lit, which way its form runs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from morelli.studio.opencv import opencv
from morelli.studio.texture import Field

Light = tuple[float, float, float]
"""Unit vector towards the light: x to the right, y down, z towards the viewer."""
Points = npt.NDArray[np.float32]
GRID = 192
"""Side of a scene's fields in samples, whatever the size of the painting."""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a painter likes to place things; all that a scene is told about the hand. As in `Hand`."""

    horizon: float = 0.5
    closeness: float = 1.0
    light_left: float = 0.6
    balance: float = 0.05


@dataclass(frozen=True)
class Material:
    """A substance: its colour halfway between shadow and light (OKLCh, hue in degrees) and how far light changes it.

    glow: chroma and hue at the lit end where they differ from the middle, as in a sky from blue to gold. contour:
    whether a painter who draws contours draws one around it.
    """

    lightness: float
    chroma: float
    hue: float
    span: float = 0.5
    glow: tuple[float, float] | None = None
    contour: bool = True


@dataclass(frozen=True)
class Key:
    """The light of a scene: its hue and how strongly it tints, and how bright the whole is (added to lightness)."""

    hue: float = 80.0
    tint: float = 0.01
    exposure: float = 0.0


@dataclass(frozen=True, eq=False)
class Scene:
    """A motif as fields (GRID, GRID) over the unit square.

    label: uint8, index into `materials`. light: float32, 0 deepest shadow .. 1 full light. angle: float32 radians,
    the way the form runs; hold: float32, how strongly it does. detail: float32, 0 .. 1, where care is due.
    """

    kind: str
    label: npt.NDArray[np.uint8]
    light: Field
    angle: Field
    hold: Field
    detail: Field
    materials: tuple[Material, ...]
    key: Key


@dataclass(frozen=True, eq=False)
class Patch:
    """Part of the fields: a rectangle (rows, columns) and the samples in it that belong to the shape."""

    rows: slice
    columns: slice
    mask: npt.NDArray[np.bool_]


def _axes() -> tuple[Field, Field]:
    centre = ((np.arange(GRID) + 0.5) / GRID).astype(np.float32)
    return np.broadcast_to(centre[None, :], (GRID, GRID)), np.broadcast_to(centre[:, None], (GRID, GRID))


@dataclass(eq=False)
class Sketch:
    """A scene while it is drawn, from the back to the front. Coordinates: unit square, x to the right, y down."""

    kind: str
    label: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((GRID, GRID), np.uint8))
    light: Field = field(default_factory=lambda: np.full((GRID, GRID), 0.5, np.float32))
    angle: Field = field(default_factory=lambda: np.zeros((GRID, GRID), np.float32))
    hold: Field = field(default_factory=lambda: np.full((GRID, GRID), 0.3, np.float32))
    detail: Field = field(default_factory=lambda: np.zeros((GRID, GRID), np.float32))
    materials: list[Material] = field(default_factory=list)
    key: Key = field(default_factory=Key)

    def __post_init__(self) -> None:
        self.x, self.y = _axes()

    def add(self, material: Material) -> int:
        """Add a substance; returns its index."""
        self.materials.append(material)
        return len(self.materials) - 1

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Patch:
        """Return a rectangle, cut to the picture; empty outside it."""
        c0, r0, c1, r1 = (min(max(round(v * GRID), 0), GRID) for v in (x0, y0, x1, y1))
        c1, r1 = max(c0, c1), max(r0, r1)
        return Patch(slice(r0, r1), slice(c0, c1), np.ones((r1 - r0, c1 - c0), np.bool_))

    def polygon(self, points: npt.ArrayLike) -> Patch:
        """Return the inside of a closed polygon (n, 2) of x, y."""
        corners = np.asarray(points, np.float32)
        (x0, y0), (x1, y1) = corners.min(0), corners.max(0)
        frame = self.box(float(x0) - 1.0 / GRID, float(y0) - 1.0 / GRID, float(x1) + 1.0 / GRID, float(y1) + 1.0 / GRID)
        canvas = np.zeros(frame.mask.shape, np.uint8)
        if canvas.size:
            moved = (corners * GRID - 0.5 - (frame.columns.start, frame.rows.start)) * 16.0
            opencv().fillPoly(canvas, [np.round(moved).astype(np.int32)], 1, shift=4)
        return Patch(frame.rows, frame.columns, canvas.view(np.bool_))

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, tilt: float = 0.0) -> Patch:
        """Return an ellipse with half-axes rx, ry, turned by `tilt` radians."""
        reach_x, reach_y = (
            np.hypot(rx * np.cos(tilt), ry * np.sin(tilt)),
            np.hypot(rx * np.sin(tilt), ry * np.cos(tilt)),
        )
        frame = self.box(cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y)
        u, v = self.local(frame, cx, cy, rx, ry, tilt)
        return Patch(frame.rows, frame.columns, u * u + v * v <= 1.0)

    def at(self, patch: Patch) -> tuple[Field, Field]:
        """Return x and y of a patch's samples."""
        return self.x[patch.rows, patch.columns], self.y[patch.rows, patch.columns]

    def local(self, patch: Patch, cx: float, cy: float, rx: float, ry: float, tilt: float = 0.0) -> tuple[Field, Field]:
        """Return coordinates of a patch's samples along the axes of an ellipse, 1 at its rim."""
        x, y = self.at(patch)
        dx, dy = x - np.float32(cx), y - np.float32(cy)
        along, across = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
        u = np.asarray((dx * along + dy * across) / np.float32(rx), np.float32)
        v = np.asarray((dy * along - dx * across) / np.float32(ry), np.float32)
        return u, v

    def lay(
        self,
        patch: Patch,
        material: int,
        light: npt.ArrayLike,
        *,
        angle: npt.ArrayLike | None = None,
        hold: float = 0.7,
        detail: float = 0.3,
    ) -> None:
        """Cover a patch with a substance, lit so, its form running so; arrays are of the patch's rectangle."""
        where = (patch.rows, patch.columns)
        np.copyto(self.label[where], np.uint8(material), where=patch.mask)
        np.copyto(self.light[where], np.asarray(light, np.float32), where=patch.mask)
        if angle is not None:
            np.copyto(self.angle[where], np.asarray(angle, np.float32), where=patch.mask)
        np.copyto(self.hold[where], np.float32(hold), where=patch.mask)
        np.copyto(self.detail[where], np.float32(detail), where=patch.mask)

    def shade(self, patch: Patch, amount: npt.ArrayLike) -> None:
        """Add to the light of a patch (negative: shadow), whatever lies there."""
        self.light[patch.rows, patch.columns] += np.where(patch.mask, np.asarray(amount, np.float32), np.float32(0.0))

    def spot(self, cx: float, cy: float, rx: float, ry: float, amount: float, tilt: float = 0.0) -> None:
        """Add a soft round light or shadow, strongest in its middle, nothing at its rim."""
        patch = self.ellipse(cx, cy, rx, ry, tilt)
        u, v = self.local(patch, cx, cy, rx, ry, tilt)
        self.shade(patch, amount * (1.0 - u * u - v * v))

    def finish(self) -> Scene:
        """Return the scene."""
        np.clip(self.light, 0.0, 1.0, out=self.light)
        return Scene(
            self.kind, self.label, self.light, self.angle, self.hold, self.detail, tuple(self.materials), self.key
        )


def curve(points: npt.ArrayLike, *, closed: bool = False, fineness: int = 6) -> Points:
    """Return a smooth curve (Catmull-Rom) through points (n, 2)."""
    p = np.asarray(points, np.float32)
    p = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    t = np.arange(fineness, dtype=np.float32)[None, :, None] / fineness
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    out = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    smooth: Points = out.reshape(-1, 2).astype(np.float32)
    return smooth if closed else np.concatenate([smooth, p[-1:]])


def lambert(nx: Field, ny: Field, light: Light, ambient: float = 0.2) -> Field:
    """Return how light a round form is, 0 .. 1; shadows keep some glow.

    nx, ny: its normal's components across and down; what is left of its length 1 faces the viewer.
    """
    lx, ly, lz = light
    nz = np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
    facing = nx * lx + ny * ly + nz * lz
    lit: Field = (ambient + (1.0 - ambient) * np.maximum(facing, 0.0) + 0.12 * np.maximum(-facing, 0.0)).astype(
        np.float32
    )
    return lit


def light_from(rng: np.random.Generator, habits: Habits) -> Light:
    """Draw the direction towards the light, a unit vector: x to the right, y down, z towards the viewer."""
    side = -1.0 if rng.random() < habits.light_left else 1.0
    vector = np.array([side * rng.uniform(0.45, 0.95), rng.uniform(-0.75, -0.3), rng.uniform(0.35, 0.8)])
    x, y, z = vector / np.linalg.norm(vector)
    return float(x), float(y), float(z)
