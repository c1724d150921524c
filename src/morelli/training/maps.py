"""The maps of one layer of a frozen backbone, kept on disk in half precision, so that what stands behind it trains without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
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
from morelli.training.kept_rows import Rows, keep_rows

_BATCH = 32  # pictures that are encoded at once


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
    side = int(np.sqrt(encoder.embedding // channels))

    def computed() -> Iterator[npt.NDArray[np.float16] | PictureError]:
        opened = iter(open_many([catalogue.file(int(row)) for row in rows], view=view, workers=workers))
        while some := list(islice(opened, _BATCH)):
            pictures = [seen.pixels[0] for seen in some if not isinstance(seen, PictureError)]
            maps = iter(_halved(encoder.encode(np.stack(pictures))) if pictures else ())
            for seen in some:
                yield seen if isinstance(seen, PictureError) else next(maps).reshape(channels, side, side)

    kept = keep_rows(
        computed,
        name=f"maps-{_key(identity, catalogue, rows, view, workers)}",
        what="maps",
        shape=(channels, side, side),
        dtype=np.float16,
        catalogue=catalogue,
        rows=rows,
        folder=folder,
        progress=progress,
    )
    return Maps(kept.values, kept.place, kept.skipped)


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


def _halved(maps: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    """Return maps in half precision. Raises TrainingError for values that it does not hold."""
    if not np.abs(maps).max() <= (most := float(np.finfo(np.float16).max)):
        raise TrainingError(
            f"a map holds values beyond {most:g}, more than half precision does; are these the right weights?"
        )
    return maps.astype(np.float16)
