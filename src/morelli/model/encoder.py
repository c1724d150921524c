"""Running an encoder: pictures in, embeddings out, through OpenVINO."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.model.compiled_cache import CompiledCache
from morelli.model.network import Precision, compile_onnx
from morelli.model.requests import Requests

Pixels = npt.NDArray[np.uint8]
Embeddings = npt.NDArray[np.float32]


class Encoder(Protocol):
    """What every runtime's adapter does."""

    @property
    def size(self) -> int:
        """Pixels a side of the pictures that it reads."""
        ...

    @property
    def views(self) -> int:
        """Views of a picture that it reads together."""
        ...

    @property
    def embedding(self) -> int:
        """Values of an embedding."""
        ...

    def encode(self, pictures: Pixels) -> Embeddings:
        """Embed pictures uint8 sRGB -> (n, d) float32, in their order. n may be 0.

        Pictures are (n, s, s, 3), or (n, views, s, s, 3) where the encoder looks at several views of each.
        """
        ...


def check_readable(pictures: Pixels, *, size: int, views: int) -> None:
    """Raise ModelError unless pictures are what an encoder reads: uint8 (n, size, size, 3), or (n, views, size, size, 3)."""
    one = (size, size, 3)
    wanted = one if views == 1 else (views, *one)
    if pictures.shape[1:] != wanted or pictures.ndim == 0 or pictures.dtype != np.uint8:
        raise ModelError(
            f"the encoder reads uint8 pictures (n, {', '.join(map(str, wanted))}), not {pictures.dtype} {pictures.shape}"
        )


@dataclass(frozen=True, eq=False)
class OpenVinoEncoder:
    """An ONNX encoder compiled for this processor. size: pixels a side that it reads; batch: pictures it is given at once."""

    size: int
    views: int
    embedding: int
    batch: int
    _compiled: Any
    _requests: Requests = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_requests", Requests(self._compiled))

    def encode(self, pictures: Pixels) -> Embeddings:
        """Embed pictures (n, s, s, 3) uint8, or (n, views, s, s, 3), -> (n, d) float32.

        Safe to call from several threads. Raises ModelError for a wrong shape.
        """
        check_readable(pictures, size=self.size, views=self.views)
        out = np.empty((len(pictures), self.embedding), dtype=np.float32)
        for start in range(0, len(pictures), self.batch):
            part = np.ascontiguousarray(pictures[start : start + self.batch])
            with (
                self._requests.one() as request
            ):  # by the batch: other callers need not wait for the whole of a long list
                embedded = request.infer([part])["embedding"]
                if embedded.shape != (len(part), self.embedding):
                    raise ModelError(
                        f"the encoder made {embedded.shape} of {len(part)} pictures, not one embedding each"
                    )
                out[start : start + self.batch] = embedded  # copied before the request is another's
        if not np.isfinite(out).all():
            raise ModelError(
                "the encoder's output is not finite; the model is damaged, or its pictures are not what it reads"
            )
        return out


def load_openvino(
    model: bytes,
    *,
    name: str,
    precision: Precision = "float32",
    threads: int = 0,
    batch: int = 32,
    cache: CompiledCache | None = None,
) -> OpenVinoEncoder:
    """Compile an ONNX model. name: for errors; threads: 0 takes all cores; cache: of compiled networks.

    Raises ModelError for a model that is no encoder of ours.
    """
    compiled = compile_onnx(model, name=name, precision=precision, threads=threads, cache=cache, outputs=("embedding",))
    names = {name for output in compiled.outputs for name in output.get_names()}
    if len(compiled.inputs) != 1:
        raise ModelError(f"{name}: not an encoder: it has {len(compiled.inputs)} inputs, not one; export it again")
    shape, kind = compiled.inputs[0].get_partial_shape(), compiled.inputs[0].get_element_type().get_type_name()
    width = None
    if "embedding" in names and len(out := compiled.output("embedding").get_partial_shape()) == 2 and out[1].is_static:
        width = out[1].get_length()
    fixed = all(dimension.is_static for dimension in list(shape)[1:])
    if width is None or kind != "u8" or len(shape) not in (4, 5) or not fixed:
        raise ModelError(
            f"{name}: not an encoder: it must turn uint8 pictures (n, s, s, 3), or (n, views, s, s, 3), into an output "
            "'embedding' (n, d)"
        )
    size, views = shape[-2].get_length(), shape[1].get_length() if len(shape) == 5 else 1
    return OpenVinoEncoder(size=size, views=views, embedding=width, batch=batch, _compiled=compiled)
