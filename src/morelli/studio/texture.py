"""Fields of smooth noise, made once: clouds for scenes, streaks for bristles, fibres for paper."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]

TILE = 256
"""Side of a tile in samples; tiles repeat without a seam."""


@cache
def noise(kind: str) -> Field:
    """Return a seamless tile (2 * TILE, 2 * TILE) float32, mean 0, standard deviation 1, repeated twice each way.

    kind: `clouds` (all scales), `waves` (broad only), `fibres` (fine), `streaks` (long along the first axis, fine
    along the second). Two copies each way let any window of TILE samples be cut out as a view.
    """
    seed = ["clouds", "waves", "fibres", "streaks"].index(kind)
    spectrum = np.fft.fft2(np.random.default_rng([7, seed]).normal(size=(TILE, TILE)))
    fy, fx = np.meshgrid(np.fft.fftfreq(TILE) * TILE, np.fft.fftfreq(TILE) * TILE, indexing="ij")
    f = np.hypot(fx, fy)
    weight = {
        "clouds": np.where(f > 0, 1.0 / np.maximum(f, 1.0) ** 1.7, 0.0),
        "waves": np.where(f > 0, np.exp(-((f / 5.0) ** 2)), 0.0),
        "fibres": np.exp(-(((f - 70.0) / 35.0) ** 2)),
        "streaks": np.exp(-((fy / 5.0) ** 2)) * np.exp(-((fx / 60.0) ** 2)) * (f > 0),
    }[kind]
    tile = np.fft.ifft2(spectrum * weight).real
    tile = (tile - tile.mean()) / tile.std()
    both: Field = np.tile(tile, (2, 2)).astype(np.float32)
    both.flags.writeable = False
    return both


@cache
def cells() -> Field:
    """Return a seamless tile (2 * TILE, 2 * TILE) float32 of polygons, twice each way: 0 at borders, about 6 within.

    The difference of the distances to the two nearest of some five hundred scattered points, in samples.
    """
    count = 22
    pitch = TILE / count
    rng = np.random.default_rng([7, 9])
    points = (
        np.stack(np.meshgrid(np.arange(count), np.arange(count), indexing="ij"), -1) + rng.random((count, count, 2))
    ) * pitch
    at = np.arange(TILE, dtype=np.float64)
    nearest = np.full((2, TILE, TILE), np.inf)
    home = (at / pitch).astype(int)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            which = points[(home[:, None] + dy) % count, (home[None, :] + dx) % count]
            off = np.stack([at[:, None] - which[..., 0], at[None, :] - which[..., 1]], -1)
            off -= TILE * np.round(off / TILE)
            distance = np.hypot(off[..., 0], off[..., 1])
            nearest[1] = np.minimum(nearest[1], np.maximum(nearest[0], distance))
            nearest[0] = np.minimum(nearest[0], distance)
    both: Field = np.tile(nearest[1] - nearest[0], (2, 2)).astype(np.float32)
    both.flags.writeable = False
    return both


def window(rng: np.random.Generator, kind: str, side: int, step: int = 1) -> Field:
    """Cut a random window (side, side) of a noise tile, every `step`-th sample; a view, not to be written to."""
    reach = side * step
    if reach > TILE:
        raise ValueError(f"a window of {side} samples with step {step} is larger than the tile of {TILE}")
    y, x = rng.integers(0, 2 * TILE - reach + 1, 2)
    cut = noise(kind)[y : y + reach : step, x : x + reach : step]
    return cut.T if kind in ("clouds", "waves") and rng.random() < 0.5 else cut
