"""Running an encoder: pictures in, embeddings out, through OpenVINO."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError

Pixels = npt.NDArray[np.uint8]
Embeddings = npt.NDArray[np.float32]
Precision = Literal["float32", "bfloat16"]


class Encoder(Protocol):
    """What every runtime's adapter does."""

    @property
    def size(self) -> int:
        """Pixels a side of the pictures that it reads."""
        ...

    @property
    def embedding(self) -> int:
        """Values of an embedding."""
        ...

    def encode(self, pictures: Pixels) -> Embeddings:
        """Embed pictures (n, s, s, 3) uint8 sRGB -> (n, d) float32, in their order. n may be 0."""
        ...


@dataclass(frozen=True, eq=False)
class OpenVinoEncoder:
    """An ONNX encoder compiled for this processor. size: pixels a side that it reads; batch: pictures it is given at once."""

    size: int
    embedding: int
    batch: int
    _compiled: Any

    def encode(self, pictures: Pixels) -> Embeddings:
        """Embed pictures (n, s, s, 3) uint8 -> (n, d) float32. Safe to call from several threads. Raises ModelError for a wrong shape."""
        if pictures.ndim != 4 or pictures.shape[1:] != (self.size, self.size, 3) or pictures.dtype != np.uint8:
            raise ModelError(
                f"the encoder reads uint8 pictures (n, {self.size}, {self.size}, 3), not {pictures.dtype} {pictures.shape}"
            )
        out = np.empty((len(pictures), self.embedding), dtype=np.float32)
        request = self._compiled.create_infer_request()
        for start in range(0, len(pictures), self.batch):
            part = np.ascontiguousarray(pictures[start : start + self.batch])
            out[start : start + self.batch] = request.infer([part])["embedding"]
        if not np.isfinite(out).all():
            raise ModelError(
                "the encoder's output is not finite; the model is damaged, or its pictures are not what it reads"
            )
        return out


def load_openvino(
    model: bytes, *, name: str, precision: Precision = "float32", threads: int = 0, batch: int = 32
) -> OpenVinoEncoder:
    """Compile an ONNX model. name: for errors; threads: 0 takes all cores. Raises ModelError for a model that is no encoder of ours."""
    # OpenVINO brings a telemetry package that its tools start; this library never starts it, and says no in case something does.
    os.environ.setdefault("OPENVINO_TELEMETRY_OPT_OUT", "1")
    import openvino

    core = openvino.Core()
    options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32" if precision == "float32" else "bf16"}
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    try:
        network = core.read_model(model, b"")
        names = {name for output in network.outputs for name in output.get_names()}
        if len(network.inputs) != 1:
            raise ModelError(f"{name}: not an encoder: it has {len(network.inputs)} inputs, not one; export it again")
        shape, kind = network.inputs[0].get_partial_shape(), network.inputs[0].get_element_type().get_type_name()
        width = network.output("embedding").get_partial_shape()[1].get_length() if "embedding" in names else None
        if width is None or kind != "u8" or len(shape) != 4:
            raise ModelError(
                f"{name}: not an encoder: it must turn uint8 pictures (n, s, s, 3) into an output 'embedding' (n, d)"
            )
        size = shape[1].get_length()
        compiled = core.compile_model(network, "CPU", options)
    except RuntimeError as err:
        raise ModelError(f"{name}: OpenVINO cannot load this encoder: {_meaning(err)}; copy the model again") from err
    return OpenVinoEncoder(size=size, embedding=width, batch=batch, _compiled=compiled)


def _meaning(err: RuntimeError) -> str:
    """Return what OpenVINO says, without the lines that name its own source files."""
    lines = [line.strip() for line in str(err).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Exception from", "Check "))]
    return " ".join(told or lines)[:300]
