"""A map enlarged to the painting it was made from: smoothly, cell centre on cell centre."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.pictures.cells import Cells, Line

Floats = npt.NDArray[np.floating]


def enlarge(values: Floats, cells: Cells, *, height: int, width: int) -> npt.NDArray[np.float64]:
    """Enlarge a map (h, w) to the picture's pixels (height, width).

    Each cell keeps its value at its centre; between centres the surface is smooth and never leaves the range of its neighbours
    (monotone cubic, first down, then across); beyond the outer centres it goes on level.
    """
    return _along(_along(values.astype(np.float64), cells.rows, height).T, cells.columns, width).T


def _along(values: Floats, line: Line, length: int) -> npt.NDArray[np.float64]:
    """Enlarge along the first axis."""
    from scipy.interpolate import PchipInterpolator

    centres = np.array(line.centres(len(values)))
    if len(values) == 1:
        return np.repeat(np.asarray(values, np.float64), length, axis=0)
    wanted = np.clip((np.arange(length) + 0.5) / length, centres[0], centres[-1])
    return np.asarray(PchipInterpolator(centres, values, axis=0)(wanted))
