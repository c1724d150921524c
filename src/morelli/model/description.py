"""What `model.json` says, and the seal by which a changed byte of it is found."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Literal

import msgspec

from morelli.model.known_range import KnownRange
from morelli.systems.system import Cohort, ViewTable

SCHEMA = 2
_BLANK = b"0" * 64


class Origin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where pretrained weights came from: the file's or the hub's name, SHA-256 of the file, licence, how much of the network they are."""

    backbone: str
    source: str
    sha256: str
    licence: str
    extent: str


class ModelDescription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that identifies a model.

    digest: SHA-256 (hex) of `model.json` itself, written with zeros in the digest's place; empty before it is written.
    system: the system file it was trained from, whole. embedding: values of an embedding. similarity: how two embeddings are compared.
    precision: that the encoder was made for; a processor without bfloat16 runs it in float32.
    origins: of pretrained weights in it. cohort: how a similarity is normalised, where the model has one. known_range: of what it knows,
    by the length of its embeddings; None where that says nothing, or where pictures were too few.
    files: name -> SHA-256 (hex) of every other file of the folder. training: figures of the training data and the run, in words.
    licence: of the weights. versions: of what made it.
    """

    schema: int
    digest: str = ""
    system: dict[str, Any]
    view: ViewTable
    embedding: int
    similarity: str
    parameters: int
    precision: Literal["float32", "bfloat16"] = "float32"
    origins: tuple[Origin, ...] = ()
    cohort: Cohort | None = None
    known_range: KnownRange | None = None
    files: dict[str, str]
    training: dict[str, str]
    licence: str
    versions: dict[str, str]


def sealed(description: ModelDescription) -> bytes:
    """Return the text of `model.json`, its digest filled in."""
    blank = msgspec.structs.replace(description, digest=_BLANK.decode())
    data = msgspec.json.format(msgspec.json.encode(blank), indent=1)
    return data.replace(_BLANK, sha256(data).hexdigest().encode(), 1)


def is_sealed(data: bytes, digest: str) -> bool:
    """Tell whether a `model.json` is the one that was written, to the byte. digest: what it says of itself."""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        return False
    return sha256(data.replace(digest.encode(), _BLANK, 1)).hexdigest() == digest
