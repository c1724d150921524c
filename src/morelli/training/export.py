"""From a trained network to `encoder.onnx`, and the proof that it computes the same."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.errors import ModelError
from morelli.model.encoder import load_openvino


class _Encoder(nn.Module):
    """A network behind the face of a model folder's encoder: uint8 pictures (n, s, s, 3), or (n, views, s, s, 3), in."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        embedding: Tensor = self.network(pictures.movedim(-1, -3).float() / 255)
        return embedding


def export_encoder(network: nn.Module, *, size: int, views: int = 1) -> bytes:
    """Return a network as one ONNX file: `pictures` uint8 -> `embedding` (n, d) float32, n free.

    Pictures are (n, s, s, 3), or (n, views, s, s, 3) where there are several views.
    """
    import onnx

    encoder = _Encoder(network).to("cpu").to(memory_format=torch.contiguous_format).eval()
    example = torch.zeros(2, *(() if views == 1 else (views,)), size, size, 3, dtype=torch.uint8)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "encoder.onnx"
        torch.onnx.export(
            encoder,
            (example,),
            str(file),
            input_names=["pictures"],
            output_names=["embedding"],
            dynamic_shapes={"pictures": {0: torch.export.Dim("n", min=1, max=4096)}},
            external_data=False,
            dynamo=True,
            verbose=False,
        )
        model = onnx.load(file)
    onnx.checker.check_model(model)
    out = io.BytesIO()
    onnx.save_model(model, out)
    return out.getvalue()


def check_export(
    network: nn.Module, model: bytes, pictures: npt.NDArray[np.uint8], *, tolerance: float = 1e-3
) -> float:
    """Return the largest difference between a network and its export, as a share of the embeddings' root mean square.

    pictures: (n, s, s, 3), real ones. Raises ModelError where it is above the tolerance: the file is not to be used.
    """
    network.eval()
    with torch.inference_mode():
        wanted = _Encoder(network)(torch.from_numpy(pictures)).float().numpy()
    got = load_openvino(model, name="the export").encode(pictures)
    scale = float(np.sqrt(np.mean(np.square(wanted)))) or 1.0
    difference = float(np.abs(wanted - got).max()) / scale
    if not difference <= tolerance:
        raise ModelError(
            f"the exported encoder differs from the network by {difference:.2g} of its size (at most {tolerance:g}); nothing was written"
        )
    return difference
