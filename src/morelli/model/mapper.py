"""The second output of an encoder: what each place of a picture has of its embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.model.compiled_cache import CompiledCache
from morelli.model.encoder import Embeddings, Pixels
from morelli.model.network import compile_onnx

Maps = npt.NDArray[np.float32]
_TOLERANCE = 1e-3  # of an embedding's length: what its map's sum may be off by
_LARGEST = 64  # tiles a side


@dataclass(frozen=True, eq=False)
class Mapper:
    """An encoder with its map, compiled for this processor. name: of its file, for errors."""

    name: str
    _compiled: Any

    def __call__(self, pictures: Pixels) -> tuple[Embeddings, Maps]:
        """Return the embeddings (n, d) of pictures (n, s, s, 3), and the map (n, h, w, d) of each: over its tiles it sums to the embedding.

        Raises ModelError where it does not: what the map shows would not be what the model does.
        """
        found = self._compiled.create_infer_request().infer([np.ascontiguousarray(pictures)])
        embeddings, maps = (np.array(found[output], dtype=np.float32) for output in ("embedding", "map"))
        n, d = embeddings.shape
        if (
            maps.ndim != 4
            or maps.shape[::3] != (n, d)
            or not 1 <= min(maps.shape[1:3]) <= max(maps.shape[1:3]) <= _LARGEST
        ):
            raise ModelError(
                f"{self.name}: its map is {maps.shape}, not tiles of embeddings {embeddings.shape}; train it again"
            )
        off = np.linalg.norm(maps.sum(axis=(1, 2), dtype=np.float64) - embeddings, axis=1)
        if not (off <= _TOLERANCE * np.linalg.norm(embeddings, axis=1)).all():
            raise ModelError(
                f"{self.name}: its map does not add up to the embedding; nothing is explained by it; train the model again"
            )
        return embeddings, maps


def load_mapper(model: bytes, *, name: str, threads: int = 0, cache: CompiledCache | None = None) -> Mapper | None:
    """Compile an encoder with its map, in float32; None where it has none. name: for errors. Raises ModelError."""
    compiled = compile_onnx(model, name=name, threads=threads, cache=cache, outputs=("embedding", "map"))
    names = {name for output in compiled.outputs for name in output.get_names()}
    return Mapper(name, compiled) if {"embedding", "map"} <= names else None
