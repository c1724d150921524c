"""A view: how a picture becomes network input. It is part of a model and is stored with it, never typed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from morelli.errors import MorelliError, nearest
from morelli.pictures.open import Decoded, Limits, Pixels, decode, decode_file
from morelli.pictures.resample import resample

Box = tuple[float, float, float, float]  # left, top, right, bottom, in shares of a picture
Kind = Literal["whole", "centre", "corners", "tiles"]
_KEYS = ("kind", "size", "grid")


class ViewError(MorelliError, ValueError):
    """A view that cannot be: an unknown kind or key, a size or grid out of range."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewedPicture:
    """A picture as a view shows it.

    pixels:        uint8 (k, size, size, 3), sRGB, upright.
    original_size: (width, height) in px of the upright picture in its file; of the part of it, where a part is shown.
    part:          what of the picture is shown, in shares of its sides.
    quartered:     whether `corners` had to show enlarged quarters, the picture being no larger than a crop.
    """

    pixels: Pixels
    original_size: tuple[int, int]
    quartered: bool = False
    part: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class View:
    """Which square pictures of `size` px are made of one picture, and in which order.

    whole:   one, the picture squashed to the square.
    centre:  one, the middle square of the picture (its side is the shorter one) brought to `size`.
    corners: five, the whole and four crops of size x size px at full resolution: upper right, then clockwise (lower
             right, lower left, upper left). Where width or height is no larger than a crop, the picture's quarters,
             each brought to the square, take the crops' place and the result says so.
    tiles:   grid x grid, the picture cut into equal tiles, each brought to the square; row by row from the upper left.

    >>> View("corners", 224).n
    5
    """

    kind: Kind
    size: int
    grid: int = 2

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ViewError(f"view: unknown kind {self.kind!r}; {nearest(str(self.kind), get_args(Kind))}")
        for name, least, most in (("size", 8, 4096), ("grid", 1, 16)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise ViewError(f"view: {name} is {value!r}; use a whole number from {least} to {most}")

    @property
    def n(self) -> int:
        """How many pictures k one picture becomes."""
        return {"whole": 1, "centre": 1, "corners": 5, "tiles": self.grid**2}[self.kind]

    def quarters(self, size: tuple[int, int]) -> bool:
        """Return whether a picture of this size, (width, height) in px, is shown by its quarters: no larger than a corner crop."""
        return self.kind == "corners" and min(size) <= self.size

    def open(self, source: Path | str, *, limits: Limits | None = None) -> ViewedPicture:
        """Open a picture file and show it, decoding no more detail than the view needs. Raises PictureError."""
        return self.show(decode_file(source, at_least=self.at_least, limits=limits))

    def open_bytes(self, data: bytes, *, name: str, limits: Limits | None = None) -> ViewedPicture:
        """Show a picture from the bytes of its file, as `open` does; `name` stands for it in errors."""
        return self.show(decode(data, name=name, at_least=self.at_least, limits=limits))

    def apply(self, pixels: Pixels) -> Pixels:
        """Show pixels uint8 (h, w, 3) at full resolution: uint8 (k, size, size, 3).

        `open` differs from it only by shrinking while it decodes; a test bounds that difference.
        """
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise ViewError(f"view: pixels are {pixels.dtype} {pixels.shape}; give uint8 (h, w, 3)")
        if self.kind == "whole":
            return resample(pixels, width=self.size, height=self.size)[np.newaxis]
        if self.kind == "centre":
            return self._centre(pixels)[np.newaxis]
        if self.kind == "corners":
            return np.stack([resample(pixels, width=self.size, height=self.size), *self._corners(pixels)])
        side = self.grid * self.size
        rows = resample(pixels, width=side, height=side).reshape(self.grid, self.size, self.grid, self.size, 3)
        return np.ascontiguousarray(rows.transpose(0, 2, 1, 3, 4)).reshape(self.n, self.size, self.size, 3)

    def to_dict(self) -> dict[str, str | int]:
        """Return what JSON or TOML can hold; `grid` only where it matters.

        >>> View("whole", 224).to_dict()
        {'kind': 'whole', 'size': 224}
        """
        stored: dict[str, str | int] = {"kind": self.kind, "size": self.size}
        return {**stored, "grid": self.grid} if self.kind == "tiles" else stored

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> View:
        """Read what `to_dict` wrote. Raises ViewError for an unknown or missing key or a value out of range."""
        for key in stored:
            if key not in _KEYS:
                raise ViewError(f"view: unknown key {key!r}; {nearest(str(key), _KEYS)}")
        for key in ("kind", "size"):
            if key not in stored:
                raise ViewError(f"view: the key {key!r} is missing")
        if "grid" in stored and stored["kind"] != "tiles":
            raise ViewError(f"view: 'grid' belongs to the kind 'tiles', not to {stored['kind']!r}; leave it out")
        return cls(**{key: stored[key] for key in _KEYS if key in stored})

    @property
    def at_least(self) -> int | None:
        """Pixels that the shorter side of a decoded picture must keep; None for all of them.

        Twice the detail that is shown: what the decoder shrinks roughly, a good filter must still shrink by two.
        """
        if self.kind == "corners":
            return None  # its crops are of the full resolution
        return 2 * self.size * (self.grid if self.kind == "tiles" else 1)

    def show(self, picture: Decoded) -> ViewedPicture:
        """Show a picture that was decoded with `at_least`, or in full."""
        return ViewedPicture(
            pixels=self.apply(picture.pixels),
            original_size=picture.original_size,
            quartered=self.quarters(picture.original_size),
        )

    def boxes(self, size: tuple[int, int]) -> list[Box]:
        """Return what of a picture of this size, (width, height) in px, each picture of the view shows, in shares of its sides.

        >>> View("tiles", 64, 2).boxes((300, 200))[1], View("centre", 64).boxes((400, 200))
        ((0.5, 0.0, 1.0, 0.5), [(0.25, 0.0, 0.75, 1.0)])
        """
        width, height = size
        if self.kind == "tiles":
            steps = [place / self.grid for place in range(self.grid + 1)]
            return [(x0, y0, x1, y1) for y0, y1 in pairwise(steps) for x0, x1 in pairwise(steps)]
        if self.kind == "centre":
            side = min(size)
            left, top = (width - side) // 2, (height - side) // 2
            return [(left / width, top / height, (left + side) / width, (top + side) / height)]
        whole = [(0.0, 0.0, 1.0, 1.0)]
        if self.kind == "whole":
            return whole
        corners = corner_boxes(width, height, size=self.size)
        return whole + [(x0 / width, y0 / height, x1 / width, y1 / height) for x0, y0, x1, y1 in corners]

    def _centre(self, pixels: Pixels) -> Pixels:
        # The middle square of the source, then to size: never a huge enlargement of a very long picture.
        height, width = pixels.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = np.ascontiguousarray(pixels[top : top + side, left : left + side])
        return resample(square, width=self.size, height=self.size)

    def _corners(self, pixels: Pixels) -> list[npt.NDArray[np.uint8]]:
        height, width = pixels.shape[:2]
        shown = []
        for left, top, right, bottom in corner_boxes(width, height, size=self.size):
            part = np.ascontiguousarray(pixels[top:bottom, left:right])
            shown.append(resample(part, width=self.size, height=self.size))  # a crop already has the size
        return shown


def corner_boxes(width: int, height: int, *, size: int) -> list[tuple[int, int, int, int]]:
    """Return where the four corners of `View("corners", size)` lie in a picture: (left, top, right, bottom) px, in the view's order.

    Where a side is no larger than a crop they are its quarters; where a side is odd, these share its middle line.

    >>> corner_boxes(500, 300, size=224)[0], corner_boxes(501, 200, size=224)[0]
    ((276, 0, 500, 224), (250, 0, 501, 100))
    """
    across, down = (size, size) if min(width, height) > size else ((width + 1) // 2, (height + 1) // 2)
    left, top, right, bottom = (0, across), (0, down), (width - across, width), (height - down, height)
    places = [(right, top), (right, bottom), (left, bottom), (left, top)]
    return [(x0, y0, x1, y1) for (x0, x1), (y0, y1) in places]
