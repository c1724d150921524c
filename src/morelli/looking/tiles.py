"""Values of even tiles brought to a painting's pixels, smoothly, and two paintings' values to one measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morelli.verdict.explanation import Side

Values = npt.NDArray[np.float64]
WASH = 0.9  # the strongest colour: what is under it is still seen
_FIELD = 256  # px a side, on which the strongest place is looked for


def shared_heat(sides: Sequence[Side], shapes: Sequence[tuple[int, ...]]) -> list[Values]:
    """Return the values of both pictures enlarged to their pixels (h, w), in [-1, 1]: in shares of the strongest place of the two."""
    fields = [smooth(side.values, height=_FIELD, width=_FIELD) for side in sides]
    strongest = max(float(np.abs(field).max()) for field in fields) or 1.0
    heats = []
    for side, (height, width) in zip(sides, shapes, strict=True):
        left, top, right, bottom = side.seen
        x0, x1, y0, y1 = (
            round(share * n) for share, n in ((left, width), (right, width), (top, height), (bottom, height))
        )
        heat = np.zeros((height, width))
        heat[y0:y1, x0:x1] = WASH * smooth(side.values, height=y1 - y0, width=x1 - x0) / strongest
        heats.append(np.clip(heat, -1, 1))
    return heats


def smooth(values: Values, *, height: int, width: int) -> Values:
    """Enlarge even tiles (h, w) to (height, width) pixels, smoothly: a quadratic B-spline, which never leaves the tiles' range."""
    return _weights(values.shape[0], height) @ values @ _weights(values.shape[1], width).T


def _weights(tiles: int, pixels: int) -> Values:
    """Return what each pixel (pixels, tiles) has of each tile; every row sums to 1."""
    place = (np.arange(pixels) + 0.5) / pixels * tiles - 0.5
    out = np.zeros((pixels, tiles))
    for offset in (-1, 0, 1):
        tile = np.rint(place).astype(int) + offset
        far = np.abs(place - tile)
        weight = np.where(far <= 0.5, 0.75 - far**2, 0.5 * np.clip(1.5 - far, 0, None) ** 2)
        np.add.at(out, (np.arange(pixels), np.clip(tile, 0, tiles - 1)), weight)
    return out
