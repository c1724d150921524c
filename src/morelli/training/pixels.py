"""Decoded pictures, kept as bytes on disk, so that an epoch decodes nothing."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import PictureError, TrainingError
from morelli.pictures.stream import open_many
from morelli.pictures.view import View

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pixels:
    """Pictures of a catalogue as a network sees them.

    pictures: (m, k, s, s, 3) uint8, mapped from disk. index: (n,) catalogue row -> place in `pictures`, -1 where it has none.
    skipped: (path, reason) of the pictures that could not be used.
    """

    pictures: npt.NDArray[np.uint8]
    index: Rows
    skipped: Sequence[tuple[str, str]]

    def take(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """Return the first view of these catalogue rows, (n, s, s, 3)."""
        return np.asarray(self.pictures[self.index[rows], 0])


def cache_key(catalogue: Catalogue, rows: Rows, view: View) -> str:
    """Return a key that changes with the view, with the list of pictures and with any of their files (size, time of change)."""
    digest = blake2b(json.dumps(view.to_dict(), sort_keys=True).encode(), digest_size=16)
    for row in rows:
        path = catalogue.file(int(row))
        try:
            stat = path.stat()
            digest.update(f"{catalogue.path[row]}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        except OSError:
            digest.update(f"{catalogue.path[row]}\0missing\n".encode())
    return digest.hexdigest()


def cache_pixels(
    catalogue: Catalogue,
    rows: Rows,
    *,
    view: View,
    folder: Path,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Pixels:
    """Decode these rows of a catalogue once; a second call with the same files reads what the first one wrote.

    A bad picture is skipped and reported. Raises TrainingError where none can be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = cache_key(catalogue, rows, view)
    array, notes = folder / f"pixels-{key}.npy", folder / f"pixels-{key}.json"
    if not (array.exists() and notes.exists()):
        _write(catalogue, rows, view, array, notes, workers, progress)
    report = json.loads(notes.read_text(encoding="utf-8"))
    pictures = np.load(array, mmap_mode="r")
    index = np.full(len(catalogue), -1, dtype=np.int64)
    index[rows] = report["index"]
    return Pixels(pictures, index, [(path, reason) for path, reason in report["skipped"]])


def _write(
    catalogue: Catalogue,
    rows: Rows,
    view: View,
    array: Path,
    notes: Path,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    index, skipped, written = [], [], 0
    handle, name = tempfile.mkstemp(dir=array.parent, suffix=".part")
    os.close(handle)
    aside = Path(name)
    try:
        shape = (len(rows), view.n, view.size, view.size, 3)
        pictures = np.lib.format.open_memmap(aside, mode="w+", dtype=np.uint8, shape=shape)
        paths = [catalogue.file(int(row)) for row in rows]
        for done, (row, seen) in enumerate(zip(rows, open_many(paths, view=view, workers=workers), strict=True), 1):
            if isinstance(seen, PictureError):
                skipped.append((str(catalogue.path[row]), str(seen)))
                index.append(-1)
            else:
                pictures[written] = seen.pixels
                index.append(written)
                written += 1
            if progress is not None:
                progress(done, len(rows))
        if not written:
            reason = skipped[0][1] if skipped else "the list of pictures is empty"
            raise TrainingError(f"{catalogue.root}: none of {len(rows)} pictures can be used; the first: {reason}")
        pictures.flush()
        del pictures
        aside.replace(array)
        part = notes.with_suffix(".part")
        part.write_text(json.dumps({"index": index, "skipped": skipped}), encoding="utf-8")
        part.replace(notes)
    finally:
        aside.unlink(missing_ok=True)
