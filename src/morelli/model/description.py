"""What `model.json` says."""

from __future__ import annotations

from typing import Any

import msgspec

from morelli.systems.system import ViewTable

SCHEMA = 1


class ModelDescription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that identifies a model.

    system: the system file it was trained from, whole. embedding: values of an embedding. similarity: how two embeddings are compared.
    files: name -> SHA-256 (hex) of every other file of the folder. training: figures of the training data and the run, in words.
    licence: of the weights. versions: of what made it.
    """

    schema: int
    system: dict[str, Any]
    view: ViewTable
    embedding: int
    similarity: str
    parameters: int
    files: dict[str, str]
    training: dict[str, str]
    licence: str
    versions: dict[str, str]
