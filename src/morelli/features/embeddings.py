"""Embeddings of pictures, kept by model and content, so that a run that was cut off goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.features.cache import FeatureCache, picture_key
from morelli.model.model import Model
from morelli.model.seen import digest
from morelli.pictures.file import read_regular_file
from morelli.pictures.open import Limits
from morelli.pictures.stream import in_order

Tell = Callable[[int, int], None]
Stage = Callable[[str], AbstractContextManager[Tell]]
"""What is being done -> a context that gives a function of (done, total)."""

_KEPT_EVERY = 256  # pictures; what a run that is killed may have to do again


@dataclass(frozen=True, eq=False)
class EmbeddedPictures:
    """embeddings (m, d) float32, zeros where a picture cannot be used; usable (m,); errors: of those that cannot; seen (m,):
    whether the model has seen this very file, in whatever role.
    """

    embeddings: npt.NDArray[np.float32]
    usable: npt.NDArray[np.bool_]
    errors: tuple[PictureError, ...]
    seen: npt.NDArray[np.bool_]


@contextmanager
def silent(what: str) -> Iterator[Tell]:
    """Give a stage that tells nobody."""
    yield lambda done, total: None


def embed_kept(
    model: Model, files: Sequence[Path], *, cache: Path, workers: int = 2, stage: Stage = silent
) -> EmbeddedPictures:
    """Embed picture files; those whose content this model has embedded before are not decoded again.

    cache: a folder; embeddings lie there under the model's id and the content of the file. Bad pictures are reported, not raised, even
    where none can be used. Raises FeatureCacheError for a cache that cannot be used.
    """
    kept = FeatureCache(cache, {"model": model.id}, width=model.width)
    keys: list[bytes | None] = [None] * len(files)
    errors: dict[int, PictureError] = {}
    seen = np.zeros(len(files), dtype=bool)
    with stage("reading pictures") as tell:
        for place, found in enumerate(in_order(_identify, files, workers=workers, progress=tell)):
            if isinstance(found, PictureError):
                errors[place] = found
            else:
                keys[place], seen[place] = found[0], model.trained_on.role_of_picture(found[1]) is not None
    left = kept.missing(key for key in keys if key is not None)
    where = {key: place for place, key in enumerate(keys) if key in left}  # one place for each content
    todo = sorted(where.values())
    failed: dict[bytes | None, PictureError] = {}
    with stage("embedding") as tell:
        for start in range(0, len(todo), _KEPT_EVERY):
            part = todo[start : start + _KEPT_EVERY]
            embedded = model.embed(
                [files[place] for place in part],
                workers=workers,
                progress=lambda done, _, start=start: tell(start + done, len(todo)),  # type: ignore[misc]
            )
            failed.update((keys[part[place]], error) for place, error in embedded.skipped)
            usable = np.flatnonzero(embedded.usable)
            kept.put([key for i in usable if (key := keys[part[i]]) is not None], embedded.embeddings[usable])
    errors.update({place: failed[key] for place, key in enumerate(keys) if key in failed})
    good = np.array([place not in errors for place in range(len(files))], dtype=bool)
    embeddings = np.zeros((len(files), model.width), dtype=np.float32)
    embeddings[good] = kept.get([key for key, fine in zip(keys, good, strict=True) if fine and key is not None])
    return EmbeddedPictures(embeddings, good, tuple(errors[place] for place in sorted(errors)), seen)


def _identify(file: Path) -> tuple[bytes, str] | PictureError:
    try:
        data = read_regular_file(file, at_most=Limits().file_bytes)
    except PictureError as err:
        return err
    return picture_key(data), digest(data)
