"""Embedding the test pictures once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from morelli.errors import KaggleError
from morelli.features.embeddings import EmbeddedPictures, Stage, Tell, embed_kept, silent
from morelli.model.model import Model

__all__ = ["EmbeddedPictures", "Stage", "Tell", "embed_pictures", "silent"]


def embed_pictures(
    model: Model, files: Sequence[Path], *, cache: Path, workers: int = 2, stage: Stage = silent
) -> EmbeddedPictures:
    """Embed picture files as `embed_kept` does. Raises KaggleError where no picture can be used."""
    embedded = embed_kept(model, files, cache=cache, workers=workers, stage=stage)
    if not embedded.usable.any():
        first = embedded.errors[0] if embedded.errors else "there are none"
        raise KaggleError(f"none of {len(files):,} test pictures can be used; the first: {first}")
    return embedded
