"""Compiled networks kept for the next start: compiling is what a first comparison waits for.

A compiled network is trusted as code is, so only what this user wrote into a folder of their own is read, whole or not at
all; its name says which network, which version of OpenVINO and which processor it is for.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from morelli.errors import MorelliError
from morelli.files import write_file

_DIGEST = 32  # bytes of SHA-256 that stand before what they are of
_MOST = 1 << 30  # bytes that are kept; the oldest go first
_SUFFIX = ".compiled"


@dataclass(frozen=True)
class CompiledCache:
    """A folder of compiled networks. Where it cannot be used, nothing is found in it and nothing kept: it is no error."""

    folder: Path

    def read(self, *parts: str) -> bytes | None:
        """Return what was written for these parts; None where there is nothing, or it is damaged or not this user's."""
        flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_BINARY"))
        try:
            if not self._is_private():
                return None
            with os.fdopen(os.open(self._file(parts), flags), "rb") as file:
                data = file.read(_MOST)
        except OSError:
            return None
        return data[_DIGEST:] if sha256(data[_DIGEST:]).digest() == data[:_DIGEST] else None

    def write(self, data: bytes, *parts: str) -> None:
        """Keep bytes for these parts, aside first and then renamed; the oldest are removed where it grows too large."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_private():
                return
            write_file(self._file(parts), sha256(data).digest() + data)
            self._prune()
        except (OSError, MorelliError):
            return

    def _file(self, parts: tuple[str, ...]) -> Path:
        return self.folder / (sha256(json.dumps(parts).encode()).hexdigest()[:40] + _SUFFIX)

    def _is_private(self) -> bool:
        """Tell whether the folder is one, this user's own, and nobody else can write into it."""
        status = self.folder.lstat()
        own = not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)
        return stat.S_ISDIR(status.st_mode) and own

    def _prune(self) -> None:
        kept = 0
        files = [(file.stat(), file) for file in self.folder.glob(f"*{_SUFFIX}")]
        for status, file in sorted(files, key=lambda found: found[0].st_mtime, reverse=True):
            kept += status.st_size
            if kept > _MOST:
                file.unlink(missing_ok=True)
