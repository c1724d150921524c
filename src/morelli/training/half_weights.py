"""An ONNX file at half its size: weights kept in 16 bits and widened when the network is compiled; it computes as before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.model.encoder import load_openvino

LEAST = 1024  # values; smaller weights are not worth a node


def half_weights(model: bytes) -> bytes:
    """Return a network with its large float32 weights kept as float16, each with a Cast before what uses it.

    Weights whose size float16 cannot hold (above 65,504) stay as they are. Weights below 6e-8 become 0, others are rounded by at most
    0.05 %: the caller compares the outputs.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    network = onnx.load_model_from_string(model)
    graph = network.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        if values.size < LEAST or not np.abs(values).max() <= np.finfo(np.float16).max:
            continue
        wide = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{wide}/half"))
        casts.append(helper.make_node("Cast", [f"{wide}/half"], [wide], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    # What was an initializer is a computed value now; a description of it by shape would be one of a graph input.
    onnx.checker.check_model(network)
    found: bytes = network.SerializeToString()
    return found


def check_half(whole: bytes, halved: bytes, pictures: npt.NDArray[np.uint8], *, most: float = 0.01) -> float:
    """Return the root mean square of the difference between two encoders' embeddings, as a share of that of the embeddings.

    pictures: uint8, as the encoders read them. Raises ModelError where it is above `most`: the weights do not bear it.
    """
    wanted, got = (load_openvino(one, name="the export").encode(pictures) for one in (whole, halved))
    difference = float(np.sqrt(np.mean(np.square(got - wanted)) / (np.mean(np.square(wanted)) or 1.0)))
    if not difference <= most:
        raise ModelError(
            f'weights in 16 bits change the embeddings by {difference:.2g} of their size (at most {most:g}); set stored = "float32"'
        )
    return difference
