"""A table of pairs, read as a stream; every row keeps the bytes that it was written with.

There is one dialect: UTF-8 (a byte order mark may stand first), a header, commas between fields, quotes as RFC 4180 has them, lines
that end in LF or CRLF. Nothing is guessed: what does not fit is an error that names its line.
"""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from morelli.errors import PairsError

NEEDED = ("image1", "image2")
_BOM = b"\xef\xbb\xbf"
_LONGEST = (
    1 << 20
)  # bytes of a line; a table's rows are far shorter, and a file without line ends must not fill the memory
_FOREIGN = {
    b"PAR1": "a Parquet table",
    b"PK\x03\x04": "a spreadsheet or archive",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_PARTED = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}

Row = tuple[int, str, str, bytes, bytes]
"""A row: the line that it begins at, image1, image2, its bytes without the line end, its line end."""


@dataclass(frozen=True, eq=False)
class PairTable:
    """An open table of pairs. columns: their names; header, end: the header's bytes and its line end (LF where it has none)."""

    source: Path
    columns: tuple[str, ...]
    header: bytes
    end: bytes
    _file: BinaryIO

    def rows(self) -> Iterator[Row]:
        """Read from the first row on; each call begins anew. Raises PairsError, naming the line."""
        records = _records(self._file, self.source)
        next(records)
        first, second = (self.columns.index(name) for name in NEEDED)
        blank = 0
        for line, fields, raw, end in records:
            if not fields:
                blank = blank or line
                continue
            if blank:
                raise PairsError(f"{self.source}, line {blank}: is empty; take the line out, or give it a pair")
            if len(fields) != len(self.columns):
                raise PairsError(
                    f"{self.source}, line {line}: {len(fields)} fields where the header has {len(self.columns)}; "
                    "a field with a comma needs quotes"
                )
            yield line, fields[first], fields[second], raw, end or self.end


@contextmanager
def open_pairs(source: Path) -> Iterator[PairTable]:
    """Open a table of pairs and read its header. Raises PairsError."""
    with _opened(source) as file:
        start = file.read(4)
        for mark, what in _FOREIGN.items():
            if start.startswith(mark):
                raise PairsError(f"{source}: is {what}; save the table as CSV UTF-8")
        line, names, header, end = next(_records(file, source), (1, [], b"", b""))
        if not names:
            what = "is empty" if not start else f"line {line} is empty"
            raise PairsError(f"{source}: {what}; a header with image1 and image2 must stand first")
        _check_header(source, names)
        yield PairTable(source, tuple(names), header, end or b"\n", file)


@contextmanager
def _opened(source: Path) -> Iterator[BinaryIO]:
    try:
        mode = source.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PairsError(f"{source}: is a folder; name a CSV file with the columns image1 and image2")
        if not stat.S_ISREG(mode):
            raise PairsError(f"{source}: is a pipe or device; a table is read twice, so write it to a file first")
        file = source.open("rb")
    except OSError as err:
        raise PairsError(f"{source}: cannot be read ({err.strerror}); name a CSV file with image1 and image2") from err
    with file:
        yield file


def _check_header(source: Path, names: list[str]) -> None:
    found = ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")
    for needed in NEEDED:
        if needed in names:
            continue
        for delimiter, word in _PARTED.items():
            if any(needed in name.split(delimiter) for name in names):
                raise PairsError(f"{source}, line 1: its columns are parted by {word}; save the table with commas")
        raise PairsError(
            f"{source}, line 1: no column {needed!r} (found: {found}); name the pictures image1 and image2"
        )
    for needed in NEEDED:
        if names.count(needed) > 1:
            raise PairsError(f"{source}, line 1: the column {needed!r} stands twice; rename one")


def _records(file: BinaryIO, source: Path) -> Iterator[tuple[int, list[str], bytes, bytes]]:
    """Yield (line, fields, bytes, line end) of every record from the file's start, the header too."""
    file.seek(0)
    lines = _Lines(file, source)
    reader = csv.reader(lines, strict=True)
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as err:
            line = lines.number - max(len(lines.taken), 1) + 1
            raise PairsError(f"{source}, line {line}: not a row of CSV ({_meaning(err)})") from err
        if fields is None:
            return
        line = lines.number - len(lines.taken) + 1
        data = lines.taken[0] if line == lines.number else b"".join(lines.taken)
        lines.taken.clear()
        raw = data.removesuffix(b"\n").removesuffix(b"\r") if data.endswith(b"\n") else data
        if raw.endswith(b"\r"):
            raise PairsError(f"{source}, line {line}: ends in a stray carriage return; save the table with LF or CRLF")
        yield line, fields, raw, data[len(raw) :]


class _Lines:
    """A file's lines as text. number: of the last one; taken: the bytes of those that were read since it was last emptied."""

    def __init__(self, file: BinaryIO, source: Path) -> None:
        self._file, self._source = file, source
        self.number = 0
        self.taken: list[bytes] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = self._file.readline(_LONGEST + 1)
        except OSError as err:
            raise PairsError(f"{self._source}: cannot be read ({err.strerror}); copy the table again") from err
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        if len(line) > _LONGEST:
            raise self._wrong(f"longer than {_LONGEST:,} bytes; this is no table of pairs")
        if 0 in line:
            raise self._wrong("holds a NUL byte; save the table as CSV UTF-8")
        try:
            return (line if self.number > 1 else line.removeprefix(_BOM)).decode()
        except UnicodeDecodeError as err:
            raise self._wrong(f"not UTF-8 (byte {err.start + 1} of it); save the table as CSV UTF-8") from err

    def _wrong(self, what: str) -> PairsError:
        return PairsError(f"{self._source}, line {self.number}: {what}")


def _meaning(err: csv.Error) -> str:
    said = str(err)
    if said == "unexpected end of data":
        return "a quote is opened and never closed"
    if "expected after" in said:
        return "a quoted field goes on after its quote; a quote inside a field is written twice"
    if "new-line character" in said:
        return "a stray carriage return; save the table with LF or CRLF at the ends of lines"
    return said
