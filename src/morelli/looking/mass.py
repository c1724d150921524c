"""How small the part of a picture is that a map points at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


def half_level(heat: Floats) -> float:
    """Return the level above which a heat map holds half of its mass (what is below zero has none); nan for a map without any."""
    values, mass = _ranked(heat)
    return float(values[np.searchsorted(mass, 0.5 * mass[-1])]) if len(mass) and mass[-1] > 0 else float("nan")


def half_area(heat: Floats) -> float:
    """Return the smallest share of a heat map's area, in (0, 1], that holds half of its mass; nan for a map without any.

    The last pixel counts in part, so that coarse maps are measured as finely as fine ones.

    >>> half_area(np.array([[4.0, 2.0], [-3.0, 2.0]])), half_area(np.ones((8, 8)))
    (0.25, 0.5)
    """
    values, mass = _ranked(heat)
    if not len(mass) or not mass[-1] > 0:
        return float("nan")
    half = 0.5 * mass[-1]
    whole = int(np.searchsorted(mass, half))
    before = mass[whole - 1] if whole else 0.0
    return float((whole + (half - before) / values[whole]) / heat.size)


def _ranked(heat: Floats) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    values = -np.sort(-np.maximum(np.asarray(heat, np.float64), 0).ravel())
    return values, np.cumsum(values)
