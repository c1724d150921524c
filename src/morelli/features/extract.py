"""Extracting features: each picture is read once, decoded only where its features are missing, and encoded in batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.features.cache import FeatureCache, Features, picture_key
from morelli.model.encoder import Encoder
from morelli.pictures.file import read_regular_file
from morelli.pictures.open import Limits, picture_size
from morelli.pictures.stream import in_order
from morelli.pictures.view import ViewedPicture

Aggregate = Literal["concatenate", "mean"]


class Shows(Protocol):
    """What turns a picture's file into network input: a view, or what alters what a view shows."""

    @property
    def n(self) -> int:
        """How many pictures one picture becomes."""
        ...

    @property
    def kind(self) -> str:
        """The view's."""
        ...

    def quarters(self, size: tuple[int, int]) -> bool:
        """Return what `View.quarters` does."""
        ...

    def open_bytes(self, data: bytes, *, name: str) -> ViewedPicture:
        """Return what `View.open_bytes` does."""
        ...


@dataclass(frozen=True, eq=False)
class Extracted:
    """What was extracted.

    keys (n,): of each file in the cache, None where it could not be used; skipped: (place, error) of those. quartered: files that are
    no larger than a corner crop, so that their quarters were looked at.
    """

    keys: Sequence[bytes | None]
    skipped: Sequence[tuple[int, PictureError]]
    quartered: int = 0

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which files have features, (n,)."""
        return np.array([key is not None for key in self.keys], dtype=bool)

    def features(self, cache: FeatureCache) -> Features:
        """Return the features (m, d) of the usable files, in their order."""
        return cache.get([key for key in self.keys if key is not None])


def combine(features: Features, *, views: int, aggregate: Aggregate) -> Features:
    """Turn features of every view (n * views, d) into those of pictures: (n, views * d), or their mean (n, d).

    >>> combine(np.arange(4, dtype=np.float32).reshape(2, 2), views=2, aggregate="concatenate").tolist()
    [[0.0, 1.0, 2.0, 3.0]]
    """
    by_picture = features.reshape(-1, views, features.shape[1])
    return by_picture.reshape(len(by_picture), -1) if aggregate == "concatenate" else by_picture.mean(axis=1)


def extract(
    files: Sequence[Path],
    *,
    encoder: Encoder,
    view: Shows,
    cache: FeatureCache,
    aggregate: Aggregate = "concatenate",
    batch: int = 32,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Extracted:
    """Fill a cache with the features of files; a run that was cut off decodes and encodes only what is still missing.

    The cache must belong to this encoder, view and aggregate. Memory does not grow with the number of files but for 16 bytes each.
    Bad pictures are reported, not raised.
    """
    there = cache.keys()

    def look(file: Path) -> tuple[bytes, npt.NDArray[np.uint8] | None, bool] | PictureError:
        try:
            data = read_regular_file(file, at_most=Limits().file_bytes)
            key = picture_key(data)
            if key in there:
                return key, None, view.kind == "corners" and view.quarters(picture_size(data, name=str(file)))
            seen = view.open_bytes(data, name=str(file))
            return key, seen.pixels, seen.quartered
        except PictureError as err:
            return err

    keys: list[bytes | None] = []
    skipped: list[tuple[int, PictureError]] = []
    quartered = 0
    waiting: dict[bytes, npt.NDArray[np.uint8]] = {}

    def flush() -> None:
        if waiting:
            encoded = encoder.encode(np.concatenate(list(waiting.values())))
            cache.put(list(waiting), combine(encoded, views=view.n, aggregate=aggregate))
            there.update(waiting)
            waiting.clear()

    for place, seen in enumerate(in_order(look, files, workers=workers)):
        if isinstance(seen, PictureError):
            skipped.append((place, seen))
            keys.append(None)
        else:
            key, pixels, quarters = seen
            keys.append(key)
            quartered += quarters
            if pixels is not None and key not in there:
                waiting[key] = pixels
        if len(waiting) >= batch:
            flush()
        if progress is not None:
            progress(place + 1, len(files))
    flush()
    return Extracted(keys, skipped, quartered)
