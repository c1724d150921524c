"""An ONNX file run by torch, so that gradients flow through it: the very network of a model folder, of whatever kind it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from morelli.errors import ModelError
from morelli.looking.onnx_operations import OPERATIONS


@dataclass(frozen=True, eq=False)
class Node:
    """One step of a network."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class OnnxNetwork:
    """The steps of a network in their order, and its weights and other constants. name: for errors."""

    name: str
    nodes: tuple[Node, ...]
    constants: Mapping[str, Tensor]

    def run(self, given: Mapping[str, Tensor], wanted: Sequence[str]) -> tuple[Tensor, ...]:
        """Return the values of these names, from those that are given: of inputs, or of anything on the way.

        Only the steps that lie between are done. Raises ModelError for a step that is not known here.
        """
        values: dict[str, Tensor] = {**self.constants, **given}
        for node in self.between(given, wanted):
            if node.operator not in OPERATIONS:
                raise ModelError(f"{self.name}: holds a step {node.operator!r} that cannot be differentiated here")
            inputs = [values[name] if name else None for name in node.inputs]
            try:
                values[node.outputs[0]] = OPERATIONS[node.operator](inputs, node.attributes)
            except NotImplementedError as err:
                raise ModelError(f"{self.name}: holds a step {err} that cannot be differentiated here") from err
        return tuple(values[name] for name in wanted)

    def between(self, given: Mapping[str, Tensor], wanted: Sequence[str]) -> list[Node]:
        """Return the steps from what is given to what is wanted, in their order. Raises ModelError where a way begins elsewhere."""
        needed, chosen = set(wanted) - set(given) - set(self.constants), []
        for node in reversed(self.nodes):
            if needed & set(node.outputs):
                chosen.append(node)
                needed -= set(node.outputs)
                needed |= {name for name in node.inputs if name} - set(given) - set(self.constants)
        if needed:
            raise ModelError(f"{self.name}: {', '.join(sorted(needed))} would have to be given too")
        return chosen[::-1]


def read_onnx(data: bytes, *, name: str) -> OnnxNetwork:
    """Read an ONNX file. name: for errors. Raises ModelError."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.load_from_string(data).graph
    except DecodeError as err:
        raise ModelError(f"{name}: not an ONNX file: {err}; copy the model folder again") from err
    constants = {one.name: _tensor(onnx.numpy_helper.to_array(one)) for one in graph.initializer}
    nodes = []
    for node in graph.node:
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        if node.op_type == "Constant" and "value" in attributes:
            constants[node.output[0]] = _tensor(onnx.numpy_helper.to_array(attributes["value"]))
        else:
            nodes.append(Node(node.op_type, tuple(node.input), tuple(node.output), attributes))
    return OnnxNetwork(name, tuple(nodes), constants)


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(array))
