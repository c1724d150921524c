"""Tables of strings: CSV and Parquet, read and written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Column
from morelli.catalogue.database import connect, writing_by_duckdb
from morelli.errors import CatalogueError
from morelli.files import writing_file

SUFFIXES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it was read: columns of str, all of one length, and the line of the file that each row begins at."""

    source: Path
    columns: Mapping[str, Column]
    lines: list[int]

    def place(self, row: int) -> str:
        """Name a row as an error message should: the file and the line (the row of a Parquet file)."""
        word = "row" if self.source.suffix == ".parquet" else "line"
        return f"{self.source}, {word} {self.lines[row]}"


def read_table(source: Path) -> Table:
    """Read a .csv, .tsv (UTF-8; comma, semicolon or tab; quotes as RFC 4180 has them) or .parquet file.

    Every value stays a string, Parquet's too; missing ones are empty. Column names are stripped of spaces; so is what
    stands before a value, outside its quotes. Raises CatalogueError, naming the file and the line.
    """
    if source.suffix.lower() not in SUFFIXES:
        raise CatalogueError(f"{source}: not a table that can be read ({', '.join(SUFFIXES)})")
    try:
        if source.suffix.lower() == ".parquet":
            return _read_parquet(source)
        with source.open(encoding="utf-8-sig", newline="") as file:
            return _read_csv(source, file.read())
    except OSError as err:
        raise CatalogueError(f"{source}: cannot be read ({err.strerror or err})") from err
    except UnicodeDecodeError as err:
        raise CatalogueError(f"{source}: not UTF-8 text (byte {err.start}); save the table as CSV UTF-8") from err


def header(source: Path) -> list[str]:
    """Return a table's column names. Raises CatalogueError."""
    return list(read_table(source).columns)


def write_table(columns: Mapping[str, Column], target: Path) -> None:
    """Write columns of str to a .csv, .tsv or .parquet file: written aside, then renamed. Raises CatalogueError."""
    if target.suffix.lower() not in SUFFIXES:
        raise CatalogueError(f"{target}: name a file that ends in {', '.join(SUFFIXES)}")
    if target.suffix.lower() == ".parquet":
        with writing_by_duckdb(target, error=CatalogueError) as (connection, aside):
            connection.register("catalogue", dict(columns))
            connection.execute(
                f"COPY (SELECT COLUMNS(*)::VARCHAR FROM catalogue) TO {aside} (FORMAT parquet, USE_TMP_FILE false)"
            )
        return
    delimiter = "\t" if target.suffix.lower() == ".tsv" else ","
    with writing_file(target, error=CatalogueError) as part:
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                for row in (list(columns), *zip(*columns.values(), strict=True)):
                    file.write(delimiter.join(map(_quoted, row)) + "\n")
        except UnicodeEncodeError as err:
            raise CatalogueError(f"{target}: cannot be written ({err})") from err


def _read_csv(source: Path, text: str) -> Table:
    try:
        delimiter = _delimiter(text)
    except csv.Error as err:
        raise CatalogueError(f"{source}: its header is not a CSV row ({err}); save the table as CSV UTF-8") from err
    rows = csv.reader(_lines(text), delimiter=delimiter, skipinitialspace=True, strict=True)
    names: list[str] = []
    values: list[list[str]] = []
    lines: list[int] = []
    before = 0
    try:
        for row in rows:
            begins, before = before + 1, rows.line_num
            if not row:
                continue
            if not names:
                names = [name.strip() for name in row]
                _check_names(source, names)
            elif len(row) != len(names):
                fields = f"{len(row)} fields where the header has {len(names)}"
                raise CatalogueError(f"{source}, line {begins}: {fields}; a field with a {delimiter!r} needs quotes")
            else:
                values.append(row)
                lines.append(begins)
    except csv.Error as err:
        raise CatalogueError(f"{source}, line {before + 1}: not a CSV row ({err})") from err
    if not names:
        raise CatalogueError(f"{source}: the table is empty; it needs a header with 'path' and 'artist'")
    transposed = list(zip(*values, strict=True)) if values else [()] * len(names)
    return Table(source, {name: _column(list(column)) for name, column in zip(names, transposed, strict=True)}, lines)


def _lines(text: str) -> Iterator[str]:
    """Yield lines with their ends; a line ends where CSV says so (str.splitlines breaks at more characters)."""
    return iter(io.StringIO(text, newline=""))


def _delimiter(text: str) -> str:
    """Choose the delimiter by which the header has a column `path`, else most columns."""
    first = next((line for line in _lines(text) if line.strip()), "")
    widths: dict[str, tuple[bool, int]] = {}
    for delimiter in (",", ";", "\t"):
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter, skipinitialspace=True), [])]
        widths[delimiter] = ("path" in names, len(names))
    return max(widths, key=lambda delimiter: widths[delimiter])


def _check_names(source: Path, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CatalogueError(f"{source}: the column {twice[0]!r} stands twice in the header; rename one")


def _read_parquet(source: Path) -> Table:
    import duckdb

    if not source.is_file():
        raise CatalogueError(f"{source}: no such file")
    with connect() as connection:
        try:
            found = connection.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?)", [_literal(source)])
            names = [str(column[0]).strip() for column in found.description or ()]
            rows = found.fetchall()
        except duckdb.Error as err:
            raise CatalogueError(f"{source}: not a Parquet table that can be read ({err})") from err
    _check_names(source, names)
    columns = {name: _column(["" if row[i] is None else row[i] for row in rows]) for i, name in enumerate(names)}
    return Table(source, columns, list(range(1, len(rows) + 1)))


def _literal(source: Path) -> str:
    """Escape what DuckDB would take for a pattern of file names."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(source))


def _quoted(value: str) -> str:
    if any(c in value for c in ',;\t"\r\n') or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def _column(values: list[str]) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
