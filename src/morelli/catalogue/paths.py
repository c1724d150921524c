"""Paths inside a catalogue: relative to its root, with `/`, never leaving it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath


def relative_path(written: str) -> str:
    r"""Return a table's path as catalogues hold it: `/` between folders, no `.` and no empty part.

    Raises ValueError with the reason where it is no relative path or leads upwards.

    >>> relative_path("./monet\\a.jpg")
    'monet/a.jpg'
    """
    path = PurePosixPath(written.replace("\\", "/"))
    if not written.strip() or path == PurePosixPath():
        raise ValueError("the path is empty")
    if "\0" in written:
        raise ValueError("a NUL character is in the path")
    if path.is_absolute() or re.match(r"[A-Za-z]:", written):
        raise ValueError("the path is absolute; paths are relative to the root")
    if ".." in path.parts:
        raise ValueError("the path leads upwards ('..'); paths stay inside the root")
    return str(path)


class Inside:
    """Tells whether symbolic links lead a path out of a root; each folder is resolved once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._resolved = root.resolve()
        self._folders: dict[str, bool] = {}

    def holds(self, path: str) -> bool:
        """Tell whether a relative path, its links followed, stays inside the root. A missing file does."""
        folder, _, name = path.rpartition("/")
        inside = self._folders.get(folder)
        if inside is None:
            inside = self._folders[folder] = self._is_inside(self._root / folder)
        file = self._root / folder / name
        return inside and (not file.is_symlink() or self._is_inside(file))

    def _is_inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._resolved)
        except (OSError, RuntimeError):  # links in a circle lead nowhere: opening the file will say so
            return True
