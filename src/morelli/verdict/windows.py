"""Square windows over a grid of tiles, and the choice of a few pairs of them that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.pictures.view import Box

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Windows:
    """All windows of `side` x `side` tiles on a grid of (rows, columns) tiles, row by row."""

    rows: int
    columns: int
    side: int

    def __post_init__(self) -> None:
        if not 1 <= self.side <= min(self.rows, self.columns):
            raise ValueError(f"windows of {self.side} tiles on a grid of {self.rows} x {self.columns}")

    @property
    def corners(self) -> list[tuple[int, int]]:
        """The first row and column of each window."""
        down, across = self.rows - self.side + 1, self.columns - self.side + 1
        return [(row, column) for row in range(down) for column in range(across)]

    def sums(self, tiles: Floats) -> npt.NDArray[np.float64]:
        """Return the sum (n, ...) over each window of tiles (rows, columns, ...)."""
        return np.stack(
            [
                tiles[row : row + self.side, column : column + self.side].sum(axis=(0, 1), dtype=np.float64)
                for row, column in self.corners
            ]
        )

    def spread(self, values: Floats) -> npt.NDArray[np.float64]:
        """Return what each tile (rows, columns) has of the windows' values (n,): the mean over the windows that it lies in."""
        total, count = np.zeros((self.rows, self.columns)), np.zeros((self.rows, self.columns))
        for (row, column), value in zip(self.corners, values, strict=True):
            total[row : row + self.side, column : column + self.side] += value
            count[row : row + self.side, column : column + self.side] += 1
        return total / count

    def box(self, number: int, *, inside: Box = (0.0, 0.0, 1.0, 1.0)) -> Box:
        """Return where a window lies, in shares of the picture of which the grid covers the part `inside`."""
        row, column = self.corners[number]
        left, top, right, bottom = inside
        xs = [left + (right - left) * x / self.columns for x in (column, column + self.side)]
        ys = [top + (bottom - top) * y / self.rows for y in (row, row + self.side)]
        return (xs[0], ys[0], xs[1], ys[1])

    def overlap(self, number: int) -> npt.NDArray[np.bool_]:
        """Return which windows (n,) share a tile with one of them."""
        places = np.array(self.corners)
        near: npt.NDArray[np.bool_] = (np.abs(places - places[number]) < self.side).all(axis=1)
        return near


def best_pairs(
    values: Floats, first: Windows, second: Windows, *, most: int, least: float, floor: float = 0.0
) -> list[tuple[int, int]]:
    """Return the pairs of windows that add most, the largest first, none overlapping another of its picture.

    values (n, m): of every window of the first picture with every one of the second. most: pairs; least: of a pair's value, as a share of
    the largest one. What is not above `floor` is never chosen.
    """
    left = np.array(values, dtype=np.float64)
    chosen: list[tuple[int, int]] = []
    largest = left.max(initial=0.0)
    while len(chosen) < most:
        one, other = np.unravel_index(int(np.argmax(left)), left.shape)
        value = left[one, other]
        if not value > floor or value < least * largest:
            break
        chosen.append((int(one), int(other)))
        left[first.overlap(int(one))] = -np.inf
        left[:, second.overlap(int(other))] = -np.inf
    return chosen
