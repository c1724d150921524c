"""`back_end.safetensors`: the arrays of a model beside its networks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError

Embeddings = npt.NDArray[np.float32]


def write_cohort(cohort: Embeddings) -> bytes:
    """Return a file with the embeddings (c, d) of a cohort, in half precision: a cohort's place among others needs no more."""
    from safetensors.numpy import save

    # Contiguous: safetensors writes any other array in the order of its memory.
    data: bytes = save({"cohort": np.ascontiguousarray(cohort, dtype=np.float16)})
    return data


def read_cohort(data: bytes, *, name: str, width: int) -> Embeddings:
    """Return the embeddings (c, width) float32 of a cohort. name: of the file, for errors. Raises ModelError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
    except (SafetensorError, ValueError, KeyError) as err:
        raise ModelError(f"{name}: not a safetensors file: {err}; copy the model folder again") from err
    cohort = arrays.get("cohort")
    if cohort is None or cohort.ndim != 2 or cohort.shape[1] != width or cohort.dtype != np.float16:
        raise ModelError(f"{name}: holds no cohort (n, {width}) in half precision; copy the model folder again")
    if not np.isfinite(cohort).all():
        raise ModelError(f"{name}: the cohort holds numbers that are not finite; copy the model folder again")
    whole: Embeddings = cohort.astype(np.float32)
    return whole
