"""Decoded pictures, kept as bytes on disk, so that an epoch decodes nothing."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import PictureError, TrainingError
from morelli.files import remove_stale, write_file, writing_file
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


def channel_statistics(pixels: Pixels, rows: Rows) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return mean and deviation of each channel, scaled to [0, 1], over all places of these pictures."""
    counts = np.zeros((3, 256), dtype=np.int64)
    for row in rows:
        picture = pixels.take(row[None]).reshape(-1, 3)
        for channel in range(3):
            counts[channel] += np.bincount(picture[:, channel], minlength=256)
    level = np.arange(256) / 255
    weight = counts / counts.sum(axis=1, keepdims=True)
    mean = weight @ level
    deviation = np.sqrt((weight * (level - mean[:, None]) ** 2).sum(axis=1))
    return _triple(mean), _triple(np.maximum(deviation, 1 / 255))


def _triple(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    first, second, third = values.tolist()
    return first, second, third


def cache_key(catalogue: Catalogue, rows: Rows, view: View) -> str:
    """Return a key that changes with the view, the catalogue's place, the list of pictures and any of their files (size, times)."""
    digest = blake2b(json.dumps(view.to_dict(), sort_keys=True).encode(), digest_size=16)
    digest.update(os.fsencode(catalogue.root.resolve()) + b"\0")
    for row in rows:
        path = catalogue.file(int(row))
        try:
            stat = path.stat()
            # The time of change too: a copy that keeps its old time of modification is still another picture.
            facts = f"{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ctime_ns}"
        except OSError:
            facts = "missing"
        digest.update(f"{catalogue.path[row]}\0{facts}\n".encode(errors="surrogateescape"))
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

    A bad picture is skipped and reported; a damaged cache is made anew. Raises TrainingError where no picture can be used or
    the cache cannot be written.
    """
    key = cache_key(catalogue, rows, view)
    array, notes = folder / f"pixels-{key}.npy", folder / f"pixels-{key}.json"
    shape = (len(rows), view.n, view.size, view.size, 3)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_stale(folder, "pixels-")
        found = _read(array, notes, shape)
        if found is None:
            _write(catalogue, rows, view, array, notes, workers, progress)
            found = _read(array, notes, shape)
    except OSError as err:
        raise TrainingError(
            f"{folder}: cannot keep decoded pictures here ({err.strerror or err}; {_gigabytes(shape)} are wanted); "
            "free space, or name another folder in MORELLI_CACHE"
        ) from err
    if found is None:
        raise TrainingError(f"{array}: damaged as soon as it was written; name another folder in MORELLI_CACHE")
    pictures, places, skipped = found
    index = np.full(len(catalogue), -1, dtype=np.int64)
    index[rows] = places
    return Pixels(pictures, index, skipped)


def _gigabytes(shape: tuple[int, ...]) -> str:
    return f"{np.prod(shape, dtype=float) / 1e9:.2g} GB"


def _read(
    array: Path, notes: Path, shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.uint8], Rows, list[tuple[str, str]]] | None:
    """Return the pictures, the place of each row and what was skipped; None where the files are not there or not whole."""
    try:
        report = json.loads(notes.read_text(encoding="utf-8"))
        pictures = np.load(array, mmap_mode="r")
        places = np.array(report["index"])
        skipped = [(str(path), str(reason)) for path, reason in report["skipped"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError, EOFError, RecursionError):
        return None
    whole = pictures.shape == shape and pictures.dtype == np.uint8
    if not whole or places.shape != shape[:1] or places.dtype != np.int64:
        return None
    if places.min(initial=0) < -1 or places.max(initial=-1) >= shape[0]:
        return None
    return pictures, places, skipped


def _allocate(file: Path) -> None:
    """Take the disk's blocks for the whole file: a full disk is an OSError here, while a mapped write to it kills the process."""
    if hasattr(os, "posix_fallocate"):
        with file.open("rb+") as opened:
            try:
                os.posix_fallocate(opened.fileno(), 0, file.stat().st_size)
            except OSError as err:
                if err.errno not in (errno.EOPNOTSUPP, errno.EINVAL):  # a file system that cannot do it
                    raise


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
    shape = (len(rows), view.n, view.size, view.size, 3)
    way_out = f"{_gigabytes(shape)} are wanted: free space, or name another folder in MORELLI_CACHE"
    with writing_file(array, error=TrainingError, way_out=way_out) as aside:
        pictures = np.lib.format.open_memmap(aside, mode="w+", dtype=np.uint8, shape=shape)
        _allocate(aside)
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
            raise TrainingError(f"{catalogue.place}: none of {len(rows)} pictures can be used; the first: {reason}")
        pictures.flush()
        del pictures
    write_file(notes, json.dumps({"index": index, "skipped": skipped}), error=TrainingError)
