"""Decoded pictures, kept as bytes on disk, so that an epoch decodes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import PictureError
from morelli.pictures.stream import open_many
from morelli.pictures.view import View
from morelli.training.kept_rows import Rows, keep_rows


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

    def decoded() -> Iterator[npt.NDArray[np.uint8] | PictureError]:
        for seen in open_many([catalogue.file(int(row)) for row in rows], view=view, workers=workers):
            yield seen if isinstance(seen, PictureError) else seen.pixels

    kept = keep_rows(
        decoded,
        name=f"pixels-{cache_key(catalogue, rows, view)}",
        what="decoded pictures",
        shape=(view.n, view.size, view.size, 3),
        dtype=np.uint8,
        catalogue=catalogue,
        rows=rows,
        folder=folder,
        progress=progress,
    )
    return Pixels(kept.values, kept.place, kept.skipped)
