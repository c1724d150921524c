"""The maps of one layer of a frozen backbone, kept on disk in half precision, so that what stands behind it trains without it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import PictureError, TrainingError
from morelli.features.cache import picture_key
from morelli.model.encoder import Encoder
from morelli.pictures.file import read_regular_file
from morelli.pictures.open import Limits
from morelli.pictures.stream import in_order, open_many
from morelli.pictures.view import View
from morelli.training.run import Rows


class MapOf(nn.Module):
    """The map of one layer of a backbone, flattened: pictures (n, 3, s, s) -> (n, channels * h * w)."""

    def __init__(self, backbone: nn.Module, layer: str) -> None:
        super().__init__()
        self.backbone = backbone
        self.layer = layer

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the flattened map."""
        flat: Tensor = self.backbone(pictures)[self.layer].flatten(1)
        return flat


@dataclass(frozen=True, eq=False)
class Maps:
    """Maps (m, c, h, w) float16, mapped from disk. place (n,): catalogue row -> map, -1 where it has none; skipped: (path, reason)."""

    maps: npt.NDArray[np.float16]
    place: Rows
    skipped: list[tuple[str, str]]

    def __call__(self, rows: Rows) -> Tensor:
        """Return the maps of catalogue rows, float32."""
        return torch.from_numpy(self.maps[self.place[rows]].astype(np.float32))


def cache_maps(
    encoder: Encoder,
    channels: int,
    identity: Mapping[str, object],
    catalogue: Catalogue,
    rows: Rows,
    *,
    view: View,
    folder: Path,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Maps:
    """Compute the maps of these rows once; a second call with the same weights, view and pictures reads what the first one wrote.

    encoder: gives flattened maps of so many channels, square ones. identity: what they are made by, the weights' hash among it.
    A bad picture is skipped and reported. Raises TrainingError where no picture can be used or the maps cannot be written.
    """
    key = _key(identity, catalogue, rows, view, workers)
    array, notes = folder / f"maps-{key}.npy", folder / f"maps-{key}.json"
    side = int(np.sqrt(encoder.embedding // channels))
    shape = (len(rows), channels, side, side)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = _read(array, notes, shape)
        if found is None:
            _write(encoder, shape, catalogue, rows, view, array, notes, workers, progress)
            found = _read(array, notes, shape)
    except OSError as err:
        raise TrainingError(
            f"{folder}: cannot keep maps here ({err.strerror or err}; {np.prod(shape, dtype=float) * 2 / 1e9:.2g} GB are wanted); "
            "free space, or name another folder in MORELLI_CACHE"
        ) from err
    if found is None:
        raise TrainingError(f"{array}: damaged as soon as it was written; name another folder in MORELLI_CACHE")
    maps, places, skipped = found
    place = np.full(len(catalogue), -1, dtype=np.int64)
    place[rows] = places
    return Maps(maps, place, skipped)


def _key(identity: Mapping[str, object], catalogue: Catalogue, rows: Rows, view: View, workers: int) -> str:
    """Return a key that changes with what makes the maps and with the content of any picture."""
    digest = blake2b(json.dumps({**identity, "view": view.to_dict()}, sort_keys=True).encode(), digest_size=16)

    def of(row: np.int64) -> bytes:
        try:
            return picture_key(read_regular_file(catalogue.file(int(row)), at_most=Limits().file_bytes))
        except PictureError:
            return b"missing"

    for one in in_order(of, rows, workers=workers):
        digest.update(one)
    return digest.hexdigest()


def _read(
    array: Path, notes: Path, shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float16], Rows, list[tuple[str, str]]] | None:
    """Return maps, the place of each row, and what was skipped; None where the files are not there or not whole."""
    try:
        report = json.loads(notes.read_text(encoding="utf-8"))
        maps = np.load(array, mmap_mode="r")
        places = np.array(report["index"], dtype=np.int64)
        skipped = [(str(path), str(reason)) for path, reason in report["skipped"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError, EOFError, RecursionError):
        return None
    whole = maps.dtype == np.float16 and maps.shape == shape and places.shape == shape[:1]
    inside = whole and places.min(initial=0) >= -1 and places.max(initial=-1) < shape[0]
    return (maps, places, skipped) if inside else None


def _halved(maps: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    """Return maps in half precision. Raises TrainingError for values that it does not hold."""
    if not np.abs(maps).max() <= (most := float(np.finfo(np.float16).max)):
        raise TrainingError(
            f"a map holds values beyond {most:g}, more than half precision does; are these the right weights?"
        )
    return maps.astype(np.float16)


def _write(
    encoder: Encoder,
    shape: tuple[int, ...],
    catalogue: Catalogue,
    rows: Rows,
    view: View,
    array: Path,
    notes: Path,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    with tempfile.TemporaryDirectory(prefix="maps-", dir=array.parent) as scratch:
        aside = Path(scratch) / array.name
        maps = np.lib.format.open_memmap(aside, mode="w+", dtype=np.float16, shape=shape)
        index: list[int] = []
        skipped: list[tuple[str, str]] = []
        waiting: list[npt.NDArray[np.uint8]] = []
        written = 0
        files = [catalogue.file(int(row)) for row in rows]
        for done, (row, seen) in enumerate(zip(rows, open_many(files, view=view, workers=workers), strict=True), 1):
            if isinstance(seen, PictureError):
                skipped.append((str(catalogue.path[row]), str(seen)))
                index.append(-1)
            else:
                index.append(written + len(waiting))
                waiting.append(seen.pixels[0])
            if waiting and (len(waiting) == 32 or done == len(rows)):
                maps[written : written + len(waiting)] = _halved(encoder.encode(np.stack(waiting))).reshape(
                    -1, *shape[1:]
                )
                written += len(waiting)
                waiting.clear()
            if progress is not None:
                progress(done, len(rows))
        if not written:
            reason = skipped[0][1] if skipped else "the list of pictures is empty"
            raise TrainingError(f"{catalogue.place}: none of {len(rows)} pictures can be used; the first: {reason}")
        maps.flush()
        aside_notes = aside.with_suffix(".json")
        aside_notes.write_text(json.dumps({"index": index, "skipped": skipped}), encoding="utf-8")
        aside.replace(array)
        aside_notes.replace(notes)
