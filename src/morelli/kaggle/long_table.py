"""The competition's long tables: whole numbers and words of a known set, read as arrays. What is wrong is named by its line.

Blocks of plain rows are read at once (`plain_rows`); a block with anything else in it, quotes or an error, is read row by row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import KaggleError
from morelli.kaggle.plain_rows import Words, read_plain_rows
from morelli.pictures.stream import in_order

IntArray = npt.NDArray[np.integer]
_LONGEST_LINE = 4096  # bytes
_BLOCK = 1 << 19  # bytes; its arrays stay in the processor's cache


@dataclass(frozen=True)
class Whole:
    """A column of whole numbers, from 0 on."""

    dtype = np.dtype(np.int64)
    plain = None

    def read(self, text: str) -> int:
        """Return the value of a field. Raises ValueError."""
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValueError("not a whole number")
        return int(text)


@dataclass(frozen=True)
class OneOf:
    """A column of known words, read as their places in `words` (distinct, not empty). what: what a word is, for messages."""

    words: Sequence[str]
    what: str

    @cached_property
    def dtype(self) -> np.dtype[np.unsignedinteger]:
        """The smallest type that holds every place."""
        return np.min_scalar_type(max(len(self.words) - 1, 0))

    @cached_property
    def plain(self) -> Words:
        """The words as plain rows have them."""
        return Words(self.words)

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    def read(self, text: str) -> int:
        """Return the value of a field. Raises ValueError."""
        try:
            return self._place[text]
        except KeyError:
            raise ValueError(f"which is no {self.what}") from None


Column = Whole | OneOf


def read_header(source: Path) -> tuple[str, ...]:
    """Return the names of a CSV table's columns. Raises KaggleError where there are none to read."""
    try:
        with source.open("rb") as file:
            line = file.readline(_LONGEST_LINE)
        names = tuple(next(csv.reader([line.decode("utf-8-sig")], strict=True), []))
    except OSError as err:
        raise KaggleError(f"{source}: cannot be read ({err.strerror or err})") from err
    except (UnicodeDecodeError, csv.Error) as err:
        raise KaggleError(f"{source}, line 1: not the header of a CSV table ({err}); download the file again") from err
    if not names:
        raise KaggleError(f"{source}: is empty; download the file again")
    return names


def read_long_table(source: Path, columns: Mapping[str, Column], *, workers: int = 2) -> dict[str, IntArray]:
    """Read a CSV table -> an array (n,) a column, in the order of the file's rows; empty lines are passed over.

    columns: every column of the file, in its order. workers: threads. Raises KaggleError with the line.
    """
    kinds = list(columns.values())
    plain = [kind.plain for kind in kinds]

    def read(block: tuple[int, bytes]) -> list[IntArray]:
        line, data = block
        found = read_plain_rows(data, plain)
        if found is None:
            return _read_rows(source, columns, line, data)
        return [array.astype(kind.dtype, copy=False) for array, kind in zip(found, kinds, strict=True)]

    try:
        parts = list(in_order(read, _blocks(source), workers=workers))
    except OSError as err:
        raise KaggleError(f"{source}: cannot be read ({err.strerror or err})") from err
    nothing = [np.empty(0, dtype=kind.dtype) for kind in kinds]
    arrays = [np.concatenate(arrays) for arrays in zip(nothing, *parts, strict=True)]
    return dict(zip(columns, arrays, strict=True))


def lines_with(source: Path, number: int) -> list[int]:
    """Return the lines of a CSV table whose first field is this whole number."""
    with source.open("rb") as file:
        return [
            line
            for line, data in enumerate(file, 1)
            if (field := data.partition(b",")[0].strip(b'"\r\n')).isdigit() and int(field) == number
        ]


def _blocks(source: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the file below its header in blocks of whole lines, each ended by a line feed, with the number of their first line."""
    with source.open("rb") as file:
        file.readline()
        line, rest = 2, b""
        while data := file.read(_BLOCK):
            data = (rest + data).replace(b"\r\n", b"\n")
            end = data.rfind(b"\n") + 1
            block, rest = data[:end], data[end:]
            if len(rest) > _LONGEST_LINE:
                where = line + block.count(b"\n")
                raise KaggleError(f"{source}, line {where}: longer than any row; download the file again")
            yield line, block
            line += block.count(b"\n")
        if rest:
            yield line, rest + b"\n"


def _read_rows(source: Path, columns: Mapping[str, Column], line: int, data: bytes) -> list[IntArray]:
    """Read a block row by row. Raises KaggleError with the line of the first row that is wrong."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as err:
        where = line + data.count(b"\n", 0, err.start)
        raise KaggleError(f"{source}, line {where}: not UTF-8 text; download the file again") from err
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[list[int]] = [[] for _ in columns]
    before = 0  # lines of earlier rows
    try:
        for row in rows:
            where, before = line + before, rows.line_num
            if not row:
                continue
            if len(row) != len(columns):
                raise KaggleError(f"{source}, line {where}: {len(row)} fields where the header has {len(columns)}")
            for (name, column), field, values in zip(columns.items(), row, found, strict=True):
                try:
                    values.append(column.read(field))
                except ValueError as err:
                    raise KaggleError(f"{source}, line {where}: {name} is {field!r}, {err}") from None
    except csv.Error as err:
        raise KaggleError(f"{source}, line {line + before}: not a CSV row ({err})") from err
    return [np.array(values, dtype=column.dtype) for values, column in zip(found, columns.values(), strict=True)]
