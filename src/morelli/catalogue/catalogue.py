"""The catalogue: one row a painting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import CatalogueError, nearest

Column = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Paintings and who made them, by column.

    root:    the folder that every path is relative to.
    columns: name -> (n,) array of str, all of one length. Always there: `path` (relative to `root`, with `/`, unique,
    never leaving
             `root`) and `artist` (never empty). Known where present: `title`, `style`, `genre`, `year`,
             `public_domain`; an empty string means unknown. Any other column is carried through. Values stay the
             strings that were read.
    remarks: what the reader left out or mended, one sentence each. source: the table or folder it was read from, where it was.
    """

    root: Path
    columns: Mapping[str, Column]
    remarks: tuple[str, ...] = ()
    source: Path | None = None

    def __post_init__(self) -> None:
        for name in ("path", "artist"):
            if name not in self.columns:
                raise CatalogueError(
                    f"{self.root}: the catalogue has no column {name!r} (found: {', '.join(self.columns)})"
                )
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise CatalogueError(f"{self.root}: the catalogue's columns differ in length: {lengths}")

    def __len__(self) -> int:
        return len(self.columns["path"])

    @property
    def place(self) -> Path:
        """What errors name: the table or folder it was read from, else its root."""
        return self.source or self.root

    @property
    def path(self) -> Column:
        """Paths relative to `root`, (n,) of str."""
        return self.columns["path"]

    @property
    def artist(self) -> Column:
        """Artists' names as they were read, (n,) of str."""
        return self.columns["artist"]

    def get(self, name: str) -> Column:
        """Return a column (n,) of str; empty strings where the catalogue has no such column."""
        if name in self.columns:
            return self.columns[name]
        empty = np.empty(len(self), dtype=object)
        empty[:] = ""
        return empty

    def select(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Catalogue:
        """Return the catalogue of these rows: indices (m,), in their order, or a mask (n,)."""
        return Catalogue(self.root, {name: column[rows] for name, column in self.columns.items()}, source=self.source)

    def only(self, column: str, value: str) -> Catalogue:
        """Return the catalogue of the rows that have this value in this column. Raises CatalogueError where none has, or no such column."""
        if column not in self.columns:
            raise CatalogueError(f"{self.place}: no column {column!r}; {nearest(column, self.columns)}")
        rows = np.flatnonzero(self.columns[column] == value)
        if not len(rows):
            known = sorted(set(self.columns[column].tolist()))
            way_out = (
                nearest(value, known) if len(known) <= 30 else f"it has {len(known):,} values, such as {known[0]!r}"
            )
            raise CatalogueError(f"{self.place}: no row has {column}={value}; {way_out}")
        return self.select(rows)

    def file(self, row: int) -> Path:
        """Return the file of one painting."""
        return self.root / str(self.path[row])

    def write(self, path: Path | str) -> None:
        """Write the columns as a table (.csv, .tsv, .parquet), whole or not at all; paths stay relative to `root`.

        Read back by `Catalogue.read(path, root=catalogue.root)`; in `root` itself the folder need not be named.
        Raises CatalogueError.
        """
        from morelli.catalogue.table import write_table

        write_table(self.columns, Path(path))

    @classmethod
    def read(cls, path: Path | str, *, root: Path | str | None = None, artist_column: str | None = None) -> Catalogue:
        """Read a folder per artist, a CSV or Parquet table, or the Kaggle layout; which one is recognised from what is
        there.

        path: a folder or a table file. root: what a table's paths are relative to; the table's folder unless given.
        artist_column: the table's column that holds the artist where it is not called `artist`.
        Raises CatalogueError.
        """
        from morelli.catalogue.read import read_catalogue

        return read_catalogue(Path(path), root=None if root is None else Path(root), artist_column=artist_column)
