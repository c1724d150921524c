"""The files of the competition *Painter by Numbers*, as they come out of its archives.

    train_info.csv      filename, artist (a hash), title, style, genre, date
    all_data_info.csv   every painting: new_filename, artist (the name), in_train, artist_group, title, style, genre,
    date train/  test/       the pictures
    replacements_for_corrupted_files/ (or replacements/)  train/ and test/ with whole copies: they take the place of the
                        files of the same name; pictures that lie directly in it do, too

Either table is enough. Without all_data_info.csv the artists of test pictures are unknown and these are left out.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.table import Table, read_table
from morelli.errors import CatalogueError

TRAIN_INFO = "train_info.csv"
ALL_DATA_INFO = "all_data_info.csv"
REPLACEMENTS = ("replacements_for_corrupted_files", "replacements")
_COLUMNS = ("path", "artist", "title", "style", "genre", "year", "artist_group", "in_train")


def is_kaggle_layout(folder: Path) -> bool:
    """Tell whether one of the competition's tables and one of its picture folders are here."""
    tables = any((folder / name).is_file() for name in (TRAIN_INFO, ALL_DATA_INFO))
    return tables and any((folder / part).is_dir() for part in ("train", "test"))


def read_kaggle_layout(folder: Path) -> Catalogue:
    """Read the competition's folder: the paintings whose file is there and whose artist is known.

    The artist is the name of all_data_info.csv, else the hash of train_info.csv; where other paintings tell whose hash
    it is, the name stands for it. Columns: path, artist, title, style, genre, year, artist_group, in_train.
    What was left out or replaced is told in `remarks`. Raises CatalogueError.
    """
    files = {part: list_files(folder / part) for part in ("train", "test")}
    replaced = replacements(folder)
    rows = _rows(folder)
    kept: list[dict[str, str]] = []
    missing = swapped = 0
    for name, row in rows.items():
        part = "train" if row["in_train"] == "True" else "test"
        path = replaced.get((part, name)) or replaced.get(("", name))
        swapped += path is not None
        if path is None and name in files[part]:
            path = f"{part}/{name}"
        if path is None:
            missing += 1
        elif row["artist"]:
            kept.append({**row, "path": path})
    unknown = len(rows) - missing - len(kept)
    strangers = sum(name not in rows for part in files.values() for name in part)
    remarks = tuple(
        f"{folder}: {count:,} {what}"
        for count, what in (
            (swapped, "pictures were taken from the replacements"),
            (missing, "paintings of the tables left out, their files are not there"),
            (unknown, "paintings left out, their artist is not given"),
            (strangers, "pictures left out, no table names their artist"),
        )
        if count
    )
    if not kept:
        raise CatalogueError(f"{folder}: no picture of the tables lies in train/ or test/; unpack the archives here")
    columns = {name: np.array([row[name] for row in kept], dtype=object) for name in _COLUMNS}
    return Catalogue(folder, columns, remarks, folder)


def _rows(folder: Path) -> dict[str, dict[str, str]]:
    """Return file name -> values, of both tables."""
    rows: dict[str, dict[str, str]] = {}
    if (folder / ALL_DATA_INFO).is_file():
        table = read_table(folder / ALL_DATA_INFO)
        _check(table, "new_filename", "artist", "in_train")
        for name, row in _by_name(table, "new_filename"):
            rows[name] = {**row, "in_train": str(row["in_train"].strip().lower() in ("true", "1"))}
    if (folder / TRAIN_INFO).is_file():
        table = read_table(folder / TRAIN_INFO)
        _check(table, "filename", "artist")
        named = list(_by_name(table, "filename"))
        owners = _owners(named, rows)
        for name, row in named:
            if name not in rows or not rows[name]["artist"]:
                rows[name] = {**row, "artist": owners.get(row["artist"], row["artist"]), "in_train": "True"}
    return rows


def _owners(named: list[tuple[str, dict[str, str]]], rows: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return hash -> artist's name, by the paintings that both tables hold; the most frequent name where they
    differ.
    """
    votes: dict[str, Counter[str]] = {}
    for name, row in named:
        if name in rows and rows[name]["artist"]:
            votes.setdefault(row["artist"], Counter())[rows[name]["artist"]] += 1
    return {key: names.most_common(1)[0][0] for key, names in votes.items()}


def _by_name(table: Table, key: str) -> list[tuple[str, dict[str, str]]]:
    count = len(table.lines)
    empty = [""] * count
    wanted = {name: table.columns.get(name, empty) for name in ("artist", "title", "style", "genre", "artist_group")}
    wanted["year"] = [_year(date) for date in table.columns.get("date", empty)]
    wanted["in_train"] = table.columns.get("in_train", empty)
    values = zip(*wanted.values(), strict=True)
    named = zip(table.columns[key], values, strict=True)
    return [
        (name, {k: v.strip() for k, v in zip(wanted, row, strict=True)})
        for name, row in ((name.strip(), row) for name, row in named)
        if name and "/" not in name and "\\" not in name and name not in (".", "..")
    ]


def _year(date: str) -> str:
    return date.removesuffix(".0")


def _check(table: Table, *names: str) -> None:
    for name in names:
        if name not in table.columns:
            found = ", ".join(table.columns)
            raise CatalogueError(f"{table.source}, line 1: no column {name!r} (found: {found}); download the file anew")


def list_files(folder: Path) -> set[str]:
    """Return the names of a folder's files; a listing is far cheaper than a question for each of 100,000 files."""
    if not folder.is_dir():
        return set()
    with os.scandir(folder) as entries:
        return {entry.name for entry in entries if not entry.name.startswith(".") and entry.is_file()}


def replacements(folder: Path) -> dict[tuple[str, str], str]:
    """Return (part, file name) -> path of the whole copy; the part is empty where it is not said."""
    found: dict[tuple[str, str], str] = {}
    for base in REPLACEMENTS:
        for part in ("train", "test", ""):
            for name in sorted(list_files(folder / base / part)):
                found.setdefault((part, name), "/".join(filter(None, (base, part, name))))
    return found
