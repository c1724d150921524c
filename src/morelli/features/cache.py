"""A cache of feature vectors, one file a backbone and view, one row a picture's content.

SQLite holds it: a row is there whole or not at all, two processes may fill one file, and a run that was cut off goes on where it was.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import MorelliError

Features = npt.NDArray[np.float32]
_SCHEMA = 1
_CHUNK = 500  # rows a query; SQLite allows 32,766 parameters
_PATIENCE = 120.0  # seconds to wait for another process that writes


class FeatureCacheError(MorelliError):
    """A feature cache that cannot be used: not one, of another backbone or view, or not writable."""


def picture_key(data: bytes) -> bytes:
    """Return what stands for a picture's file in the cache: 16 bytes, of its content alone."""
    return blake2b(data, digest_size=16).digest()


def source_key(identity: Mapping[str, object]) -> str:
    """Return a name for what features were made by: hash of the backbone's weights, layers, pooling, precision, view."""
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=12).hexdigest()


class FeatureCache:
    """Features (d,) float32 by picture key, in `folder/features-KEY.sqlite`.

    identity: what they are made by; another one is another file, and a file that says otherwise inside is refused. width: d.
    """

    def __init__(self, folder: Path, identity: Mapping[str, object], *, width: int) -> None:
        """Open or make the file. Raises FeatureCacheError."""
        self.path = folder / f"features-{source_key(identity)}.sqlite"
        self.width = width
        about = json.dumps({"schema": _SCHEMA, "width": width, "identity": dict(identity)}, sort_keys=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as db, db:
                db.execute("create table if not exists about (text text primary key)")
                db.execute(
                    "create table if not exists features (key blob primary key, value blob not null) without rowid"
                )
                db.execute("insert or ignore into about select ? where not exists (select 1 from about)", [about])
                (found,) = db.execute("select text from about").fetchone()
        except (sqlite3.OperationalError, OSError) as err:
            raise FeatureCacheError(
                f"{self.path}: cannot be read or written ({err}); check space, limits and permissions, or choose another cache folder"
            ) from err
        except sqlite3.Error as err:
            raise FeatureCacheError(
                f"{self.path}: not a feature cache ({err}); delete it or choose another cache folder"
            ) from err
        if found != about:
            raise FeatureCacheError(f"{self.path}: holds features of another backbone, view or width; delete it")

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=_PATIENCE)
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = normal")
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._connect()) as db:
                yield db
        except sqlite3.Error as err:
            raise FeatureCacheError(f"{self.path}: cannot be read: {err}; delete it: it is made anew") from err

    def __len__(self) -> int:
        with self._reading() as db:
            (count,) = db.execute("select count(*) from features").fetchone()
        return int(count)

    def keys(self) -> set[bytes]:
        """Return the keys of all pictures that have features."""
        with self._reading() as db:
            return {key for (key,) in db.execute("select key from features")}

    def missing(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of the keys that have no features yet."""
        wanted = list(dict.fromkeys(keys))
        there: set[bytes] = set()
        with self._reading() as db:
            for part in _parts(wanted):
                marks = ",".join("?" * len(part))
                there.update(key for (key,) in db.execute(f"select key from features where key in ({marks})", part))
        return set(wanted) - there

    def put(self, keys: Sequence[bytes], features: Features) -> None:
        """Keep features (n, d) of n pictures. Those of a picture that has some already are left as they are.

        Raises ValueError for a shape that does not fit or features that are not finite, FeatureCacheError where it cannot be written.
        """
        if features.shape != (len(keys), self.width):
            raise ValueError(f"features {features.shape}, expected {(len(keys), self.width)}")
        if not np.isfinite(features).all():
            raise ValueError("features are not finite; nothing was kept")
        rows = [(key, row.tobytes()) for key, row in zip(keys, features.astype("<f4"), strict=True)]
        try:
            with closing(self._connect()) as db, db:
                db.executemany("insert or ignore into features values (?, ?)", rows)
        except sqlite3.Error as err:
            raise FeatureCacheError(
                f"{self.path}: cannot be written: {err}; free space or choose another cache folder"
            ) from err

    def get(self, keys: Sequence[bytes]) -> Features:
        """Return features (n, d) in the order of the keys. Raises KeyError for one that is not there."""
        out = np.empty((len(keys), self.width), dtype=np.float32)
        places: dict[bytes, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(key, []).append(place)
        found = 0
        with self._reading() as db:
            for part in _parts(list(places)):
                marks = ",".join("?" * len(part))
                for key, value in db.execute(f"select key, value from features where key in ({marks})", part):
                    if len(value) != 4 * self.width:
                        raise FeatureCacheError(f"{self.path}: a row is damaged; delete the file")
                    out[places[key]] = np.frombuffer(value, dtype="<f4")
                    found += 1
        if found < len(places):
            raise KeyError(f"{len(places) - found} pictures have no features in {self.path}")
        return out


def _parts(keys: list[bytes]) -> Iterable[list[bytes]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
