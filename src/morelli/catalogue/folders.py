"""A folder per artist: the artist is the folder's name."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.paths import Inside
from morelli.errors import CatalogueError

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".tif", ".tiff")


def read_folders(root: Path) -> Catalogue:
    """Read `root/ARTIST/.../picture` as a catalogue; pictures in deeper folders belong to the first one's artist.

    Left out and told in `remarks`: other files, hidden ones, pictures that lie beside the artists' folders, links that
    lead outside. Raises CatalogueError where nothing is left.
    """
    skipped: Counter[str] = Counter()
    inside = Inside(root)
    rows: list[tuple[str, str]] = []

    def unreadable(err: OSError) -> None:
        skipped[f"folders that cannot be read ({err.strerror})"] += 1

    for folder, folders, files in os.walk(root, onerror=unreadable):
        hidden = [name for name in folders if name.startswith(".")]
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        skipped["hidden folders"] += len(hidden)
        skipped["links to folders"] += len(set(linked) - set(hidden))
        folders[:] = sorted(set(folders) - set(hidden) - set(linked))
        where = Path(folder).relative_to(root)
        for name in sorted(files):
            path = (where / name).as_posix()
            reason = _reason(path, inside)
            if reason:
                skipped[reason] += 1
            else:
                rows.append((path, where.parts[0].strip()))
    remarks = tuple(f"{root}: left out {count} {what}" for what, count in sorted(skipped.items()) if count)
    if not rows:
        found = "; ".join(remarks) or "nothing is in it"
        raise CatalogueError(
            f"{root}: no paintings; expected a folder per artist with pictures ({', '.join(PICTURE_SUFFIXES)}), a "
            f"table with the columns 'path' and 'artist', or the Kaggle files ({found})"
        )
    columns = {name: np.array([row[i] for row in rows], dtype=object) for i, name in enumerate(("path", "artist"))}
    return Catalogue(root, columns, remarks, root)


def _reason(path: str, inside: Inside) -> str:
    """Say why a file is no painting of the catalogue; empty where it is one."""
    name = path.rpartition("/")[2]
    if name.startswith("."):
        return "hidden files"
    suffix = Path(name).suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        return f"files that are no pictures ({suffix or 'no suffix'})"
    if "/" not in path:
        return "pictures outside the artists' folders"
    if not path.partition("/")[0].strip():
        return "pictures in a folder without a name"
    if not path.isprintable() and any("\ud800" <= c <= "\udfff" for c in path):
        return "pictures whose names are not valid Unicode"
    return "" if inside.holds(path) else "links that lead outside"
