"""Read a catalogue; which kind it is, is recognised from what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.folders import read_folders
from morelli.catalogue.kaggle_layout import is_kaggle_layout, read_kaggle_layout
from morelli.catalogue.paths import Inside, relative_path
from morelli.catalogue.table import SUFFIXES, Table, header, read_table
from morelli.errors import CatalogueError, nearest

_PROBED = 20  # of a table's first files one must exist, else the root is wrong


def read_catalogue(path: Path, *, root: Path | None = None, artist_column: str | None = None) -> Catalogue:
    """Read a folder per artist, a CSV or Parquet table, a folder that holds one such table, or the Kaggle layout.

    path: a folder or a table. root: what a table's paths are relative to; the table's own folder unless given.
    artist_column: the table's column that holds the artist where it is not called `artist`.
    What was left out or mended is told in the catalogue's `remarks`.
    Raises CatalogueError, naming the file, the line and the way out.
    """
    try:
        return _recognised(path, root=root, artist_column=artist_column)
    except OSError as err:
        raise CatalogueError(f"{err.filename or path}: cannot be read ({err.strerror or err})") from err


def _recognised(path: Path, *, root: Path | None, artist_column: str | None) -> Catalogue:
    if not path.exists():
        raise CatalogueError(f"{path}: no such file or folder")
    if path.is_file():
        return _from_table(read_table(path), root=path.parent if root is None else root, artist_column=artist_column)
    if not path.is_dir():
        raise CatalogueError(f"{path}: neither a folder nor a table")
    if is_kaggle_layout(path):
        _refuse(path, "the Kaggle layout", root=root, artist_column=artist_column)
        return read_kaggle_layout(path)
    tables = _tables(path, artist_column=artist_column)
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise CatalogueError(f"{path}: several tables could be the catalogue ({names}); name one of them")
    if tables:
        return _from_table(read_table(tables[0]), root=path if root is None else root, artist_column=artist_column)
    _refuse(path, "a folder per artist", root=root, artist_column=artist_column)
    return read_folders(path)


def _refuse(path: Path, what: str, *, root: Path | None, artist_column: str | None) -> None:
    for option, value in (("root", root), ("artist_column", artist_column)):
        if value is not None:
            flag = option.replace("_", "-")
            raise CatalogueError(f"{path}: {what} was found, for which {option} (--{flag}) means nothing; leave it out")


def _tables(folder: Path, *, artist_column: str | None) -> list[Path]:
    """Return the tables directly in a folder that have a path and an artist."""
    wanted = {"path", "artist" if artist_column is None else artist_column}
    candidates = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    return [file for file in candidates if not file.name.startswith(".") and wanted <= set(header(file))]


def _from_table(table: Table, *, root: Path, artist_column: str | None) -> Catalogue:
    if not root.is_dir():
        raise CatalogueError(f"{root}: the root is no folder; pass the folder that the paths start from (--root)")
    columns = _with_artist(table, artist_column)
    if not len(columns["path"]):
        raise CatalogueError(f"{table.source}: the table has no rows")
    paths = _checked_paths(table, root)
    artists = np.array([str(name).strip() for name in columns["artist"]], dtype=object)
    kept, remarks = _kept_rows(table, paths, artists)
    cleaned = {name: column[kept] for name, column in {**columns, "path": paths, "artist": artists}.items()}
    _probe(table, root, cleaned["path"])
    return Catalogue(root, cleaned, remarks, table.source)


def _with_artist(table: Table, artist_column: str | None) -> dict[str, np.ndarray]:
    columns = dict(table.columns)
    found = ", ".join(columns)
    if "path" not in columns:
        raise CatalogueError(
            f"{table.source}, line 1: no column 'path' (found: {found}); rename the one with the files"
        )
    wanted = "artist" if artist_column is None else artist_column
    if wanted not in columns:
        if artist_column is not None:
            raise CatalogueError(
                f"{table.source}, line 1: no column {wanted!r} for the artist; {nearest(wanted, columns)}"
            )
        raise CatalogueError(
            f"{table.source}, line 1: no column 'artist' (found: {found}); rename one or pass artist_column "
            "(--artist-column NAME)"
        )
    if wanted != "artist":
        if "artist" in columns:
            columns["artist_in_table"] = columns["artist"]
        columns["artist"] = columns.pop(wanted)
    order = ["path", "artist", *(name for name in columns if name not in ("path", "artist"))]
    return {name: columns[name] for name in order}


def _checked_paths(table: Table, root: Path) -> np.ndarray:
    inside = Inside(root)
    paths = np.empty(len(table.lines), dtype=object)
    for row, written in enumerate(table.columns["path"]):
        try:
            paths[row] = relative_path(written)
        except ValueError as err:
            raise CatalogueError(f"{table.place(row)}: {written!r}: {err}") from err
        if not inside.holds(paths[row]):
            raise CatalogueError(
                f"{table.place(row)}: {written!r} leads out of {root} by a symbolic link; copy the file"
            )
    return paths


def _kept_rows(table: Table, paths: np.ndarray, artists: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the rows to keep and what is to be said of the others: no artist, or a row that stood there before."""
    first: dict[str, int] = {}
    nameless: list[int] = []
    repeated: list[int] = []
    for row, (path, artist) in enumerate(zip(paths, artists, strict=True)):
        if not artist:
            nameless.append(row)
            continue
        before = first.setdefault(path, row)
        if before == row:
            continue
        if artists[before] != artist:
            raise CatalogueError(
                f"{table.place(row)}: {path!r} is by {artist!r} here and by {artists[before]!r} in "
                f"{table.place(before).rpartition(', ')[2]}; keep one of the two rows"
            )
        repeated.append(row)
    if not first:
        raise CatalogueError(f"{table.source}: not one row has an artist")
    remarks = tuple(
        f"{table.place(rows[0])}{f' and {len(rows) - 1} more' if len(rows) > 1 else ''}: {what}"
        for rows, what in (
            (nameless, "left out, no artist is given"),
            (repeated, "left out, the path stood there before"),
        )
        if rows
    )
    return np.array(list(first.values()), dtype=np.int64), remarks


def _probe(table: Table, root: Path, paths: np.ndarray) -> None:
    if not any((root / path).exists() for path in paths[:_PROBED]):
        raise CatalogueError(
            f"{table.source}: none of its first files exists under {root} (such as {paths[0]}); pass the folder that "
            "the paths start from as root (--root DIR)"
        )
