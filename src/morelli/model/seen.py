"""Whom and what a model has seen, and as what, by hashes: enough to know it again, without names or pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Literal, get_args

import msgspec
import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError, PictureError

SCHEMA = 2
Role = Literal["train", "validation", "calibration"]
ROLES: tuple[Role, ...] = get_args(Role)


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
    """Hashes of the artists' normalised names and of the pictures' files, by the part they had.

    train: the weights were fitted to them; validation: the epoch was chosen by them; calibration: threshold and calibration were
    fitted to them. None of them may be judged as one that the model has not seen.
    """

    schema: int
    artists: dict[Role, frozenset[str]]
    pictures: dict[Role, frozenset[str]]

    @classmethod
    def of(cls, *, artists: Mapping[Role, Iterable[str]], pictures: Mapping[Role, Iterable[str]]) -> TrainedOn:
        """Make it from normalised names and from digests of files; a role that is not given had none."""
        return cls(
            schema=SCHEMA,
            artists={role: frozenset(digest(name.encode()) for name in artists.get(role, ())) for role in ROLES},
            pictures={role: frozenset(pictures.get(role, ())) for role in ROLES},
        )

    def role_of_artist(self, artist: str) -> Role | None:
        """Return the role that an artist had, by the normalised name; None for one whom the model has not seen."""
        return _role(digest(artist.encode()), self.artists)

    def role_of_picture(self, file_digest: str) -> Role | None:
        """Return the role that a picture had, by its file's digest; None for one that the model has not seen."""
        return _role(file_digest, self.pictures)

    def recalibrated(self, *, artists: Iterable[str], pictures: Iterable[str]) -> TrainedOn:
        """Return it with the artists (normalised names) and pictures (digests) of another calibration in place of those before."""
        other = TrainedOn.of(artists={"calibration": artists}, pictures={"calibration": pictures})
        return msgspec.structs.replace(
            self,
            artists=self.artists | {"calibration": other.artists["calibration"]},
            pictures=self.pictures | {"calibration": other.pictures["calibration"]},
        )

    def to_json(self) -> str:
        """Return it as text, sorted."""
        return msgspec.json.encode(
            {
                "schema": self.schema,
                "artists": {role: sorted(self.artists[role]) for role in ROLES},
                "pictures": {role: sorted(self.pictures[role]) for role in ROLES},
            }
        ).decode()

    @classmethod
    def from_json(cls, data: bytes, *, source: str) -> TrainedOn:
        """Read what `to_json` wrote. Raises ModelError."""

        class _Schema(msgspec.Struct):
            schema: int = 1

        try:
            schema = msgspec.json.decode(data, type=_Schema).schema
            if schema != SCHEMA:
                raise ModelError(
                    f"{source}: schema {schema}, this version reads {SCHEMA}, which keeps the artists by the part they had; "
                    "train the model again"
                )
            found = msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
            raise ModelError(
                f"{source}: not a list of what was trained on: {err}; copy the model folder again"
            ) from err
        for name, table in (("artists", found.artists), ("pictures", found.pictures)):
            if missing := [role for role in ROLES if role not in table]:
                raise ModelError(f"{source}: {name}: no {missing[0]!r}; copy the model folder again")
        return found


def what_was_seen(
    catalogue: Catalogue, artist: npt.NDArray[np.object_], rows: Mapping[Role, npt.NDArray[np.int64]]
) -> TrainedOn:
    """Return the hashes of the artists and pictures of some rows of a catalogue. artist (n,): one normalised name an artist.

    A picture that cannot be read could not be seen.
    """
    pictures: dict[Role, list[str]] = {role: [] for role in rows}
    for role, chosen in rows.items():
        for row in chosen:
            with suppress(PictureError):
                pictures[role].append(digest_file(catalogue.file(int(row))))
    return TrainedOn.of(artists={role: artist[chosen].tolist() for role, chosen in rows.items()}, pictures=pictures)


def _role(key: str, table: Mapping[Role, frozenset[str]]) -> Role | None:
    return next((role for role in ROLES if key in table[role]), None)
