"""One look at one picture of a catalogue: everything that an audit wants to know of it, from one decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import PictureError
from morelli.pictures.file import read_regular_file
from morelli.pictures.fingerprint import Fingerprint, fingerprint
from morelli.pictures.open import Limits, decode
from morelli.pictures.stream import Progress, in_order

_AT_LEAST = 512  # px of the shorter side: finer detail tells an audit nothing
_GREY = 4  # levels of 255 by which the channels of a greyscale picture may differ


@dataclass(frozen=True, kw_only=True, eq=False)
class Inspection:
    """What was seen of a picture: its file's SHA-256, size (width, height) in px, fingerprint, whether it has
    colour.
    """

    file_sha256: str
    size: tuple[int, int]
    fingerprint: Fingerprint
    greyscale: bool


def inspect(
    catalogue: Catalogue, *, workers: int, progress: Progress | None = None
) -> Iterator[Inspection | PictureError]:
    """Inspect every picture of a catalogue in order; one that cannot be opened comes out as its error."""
    limits = Limits()

    def look(row: int) -> Inspection | PictureError:
        file = catalogue.file(row)
        try:
            data = read_regular_file(file, at_most=limits.file_bytes)
            picture = decode(data, name=str(file), at_least=_AT_LEAST, limits=limits)
        except PictureError as err:
            return err
        print_ = fingerprint(picture.pixels)
        spread = print_.colour.max(axis=2).astype(int) - print_.colour.min(axis=2)
        return Inspection(
            file_sha256=sha256(data).hexdigest(),
            size=picture.original_size,
            fingerprint=print_,
            greyscale=bool(spread.max() <= _GREY),
        )

    return in_order(look, range(len(catalogue)), workers=workers, progress=progress)
