"""The pairs to be scored, from `submission_info.csv`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morelli.errors import KaggleError
from morelli.kaggle.long_table import (
    IntArray,
    OneOf,
    Whole,
    lines_with,
    read_header,
    read_long_table,
)

HEADERS = (("index", "image1", "image2"), ("index", "img1", "img2"))  # both are in use for this file
COMPETITION_PAIRS = 21_916_047


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of pictures in the order of their file.

    index (n,) int64: each number from 0 (or 1) on once, in any order. first, second (n,): places in a list of pictures, of the smallest
    type of whole numbers that holds them: all pairs of the competition take 0.3 GB.
    """

    index: IntArray
    first: IntArray
    second: IntArray

    def __len__(self) -> int:
        return len(self.index)

    def row_of(self, index: IntArray) -> IntArray:
        """Return the row of each index (m,), -1 where no pair has it."""
        low = int(self.index.min())
        row = np.empty(len(self), dtype=np.int64)
        row[self.index - low] = np.arange(len(self))
        inside = (index >= low) & (index < low + len(self))
        return np.where(inside, row.take(index - low, mode="clip"), -1)


def read_pairs(source: Path, names: Sequence[str]) -> Pairs:
    """Read the pairs of a submission_info.csv. names: of the pictures there are.

    Raises KaggleError: other columns, a row that is none, a picture that is not there, an index that is missing or stands twice.
    """
    header = read_header(source)
    if header not in HEADERS:
        raise KaggleError(
            f"{source}, line 1: the columns are {', '.join(header)}, not index, image1, image2; download the file again"
        )
    pictures = OneOf(names, "picture in test/; unpack the whole of test.zip")
    kinds = (Whole(), pictures, pictures)
    index, first, second = read_long_table(source, dict(zip(header, kinds, strict=True))).values()
    check_indices(index, source)
    return Pairs(index, first, second)


def check_indices(index: IntArray, source: Path) -> None:
    """Raise KaggleError where there are none, one stands twice, or one is missing between the least (0 or 1) and the largest.

    source: the table that they are from, to name its lines.
    """
    if not len(index):
        raise KaggleError(f"{source}: holds no pairs; download the file again")
    if np.array_equal(index, np.arange(len(index))):
        return
    ordered = np.sort(index)
    step = np.diff(ordered)
    if ordered[0] in (0, 1) and (step == 1).all():
        return
    if (step == 0).any():
        twice = int(ordered[np.argmax(step == 0)])
        lines = " and ".join(map(str, lines_with(source, twice)[:2]))
        raise KaggleError(f"{source}, lines {lines}: the index {twice} stands twice; download the file again")
    if ordered[0] not in (0, 1):
        raise KaggleError(f"{source}: the least index is {ordered[0]}, not 0 or 1; download the file again")
    missing = int(ordered[np.argmax(step > 1)]) + 1
    raise KaggleError(
        f"{source}: the index {missing} is missing: {len(index):,} rows with indices from {ordered[0]} to {ordered[-1]}; "
        "download the file again"
    )
