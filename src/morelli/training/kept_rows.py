"""What is made of each picture of a catalogue once, kept on disk and mapped from it: decoded pictures, maps of a layer."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import PictureError, TrainingError
from morelli.files import remove_stale, write_file, writing_file

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class KeptRows:
    """values (m, ...), mapped from disk; place (n,): catalogue row -> row of them, -1 where it has none; skipped: (path, reason)."""

    values: npt.NDArray[Any]
    place: Rows
    skipped: list[tuple[str, str]]


def keep_rows(
    made: Callable[[], Iterable[npt.NDArray[Any] | PictureError]],
    *,
    name: str,
    what: str,
    shape: tuple[int, ...],
    dtype: type[np.generic],
    catalogue: Catalogue,
    rows: Rows,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> KeptRows:
    """Return what `made` gives for these rows of a catalogue, each of this shape and dtype, from `folder` where it was made before.

    made: gives one array, or the error of a picture that cannot be used, for every row in order; it is called where nothing whole is
    there. name: of the files, after a word and `-` (`pixels-KEY`); it must change with all that the values follow from. what: they are,
    for errors. Written aside and renamed; a damaged file is made anew. Raises TrainingError where no picture can be used or the disk
    takes no more.
    """
    array, notes = folder / f"{name}.npy", folder / f"{name}.json"
    whole = (len(rows), *shape)
    wanted = f"{np.prod(whole, dtype=float) * np.dtype(dtype).itemsize / 1e9:.2g} GB are wanted"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_stale(folder, f"{name.partition('-')[0]}-")
        found = _read(array, notes, whole, dtype)
        if found is None:
            way_out = f"{wanted}: free space, or name another folder in MORELLI_CACHE"
            with writing_file(array, error=TrainingError, way_out=way_out) as aside:
                index, skipped = _fill(aside, made(), whole, dtype, catalogue, rows, progress)
            write_file(notes, json.dumps({"index": index, "skipped": skipped}), error=TrainingError)
            found = _read(array, notes, whole, dtype)
    except OSError as err:
        raise TrainingError(
            f"{folder}: cannot keep {what} here ({err.strerror or err}; {wanted}); free space, or name another folder in MORELLI_CACHE"
        ) from err
    if found is None:
        raise TrainingError(f"{array}: damaged as soon as it was written; name another folder in MORELLI_CACHE")
    values, places, left_out = found
    place = np.full(len(catalogue), -1, dtype=np.int64)
    place[rows] = places
    return KeptRows(values, place, left_out)


def _read(
    array: Path, notes: Path, shape: tuple[int, ...], dtype: type[np.generic]
) -> tuple[npt.NDArray[Any], Rows, list[tuple[str, str]]] | None:
    """Return the values, the place of each row and what was skipped; None where the files are not there or not whole."""
    try:
        report = json.loads(notes.read_text(encoding="utf-8"))
        values = np.load(array, mmap_mode="r")
        places = np.array(report["index"])
        skipped = [(str(path), str(reason)) for path, reason in report["skipped"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError, EOFError, RecursionError):
        return None
    if values.shape != shape or values.dtype != dtype or places.shape != shape[:1] or places.dtype != np.int64:
        return None
    if places.min(initial=0) < -1 or places.max(initial=-1) >= shape[0]:
        return None
    return values, places, skipped


def _fill(
    aside: Path,
    made: Iterable[npt.NDArray[Any] | PictureError],
    shape: tuple[int, ...],
    dtype: type[np.generic],
    catalogue: Catalogue,
    rows: Rows,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[int], list[tuple[str, str]]]:
    index: list[int] = []
    skipped: list[tuple[str, str]] = []
    written = 0
    values = np.lib.format.open_memmap(aside, mode="w+", dtype=dtype, shape=shape)
    _allocate(aside)
    for done, (row, one) in enumerate(zip(rows, made, strict=True), 1):
        if isinstance(one, PictureError):
            skipped.append((str(catalogue.path[row]), str(one)))
            index.append(-1)
        else:
            values[written] = one
            index.append(written)
            written += 1
        if progress is not None:
            progress(done, len(rows))
    if not written:
        reason = skipped[0][1] if skipped else "the list of pictures is empty"
        raise TrainingError(f"{catalogue.place}: none of {len(rows)} pictures can be used; the first: {reason}")
    values.flush()
    return index, skipped


def _allocate(file: Path) -> None:
    """Take the disk's blocks for the whole file: a full disk is an OSError here, while a mapped write to it kills the process."""
    if hasattr(os, "posix_fallocate"):
        with file.open("rb+") as opened:
            try:
                os.posix_fallocate(opened.fileno(), 0, file.stat().st_size)
            except OSError as err:
                if err.errno not in (errno.EOPNOTSUPP, errno.EINVAL):  # a file system that cannot do it
                    raise
