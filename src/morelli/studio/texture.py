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

    kind: `clouds` (all scales), `waves` (broad only), `fibres` (fine), `streaks` (long along the first axis, fine along the second).
    Two copies each way let any window of TILE samples be cut out as a view.
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


def window(rng: np.random.Generator, kind: str, side: int, step: int = 1) -> Field:
    """Cut a random window (side, side) of a noise tile, every `step`-th sample; a view, not to be written to."""
    reach = side * step
    if reach > TILE:
        raise ValueError(f"a window of {side} samples with step {step} is larger than the tile of {TILE}")
    y, x = rng.integers(0, 2 * TILE - reach + 1, 2)
    cut = noise(kind)[y : y + reach : step, x : x + reach : step]
    return cut.T if kind in ("clouds", "waves") and rng.random() < 0.5 else cut
