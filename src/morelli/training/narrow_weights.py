"""An ONNX file at half or a quarter of its size: weights kept in 16 or 8 bits and widened when the network is compiled."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.model.encoder import load_openvino

Stored = Literal["float16", "int8"]
LEAST = 1024  # values; smaller weights are not worth a node
_LEAST_OF_BYTES = 1 << 14
MOST: dict[Stored, float] = {"float16": 0.01, "int8": 0.05}


def narrow_weights(model: bytes, stored: Stored) -> bytes:
    """Return a network with its large float32 weights kept narrower, each widened again before what uses it.

    float16: weights whose size it cannot hold (above 65,504) stay as they are; weights below 6e-8 become 0, others are rounded by at
    most 0.05 %. int8: the weights of convolutions and linear layers, by one scale an output; other matrices in 16 bits, for a map of
    places takes off them what was computed with the whole ones. The caller compares the outputs.
    """
    import onnx
    from onnx import TensorProto, numpy_helper

    network = onnx.load_model_from_string(model)
    graph = network.graph
    layers = {node.input[1] for node in graph.node if node.op_type in ("Conv", "Gemm")}
    widened: list[Any] = []
    added: list[Any] = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        if values.size < LEAST or not np.abs(values).max() <= np.finfo(np.float16).max:
            continue
        if stored == "int8" and tensor.name in layers and values.size >= _LEAST_OF_BYTES:
            added.append(_in_bytes(tensor, values, widened))
        else:
            _in_halves(tensor, values, widened)
    graph.initializer.extend(added)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(widened + nodes)
    # What was an initializer is a computed value now; a description of it by shape would be one of a graph input.
    onnx.checker.check_model(network)
    found: bytes = network.SerializeToString()
    return found


def _in_halves(tensor: Any, values: npt.NDArray[np.float32], widened: list[Any]) -> None:
    from onnx import TensorProto, helper, numpy_helper

    wide = tensor.name
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{wide}/half"))
    widened.append(helper.make_node("Cast", [f"{wide}/half"], [wide], to=TensorProto.FLOAT))


def _in_bytes(tensor: Any, values: npt.NDArray[np.float32], widened: list[Any]) -> Any:
    """Keep a tensor in bytes; return its scales, one an output (the first axis)."""
    from onnx import TensorProto, helper, numpy_helper

    wide = tensor.name
    largest = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    scale = np.where(largest == 0, 1, largest / 127).astype(np.float32)
    tensor.CopyFrom(numpy_helper.from_array(np.rint(values / scale).astype(np.int8), f"{wide}/byte"))
    widened.append(helper.make_node("Cast", [f"{wide}/byte"], [f"{wide}/whole"], to=TensorProto.FLOAT))
    widened.append(helper.make_node("Mul", [f"{wide}/whole", f"{wide}/scale"], [wide]))
    return numpy_helper.from_array(scale, f"{wide}/scale")


def check_narrow(whole: bytes, narrow: bytes, pictures: npt.NDArray[np.uint8], *, stored: Stored) -> float:
    """Return the root mean square of the difference between two encoders' embeddings, as a share of that of the embeddings.

    pictures: uint8, as the encoders read them. Raises ModelError where it is above `MOST`: the weights do not bear it.
    """
    wanted, got = (load_openvino(one, name="the export").encode(pictures) for one in (whole, narrow))
    difference = float(np.sqrt(np.mean(np.square(got - wanted)) / (np.mean(np.square(wanted)) or 1.0)))
    if not difference <= MOST[stored]:
        raise ModelError(
            f"weights in {stored} change the embeddings by {difference:.2g} of their size (at most {MOST[stored]:g}); "
            'set stored = "float32"'
        )
    return difference
