"""The model folder: written whole or not at all, checked before anything in it is used."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from morelli.errors import ModelError
from morelli.files import writing_folder
from morelli.model.description import SCHEMA, ModelDescription, is_sealed, sealed
from morelli.model.shipped import find_model, shipped_models

DESCRIPTION = "model.json"
ENCODER = "encoder.onnx"
HEAD = "head.onnx"
BACK_END = "back_end.safetensors"
DECISION = "calibration.json"
TRAINED_ON = "trained-on.json"
HISTORY = "history.csv"
CARD = "card.md"
_KNOWN = {  # every file that a model may have besides its description, and the most bytes it may have
    ENCODER: 1 << 30,
    HEAD: 1 << 30,
    BACK_END: 1 << 30,
    DECISION: 16 << 20,
    TRAINED_ON: 256 << 20,
    HISTORY: 64 << 20,
    CARD: 4 << 20,
}
_LARGEST_DESCRIPTION = 4 << 20  # bytes; a description of a hundred kilobytes is a large one


@dataclass(frozen=True)
class ModelFolder:
    """A checked folder: `model.json` has the digest that it says, and so has every file named in it. id: short, of all of it."""

    path: Path
    description: ModelDescription
    id: str
    _kept: dict[str, bytes] = field(default_factory=dict, repr=False)

    def read(self, name: str) -> bytes:
        """Return the content of a file of the folder, as it was checked or checked against its hash again. Raises ModelError."""
        if name not in self.description.files:
            raise ModelError(f"{self.path}: this model has no {name}")
        if (kept := self._kept.pop(name, None)) is not None:
            return kept
        data = _read(self.path / name, at_most=_KNOWN[name])
        _check(self.path / name, data, self.description.files[name])
        return data


def open_model_folder(path: Path | str, *, keep: Collection[str] = ()) -> ModelFolder:
    """Open a model folder: schema first, then the hash of every file. Raises ModelError with the file and the reason.

    path: a folder, or the name of a shipped model. keep: files whose content is kept until it is read, once, so that it need not be
    read and checked twice.
    """
    path = find_model(path)
    file = path / DESCRIPTION
    try:
        is_folder, is_model = path.is_dir(), file.is_file()
    except OSError as err:  # a name longer than any file's
        raise ModelError(f"{str(path)[:100]}: cannot be read: {err.strerror}; name a model folder") from err
    if not is_folder:
        shipped = ", ".join(shipped_models()) or "none"
        raise ModelError(
            f"{path}: no such model folder; train one with 'morelli train', or name a shipped one ({shipped})"
        )
    if not is_model:
        raise ModelError(f"{path}: not a model folder: it has no {DESCRIPTION}")
    data = _read(file, at_most=_LARGEST_DESCRIPTION)
    description = _parse(file, data)
    kept: dict[str, bytes] = {}
    for name, digest in description.files.items():
        if name not in _KNOWN:
            raise ModelError(f"{file}: names a file that no model has: {name!r}")
        content = _read(path / name, at_most=_KNOWN[name])
        _check(path / name, content, digest)
        if name in keep:
            kept[name] = content
    return ModelFolder(path, description, sha256(data).hexdigest()[:12], kept)


def write_model_folder(
    path: Path, description: ModelDescription, files: Mapping[str, bytes], *, replace: bool = False
) -> ModelFolder:
    """Write a model folder aside, check it as a reader would, and rename it. description.files is filled in here.

    replace: an older model at `path` is put away; else a path that is taken, by more than an empty folder, is a ModelError. Only a model
    folder is ever replaced.
    """
    if unknown := set(files) - set(_KNOWN):
        raise ModelError(f"{path}: no model has these files: {', '.join(sorted(unknown))}")
    replace = replace and (path / DESCRIPTION).is_file()
    description = msgspec.structs.replace(
        description, files={n: sha256(d).hexdigest() for n, d in sorted(files.items())}
    )
    with writing_folder(path, replace=replace, error=ModelError) as aside:
        for name, data in files.items():
            (aside / name).write_bytes(data)
        (aside / DESCRIPTION).write_bytes(sealed(description))
        open_model_folder(aside)
    return open_model_folder(path)


def _read(path: Path, *, at_most: int) -> bytes:
    # Without waiting: to open a pipe blocks until someone writes into it. Not through a link: it may lead anywhere.
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
    try:
        if path.is_symlink():
            raise ModelError(f"{path}: a link; a model's files are its own")
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ModelError(f"{path}: not a regular file; copy the model folder again")
            if status.st_size > at_most:
                raise ModelError(
                    f"{path}: {status.st_size:,} bytes, more than any model's ({at_most:,}); the folder is damaged or not a model"
                )
            return file.read(at_most)
    except OSError as err:
        raise ModelError(f"{path}: cannot be read: {err.strerror or err}; copy the model folder whole") from err


def _check(path: Path, data: bytes, digest: str) -> None:
    if sha256(data).hexdigest() != digest:
        raise _changed(path)


def _changed(path: Path) -> ModelError:
    return ModelError(
        f"{path}: is not the file that was written (its hash differs); copy the model folder again, or train anew"
    )


def _parse(file: Path, data: bytes) -> ModelDescription:
    class _Schema(msgspec.Struct):
        schema: int

    try:
        schema = msgspec.json.decode(data, type=_Schema).schema
        if schema != SCHEMA:
            raise ModelError(
                f"{file}: schema {schema}, this version reads {SCHEMA}; install the version of morelli that wrote it"
            )
        description = msgspec.json.decode(data, type=ModelDescription)
        if not is_sealed(data, description.digest):
            raise _changed(file)
        if not isinstance(description.system.get("name"), str):
            raise ModelError(f"{file}: its system has no name; copy the model folder again, or train anew")
        return description
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise ModelError(f"{file}: not a model's description: {err}") from err
