"""What a model was trained on, as hashes: enough to know who was seen, without names or pictures."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import msgspec

from morelli.errors import ModelError, PictureError


def digest(data: bytes) -> str:
    """Return a hash of 16 hexadecimal digits: no two of a million things share one by accident (chance about 1 in 10^7)."""
    return blake2b(data, digest_size=8).hexdigest()


def digest_file(path: Path) -> str:
    """Return the hash of a picture's file. Raises PictureError where it cannot be read."""
    try:
        return digest(path.read_bytes())
    except OSError as err:
        raise PictureError(f"{path}: cannot be read: {err.strerror or err}") from err


class TrainedOn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hashes of the normalised names of the training artists, and of the files of the training pictures.

    calibrated: hashes of the names of the artists that a recalibration used; empty where the split says who they were.
    """

    artists: frozenset[str]
    pictures: frozenset[str]
    calibrated: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, artists: Iterable[str], pictures: Iterable[str]) -> TrainedOn:
        """Make it from normalised names and from digests of files."""
        return cls(artists=frozenset(digest(name.encode()) for name in artists), pictures=frozenset(pictures))

    def calibrated_on(self, names: Iterable[str]) -> TrainedOn:
        """Return it with the normalised names of artists that a model was calibrated on, in place of those before."""
        return msgspec.structs.replace(self, calibrated=frozenset(digest(name.encode()) for name in names))

    def calibrates(self, artist: str) -> bool:
        """Return whether a normalised name is that of an artist of a recalibration."""
        return digest(artist.encode()) in self.calibrated

    def knows(self, artist: str) -> bool:
        """Return whether a normalised name is that of a training artist."""
        return digest(artist.encode()) in self.artists

    def to_json(self) -> str:
        """Return it as text, sorted."""
        found = {"artists": sorted(self.artists), "pictures": sorted(self.pictures)}
        if self.calibrated:
            found["calibrated"] = sorted(self.calibrated)
        return msgspec.json.encode(found).decode()

    @classmethod
    def from_json(cls, data: bytes, *, source: str) -> TrainedOn:
        """Read what `to_json` wrote. Raises ModelError."""
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as err:
            raise ModelError(f"{source}: not a list of what was trained on: {err}") from err
