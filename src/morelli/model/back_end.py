"""`back_end.safetensors`: the arrays of a model beside its networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError

Embeddings = npt.NDArray[np.float32]


def write_cohort(cohort: Embeddings, *, in_bytes: bool = False) -> bytes:
    """Return a file with the embeddings (c, d) of a cohort, in half precision: a cohort's place among others needs no more.

    in_bytes: in int8 instead, by one scale a picture.
    """
    from safetensors.numpy import save

    # Contiguous: safetensors writes any other array in the order of its memory.
    arrays: dict[str, npt.NDArray[Any]] = {"cohort": np.ascontiguousarray(cohort, dtype=np.float16)}
    if in_bytes:
        arrays = _in_bytes(cohort)
    data: bytes = save(arrays)
    return data


def _in_bytes(cohort: Embeddings) -> dict[str, npt.NDArray[Any]]:
    largest = np.abs(cohort).max(axis=1, keepdims=True)
    scale = np.where(largest == 0, 1, largest / 127).astype(np.float32)
    rounded = np.rint(cohort / scale).astype(np.int8)
    return {"cohort": np.ascontiguousarray(rounded), "scale": np.ascontiguousarray(scale[:, 0])}


def read_cohort(data: bytes, *, name: str, width: int) -> Embeddings:
    """Return the embeddings (c, width) float32 of a cohort. name: of the file, for errors. Raises ModelError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
    except (SafetensorError, ValueError, KeyError) as err:
        raise ModelError(f"{name}: not a safetensors file: {err}; copy the model folder again") from err
    cohort, scale = arrays.get("cohort"), arrays.get("scale")
    if cohort is None or cohort.ndim != 2 or cohort.shape[1] != width or cohort.dtype not in (np.float16, np.int8):
        raise ModelError(
            f"{name}: holds no cohort (n, {width}) in half precision or bytes; copy the model folder again"
        )
    if (cohort.dtype == np.int8) != (scale is not None):
        raise ModelError(f"{name}: bytes of a cohort have scales, halves have none; copy the model folder again")
    whole: Embeddings = cohort.astype(np.float32)
    if scale is not None:
        if scale.shape != cohort.shape[:1] or scale.dtype != np.float32:
            raise ModelError(f"{name}: one scale a picture is wanted, not {scale.shape}; copy the model folder again")
        whole *= scale[:, None]
    if not np.isfinite(whole).all():
        raise ModelError(f"{name}: the cohort holds numbers that are not finite; copy the model folder again")
    return whole
