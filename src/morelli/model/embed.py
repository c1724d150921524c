"""From files to embeddings, as a stream: nothing holds all pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.model.encoder import Encoder
from morelli.pictures.stream import Opener, open_many
from morelli.pictures.view import View


@dataclass(frozen=True, eq=False)
class Embedded:
    """Embeddings of a list of files.

    embeddings: (n, d) float32, a row a file in the order given; a row of nan where the file could not be used.
    skipped: (place in the list, error) of those files. quartered: files that were looked at by their quarters, being no larger than a
    corner crop.
    """

    embeddings: npt.NDArray[np.float32]
    skipped: Sequence[tuple[int, PictureError]]
    quartered: int = 0

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which files have an embedding, (n,)."""
        usable = np.ones(len(self.embeddings), dtype=bool)
        usable[[place for place, _ in self.skipped]] = False
        return usable


def embed_files(
    files: Sequence[Path],
    *,
    encoder: Encoder,
    view: View,
    width: int,
    batch: int = 32,
    workers: int = 2,
    opener: Opener | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Embedded:
    """Embed files, decoding some while others are encoded. A bad picture is reported, not raised.

    width: d. opener: what opens a file in the view; see `open_many`.
    """
    out = np.full((len(files), width), np.nan, dtype=np.float32)
    skipped: list[tuple[int, PictureError]] = []
    quartered = 0
    waiting: list[npt.NDArray[np.uint8]] = []
    places: list[int] = []

    def flush() -> None:
        if places:
            pictures = np.stack(waiting)
            out[places] = encoder.encode(pictures[:, 0] if encoder.views == 1 else pictures)
            waiting.clear()
            places.clear()

    for place, seen in enumerate(open_many(files, view=view, workers=workers, opener=opener)):
        if isinstance(seen, PictureError):
            skipped.append((place, seen))
        else:
            waiting.append(seen.pixels)
            places.append(place)
            quartered += seen.quartered
        if len(places) == batch:
            flush()
        if progress is not None:
            progress(place + 1, len(files))
    flush()
    return Embedded(out, skipped, quartered)


def quarters_fact(view: View, quartered: int, pictures: int) -> dict[str, str]:
    """Return what is to be said of pictures whose quarters took the place of corner crops; nothing for views without corners."""
    if view.kind != "corners":
        return {}
    said = f"{quartered:,} of {pictures:,} pictures"
    return {
        "corners": f"{said} are no larger than a crop of {view.size} px: their quarters, enlarged, took the corners' place"
        if quartered
        else f"crops of {view.size} px at full resolution, all {pictures:,} pictures"
    }
