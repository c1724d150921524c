"""What surrounds a painting in its picture: a mount, a scanner's edge, a frame, a wall.

Two signs are looked for on each side: a plain margin that ends along a straight line, and mouldings, straight lines of
contrast along the whole of all four sides. A painted border, as of a print or of a square within squares, has the same signs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.pictures.open import Pixels
from morelli.pictures.resample import resample

Grey = npt.NDArray[np.float32]
_SIDE = 192  # px of the longer side, on which all lengths below are
_REACH = 0.45  # of the picture: how far in a margin may reach
_STEP, _LAG, _FAR = 9.0, 3, 36.0  # a margin ends where 3 px change it by 9 levels, or where it has drifted by 36
_STRAIGHT = 0.8  # of the ends of a margin's columns must lie on one line, to a pixel and a half
_SEEN = 0.3  # of the side's columns must come to an end, or no line can be told
_SLOPES = np.tan(np.radians([0, -0.75, 0.75, -1.5, 1.5, -2.5, 2.5, -3.5, 3.5, -4.5, 4.5, -6, 6, -8, 8])).astype(
    np.float32
)
_MOULDING, _COHERENT, _NOISE = 0.3, 0.8, 3.0  # depth looked at, least coherence of a line, levels of noise
_LAYERS = 5  # that are peeled off at most
_LEAST = 0.015  # of the side: a narrower margin is no margin


@dataclass(frozen=True, kw_only=True)
class Border:
    """What surrounds a painting.

    kind: `plain` (margins of one colour, on two sides or more) or `moulded` (lines along all four sides). widths: of top,
    right, bottom, left, as shares of the picture's height and width. slant: degrees, the most that a margin's inner edge
    is off its side. unevenness: levels by which the margins' light differs between the sides' middles.
    """

    kind: Literal["plain", "moulded"]
    widths: tuple[float, float, float, float]
    slant: float = 0.0
    unevenness: float = 0.0

    @property
    def filled(self) -> float:
        """Share of the picture's area that the painting has."""
        top, right, bottom, left = self.widths
        return max(0.0, 1 - top - bottom) * max(0.0, 1 - left - right)

    @property
    def is_wall(self) -> bool:
        """Whether this looks like a photograph of a wall: plain all round, and lit unevenly, seen aslant or wide.

        A painting photographed head-on on a wall in even light looks like one in a wide mount, and the other way round.
        """
        return min(self.widths) > 0 and (self.filled < 0.45 or self.slant > 1 or self.unevenness > 12)


def find_border(pixels: Pixels) -> Border | None:
    """Return what surrounds the painting in uint8 (h, w, 3); None where nothing is found."""
    height, width = pixels.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    small = resample(pixels, width=max(1, round(width * scale)), height=max(1, round(height * scale)))
    if min(small.shape[:2]) < 24:
        return None
    colours = _smoothed(np.ascontiguousarray(small.transpose(2, 0, 1), dtype=np.float32))
    edges = [_margin(side) for side in _sides(colours)]
    widths = [depth for depth, _ in edges]
    if sum(width > 0 for width in widths) >= 2:
        slant = max(math.degrees(math.atan(abs(slope))) for depth, slope in edges if depth > 0)
        return Border(kind="plain", widths=_four(widths), slant=slant, unevenness=_unevenness(colours, widths))
    grey = np.tensordot(np.array([0.299, 0.587, 0.114], dtype=np.float32), colours, axes=1)
    top, right, bottom, left = (_coherence(side) for side in _sides(grey))
    upright, across = _innermost(top, bottom) / grey.shape[0], _innermost(left, right) / grey.shape[1]
    if min(upright, across) >= _LEAST:
        return Border(kind="moulded", widths=(upright, across, upright, across))
    return None


def inside_border(pixels: Pixels) -> tuple[int, int, int, int]:
    """Return the part of uint8 (h, w, 3) that is painting: left, top, right, bottom in px; the whole where nothing surrounds it.

    What is found is peeled off and looked behind, for a frame has several mouldings and may hold a mount. A layer that would leave
    less than a quarter of the picture is not taken for one.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = 0, 0, width, height
    for _ in range(_LAYERS):
        border = find_border(np.ascontiguousarray(pixels[top:bottom, left:right]))
        if border is None:
            break
        down, across = bottom - top, right - left
        above, after, below, before = border.widths
        part = (
            left + round(before * across), top + round(above * down), right - round(after * across), bottom - round(below * down),
        )  # fmt: skip
        if 4 * (part[2] - part[0]) * (part[3] - part[1]) < width * height:
            break
        left, top, right, bottom = part
    return left, top, right, bottom


def _sides(image: Grey) -> list[Grey]:
    """Turn the top, right, bottom and left side of (..., h, w) to the top."""
    turned = np.swapaxes(image, -1, -2)
    return [image, turned[..., ::-1, :], image[..., ::-1, :], turned]


def _smoothed(image: Grey) -> Grey:
    """Return the mean of 3 x 3 px of (3, h, w); the border is repeated."""
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    mean: Grey = (rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]) / np.float32(9)
    return mean


def _margin(image: Grey) -> tuple[float, float]:
    """Return the depth (share of the height) and the slope of the plain margin at the top of (3, h, w); depth 0 for none."""
    height, width = image.shape[1:]
    reach = int(height * _REACH)
    outer = np.ascontiguousarray(image[:, :reach])
    ends = np.any(np.abs(outer - outer[:, :1]) > _FAR, axis=0)
    ends[_LAG:] |= np.any(np.abs(outer[:, _LAG:] - outer[:, :-_LAG]) > _STEP, axis=0)
    ends[1:_LAG] |= np.any(np.abs(outer[:, 1:_LAG] - outer[:, :1]) > _STEP, axis=0)
    columns = np.flatnonzero(ends.any(axis=0))
    if len(columns) < _SEEN * width:
        return 0.0, 0.0
    depth = ends.argmax(axis=0)[columns].astype(np.float32)
    # Each slope's columns vote for where the line begins; a gentler slope wins where two are as good.
    tried = len(_SLOPES)
    begins = np.rint(depth - _SLOPES[:, np.newaxis] * (columns - np.float32(width / 2))).clip(0, reach - 1).astype(int)
    places = begins + 1 + (reach + 2) * np.arange(tried)[:, np.newaxis]
    votes = np.bincount(places.ravel(), minlength=tried * (reach + 2)).reshape(tried, reach + 2)
    near = (votes[:, :-2] + votes[:, 1:-1] + votes[:, 2:]) / len(columns)
    slope, line = np.unravel_index((near - 0.001 * np.arange(tried)[:, np.newaxis]).argmax(), near.shape)
    if near[slope, line] < _STRAIGHT or line / height < _LEAST:
        return 0.0, 0.0
    return float(line / height), float(_SLOPES[slope])


def _unevenness(image: Grey, widths: list[float]) -> float:
    """Return the largest difference between the lightness of the outermost pixels at the corners and the sides' middles."""
    if min(widths) <= 0:
        return 0.0
    down, across = ([slice(3), slice(side // 2 - 8, side // 2 + 8), slice(-3, None)] for side in image.shape[1:])
    spots = [float(image[:, row, column].mean()) for row in down for column in across]
    del spots[4]  # the middle of the picture
    return max(spots) - min(spots)


def _coherence(grey: Grey) -> Grey:
    """Return, by depth, how far the steps away from the top of (h, w) agree along it, -1 to 1; corners are mitred away."""
    height, width = grey.shape
    depth = min(int(_MOULDING * height), width // 2 - 4)
    steps = grey[2 : depth + 2] - grey[:depth]
    rows = np.arange(depth)
    sums = np.pad(np.cumsum(np.stack([steps, steps * steps]), axis=2), ((0, 0), (0, 0), (1, 0)))
    trimmed = (sums[:, rows, width - rows - 1] - sums[:, rows, rows + 1]) / (width - 2 * rows - 2)
    coherence: Grey = trimmed[0] / np.sqrt(trimmed[1] + np.float32(_NOISE**2))
    return coherence


def _innermost(one: Grey, other: Grey) -> float:
    """Return the greatest depth, in px, at which two opposite sides both have a line, to 3 px; 0 where there is none."""
    size = min(len(one), len(other))
    here = np.abs(one[:size]) >= _COHERENT
    there = np.pad(np.abs(other[:size]) >= _COHERENT, 3)
    near = np.any([there[shift : shift + size] for shift in range(7)], axis=0)
    depths = np.flatnonzero(here & near)
    return float(depths[-1] + 1) if len(depths) else 0.0


def _four(widths: list[float]) -> tuple[float, float, float, float]:
    top, right, bottom, left = widths
    return top, right, bottom, left
