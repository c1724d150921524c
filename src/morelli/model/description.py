"""What `model.json` says."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from morelli.systems.system import Cohort, ViewTable

SCHEMA = 1


class Origin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where pretrained weights came from: the file's or the hub's name, SHA-256 of the file, licence, how much of the network they are."""

    backbone: str
    source: str
    sha256: str
    licence: str
    extent: str


class ModelDescription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that identifies a model.

    system: the system file it was trained from, whole. embedding: values of an embedding. similarity: how two embeddings are compared.
    precision: that the encoder was made for; a processor without bfloat16 runs it in float32.
    origins: of pretrained weights in it. cohort: how a similarity is normalised, where the model has one.
    files: name -> SHA-256 (hex) of every other file of the folder. training: figures of the training data and the run, in words.
    licence: of the weights. versions: of what made it.
    """

    schema: int
    system: dict[str, Any]
    view: ViewTable
    embedding: int
    similarity: str
    parameters: int
    precision: Literal["float32", "bfloat16"] = "float32"
    origins: tuple[Origin, ...] = ()
    cohort: Cohort | None = None
    files: dict[str, str]
    training: dict[str, str]
    licence: str
    versions: dict[str, str]
