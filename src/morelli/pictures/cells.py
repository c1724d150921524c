"""Where the cells of a map lie in the square picture that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Line:
    """Centres of cells along one side, as shares of that side: the first one, and the step to the next.

    >>> Line(first=0.25, step=0.5).centres(2)
    [0.25, 0.75]
    """

    first: float
    step: float

    @classmethod
    def even(cls, count: int) -> Line:
        """Return the line of so many even tiles.

        >>> Line.even(4).centres(4)
        [0.125, 0.375, 0.625, 0.875]
        """
        return cls(first=0.5 / count, step=1 / count)

    def centred(self, count: int) -> Line:
        """Return the line of so many cells as far apart, whose middle is the picture's.

        >>> Line(first=0.25, step=0.25).centred(4).centres(4)
        [0.125, 0.375, 0.625, 0.875]
        """
        return Line(first=(1 - (count - 1) * self.step) / 2, step=self.step)

    def centres(self, count: int) -> list[float]:
        """Return the centres of so many cells."""
        return [self.first + number * self.step for number in range(count)]

    def onto(self, grid: int, count: int) -> npt.NDArray[np.float64]:
        """Return how so many cells are handed out to a grid of even tiles: (grid, count), every column summing to 1.

        A cell reaches half a step to either side of its centre; what of it lies outside the picture counts inside, as much more.

        >>> Line.even(2).onto(4, 2).T
        array([[0.5, 0.5, 0. , 0. ],
               [0. , 0. , 0.5, 0.5]])
        """
        edges = np.arange(grid + 1) / grid
        out = np.zeros((grid, count))
        for number, centre in enumerate(self.centres(count)):
            low, high = np.clip([centre - self.step / 2, centre + self.step / 2], 0, 1)
            if high - low > 1e-9:
                out[:, number] = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None)
            else:  # a cell beyond the picture's edge: to the tile at that edge
                out[min(grid - 1, int(np.clip(centre, 0, 1) * grid)), number] = 1
        shares: npt.NDArray[np.float64] = out / out.sum(axis=0)
        return shares


@dataclass(frozen=True)
class Cells:
    """Where the cells of a map (h, w) lie in the square picture: `rows` from its top, `columns` from its left."""

    rows: Line
    columns: Line
