"""From trained networks to `encoder.onnx` and `head.onnx`, and the proof that they compute the same."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError
from morelli.model.comparison import load_pair_net
from morelli.model.encoder import load_openvino
from morelli.model.network import Precision
from morelli.pictures.view import View
from morelli.training.torch_encoder import FromPictures

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def export_encoder(network: nn.Module, *, size: int, views: int = 1) -> bytes:
    """Return a network as one ONNX file: `pictures` uint8 -> `embedding` (n, d) float32, n free.

    Pictures are (n, s, s, 3), or (n, views, s, s, 3) where there are several views.
    """
    encoder = FromPictures(network).to("cpu").to(memory_format=torch.contiguous_format).eval()
    example = torch.zeros(2, *(() if views == 1 else (views,)), size, size, 3, dtype=torch.uint8)
    return _export(encoder, {"pictures": example}, outputs=["embedding"])


def export_mapped_encoder(network: nn.Module, *, size: int) -> bytes:
    """Return a network of embeddings (n, d) and their maps (n, h, w, d) as `export_encoder` does, `map` beside `embedding`."""
    encoder = FromPictures(network).to("cpu").to(memory_format=torch.contiguous_format).eval()
    example = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    return _export(encoder, {"pictures": example}, outputs=["embedding", "map"])


def export_head(head: nn.Module, *, width: int) -> bytes:
    """Return what compares two embeddings as one ONNX file: `first`, `second` (n, width) float32 -> `similarity` (n,), n free."""
    example = torch.zeros(2, width)
    return _export(head.to("cpu").eval(), {"first": example, "second": example.clone()}, outputs=["similarity"])


def _export(network: nn.Module, inputs: Mapping[str, Tensor], *, outputs: list[str]) -> bytes:
    import onnx

    rows = torch.export.Dim("n", min=1, max=1 << 20)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "# The axis name", UserWarning
            )  # two inputs share one free axis, as is meant
            torch.onnx.export(
                network,
                tuple(inputs.values()),
                str(file),
                input_names=list(inputs),
                output_names=outputs,
                dynamic_shapes=tuple({0: rows} for _ in inputs),
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

    pictures: (n, s, s, 3), or (n, views, s, s, 3), real ones. Raises ModelError where it is above the tolerance: the file is not to
    be used.
    """
    network.eval()
    with torch.inference_mode():
        wanted = FromPictures(network)(torch.from_numpy(pictures)).float().numpy()
    _check_numbers(wanted, what="encoder")
    got = load_openvino(model, name="the export").encode(pictures)
    return _difference(wanted, got, what="encoder", tolerance=tolerance)


def check_head(head: nn.Module, model: bytes, embeddings: Floats, *, tolerance: float = 1e-3) -> float:
    """Return the largest difference between a head and its export over pairs of embeddings (n, d), as `check_export` does."""
    count = len(embeddings)
    first, second = np.repeat(np.arange(count), count), np.tile(np.arange(count), count)
    head.eval()
    with torch.inference_mode():
        one, other = torch.from_numpy(embeddings[first]), torch.from_numpy(embeddings[second])
        wanted = ((head(one, other) + head(other, one)) / 2).numpy()
    _check_numbers(wanted, what="head")
    got = load_pair_net(model, name="the exported head", width=embeddings.shape[1]).over(embeddings).rows(first, second)
    return _difference(wanted, got, what="head", tolerance=tolerance)


def _check_numbers(output: Floats, *, what: str) -> None:
    if not np.isfinite(output).all():
        raise ModelError(
            f"the {what}'s output is not finite: the training has diverged, so nothing was written; train with a lower learning rate"
        )


def check_pictures(
    model: bytes, catalogue: Catalogue, rows: Rows, wanted: Floats, *, view: View, precision: Precision
) -> float:
    """Prove an encoder from the pictures on: it must give the embeddings that came from cached features.

    rows (n,) of the catalogue; wanted (n, d): their embeddings. Returns the root mean square of the difference as a share of that of the
    embeddings. Raises ModelError where it is above 0.02, in bfloat16 0.2.
    """
    loaded = load_openvino(model, name="the export", precision=precision)
    pictures = np.stack([view.open(catalogue.file(int(row))).pixels for row in rows])
    got = loaded.encode(pictures[:, 0] if view.n == 1 else pictures)
    size = float(np.sqrt(np.mean(np.square(wanted)))) or 1.0
    difference = float(np.sqrt(np.mean(np.square(got - wanted)))) / size
    if not difference <= (most := 0.2 if precision == "bfloat16" else 0.02):
        raise ModelError(
            f"the exported encoder differs from the features that it was trained on by {difference:.2g} of their size (at most {most:g}); "
            "nothing was written"
        )
    return difference


def _difference(wanted: Floats, got: Floats, *, what: str, tolerance: float) -> float:
    scale = float(np.sqrt(np.mean(np.square(wanted)))) or 1.0
    difference = float(np.abs(wanted - got).max()) / scale
    if not difference <= tolerance:
        raise ModelError(
            f"the exported {what} differs from the network by {difference:.2g} of its size (at most {tolerance:g}); nothing was written"
        )
    return difference
