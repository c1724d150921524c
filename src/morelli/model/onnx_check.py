"""An ONNX file is checked before anything else reads it: what it may hold, how large, and that it leads to no other file.

Only the structure is read here, field by field, from the bytes (protocol buffers, as onnx.proto numbers them). What an
encoder or a head needs is allowed and nothing more: one plain graph of feed-forward operations of the standard, its
tensors inside the file, as long as their shapes say, and of numbers: a network clips, and a weight that is none would else pass
through to an answer. A file that keeps its tensors elsewhere is refused: OpenVINO would
read those from the working folder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.model.protobuf import BYTES, VARINT, DamagedError, Reader, body

_MOST_NODES = 20_000
_MOST_CONSTANT = (
    1 << 24
)  # values that a node may make of constants alone: work is done on them while the model is loaded
_DEEPEST = 8  # dimensions
_NAMES = """
    Abs Add AveragePool BatchNormalization Cast Ceil Clip Concat Constant Conv DepthToSpace Div Dropout Elu Equal Erf Exp Expand
    Flatten Floor Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid
    HardSwish Identity InstanceNormalization LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization
    MatMul Max MaxPool Mean Min Mish Mul Neg Not PRelu Pad Pow Reciprocal ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin
    ReduceSum ReduceSumSquare Relu Reshape Selu Shape Sigmoid Sign Slice Softmax Softplus SpaceToDepth Split Sqrt Squeeze Sub
    Sum Tanh Transpose Unsqueeze Where
"""
_OPERATIONS = frozenset(_NAMES.split())
_GROWING = frozenset(
    ("AveragePool", "Conv", "Expand", "MaxPool", "Pad")
)  # their attributes or inputs say how large they make it
# TensorProto.DataType -> bytes a value in raw_data; strings, complex and packed types are not for us.
_WIDTHS = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
_TYPED = {4: 4, 5: 1, 7: 1, 10: 8, 11: 1}  # fields with values by their type -> bytes that each takes at least
_BFLOAT16 = "<u2"
_FLOATS = {
    1: ("<f4", 4),
    10: ("<f2", 5),
    11: ("<f8", 10),
    16: (_BFLOAT16, 5),
}  # -> how values stand in raw data; their field else


@dataclass
class _Node:
    operation: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    constant: int = -1  # values of a Constant


def check_onnx(data: bytes, *, name: str) -> None:
    """Check the bytes of an encoder or a head. name: of the file, for errors. Raises ModelError."""
    try:
        _check_model(Reader(data))
    except (DamagedError, UnicodeDecodeError) as err:
        why = str(err) if isinstance(err, DamagedError) else "a name in it is no text"
        raise ModelError(
            f"{name}: not a network that is safe to load: {why}; get the model from whoever made it"
        ) from err


def _check_model(reader: Reader) -> None:
    graphs = 0
    for number, kind, start, end in reader.fields(0, len(reader.data)):
        if number == 7:
            _check_graph(reader, *body(kind, start, end))
            graphs += 1
        elif number == 8:
            _check_domain(reader, *body(kind, start, end), at=1)
        elif number in (20, 25):
            raise DamagedError("it holds training steps or functions of its own")
    if graphs != 1:
        raise DamagedError(f"it holds {graphs} graphs, not one" if graphs else "it is no ONNX file")


def _check_graph(reader: Reader, start: int, end: int) -> None:
    constants: dict[str, int] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    nodes = []
    for number, kind, first, last in reader.fields(start, end):
        if number == 1:
            nodes.append(_read_node(reader, *body(kind, first, last)))
        elif number == 5:
            name, dims = _read_tensor(reader, *body(kind, first, last))
            constants[name], shapes[name] = math.prod(dims), dims
        elif number == 15:
            raise DamagedError("it holds sparse tensors")
        if len(nodes) > _MOST_NODES:
            raise DamagedError(f"it has more than {_MOST_NODES:,} operations")
    for node in nodes:
        _fold(node, constants, shapes)


def _fold(node: _Node, constants: dict[str, int], shapes: dict[str, tuple[int, ...]]) -> None:
    """Follow what is known before any picture is seen, and bound it: two small tensors can make an endless one.

    Where the shapes of all that is widened or multiplied are known, as of weights that are kept in bytes, so is that of the result.
    """
    given = [name for name in node.inputs if name]
    shape = _shape(node.operation, [shapes.get(name) for name in given])
    if shape is not None and len(node.outputs) == 1 and math.prod(shape) <= _MOST_CONSTANT:
        constants[node.outputs[0]], shapes[node.outputs[0]] = math.prod(shape), shape
        return
    if node.operation == "Constant":
        values = max(0, node.constant)
    elif given and all(name in constants for name in given):
        sizes = [constants[name] for name in given]
        values = max(sum(sizes), math.prod(max(1, size) for size in sizes))
        if node.operation in _GROWING or values > _MOST_CONSTANT:
            raise DamagedError(f"its {node.operation} makes a tensor of constants that could be of any size")
    else:
        return
    for name in node.outputs:
        constants[name] = values


def _shape(operation: str, given: list[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    """Return the shape of what an operation makes of tensors of these; None where that is not known here.

    >>> _shape("Mul", [(1024, 1008), (1024, 1)]), _shape("Mul", [(4096, 1), (1, 8192)]), _shape("Expand", [(1,), (1,)])
    ((1024, 1008), (4096, 8192), None)
    """
    known = [one for one in given if one is not None]
    if not known or len(known) < len(given):
        return None
    if operation == "Cast" and len(known) == 1:
        return known[0]
    if operation != "Mul" or len(known) != 2:
        return None
    deepest = max(map(len, known))
    sides = zip(*((1,) * (deepest - len(one)) + one for one in known), strict=True)
    return tuple(0 if 0 in pair else max(pair) for pair in sides)


def _read_node(reader: Reader, start: int, end: int) -> _Node:
    node = _Node()
    for number, kind, first, last in reader.fields(start, end):
        if number in (1, 2):
            (node.inputs if number == 1 else node.outputs).append(reader.text(*body(kind, first, last)))
        elif number == 4:
            if node.operation:
                raise DamagedError("an operation has two names")
            node.operation = reader.text(*body(kind, first, last))
        elif number == 5:
            node.constant = max(node.constant, _read_attribute(reader, *body(kind, first, last)))
        elif number == 7:
            _check_domain(reader, first, last, at=None)
    if node.operation not in _OPERATIONS:
        raise DamagedError(f"it uses the operation {node.operation[:40]!r}, which no encoder needs")
    return node


def _read_attribute(reader: Reader, start: int, end: int) -> int:
    """Return how many values an attribute's tensor or list has, -1 for none; refuse graphs inside it."""
    values, listed = -1, 0
    for number, kind, first, last in reader.fields(start, end):
        if number == 5:
            values = max(values, math.prod(_read_tensor(reader, *body(kind, first, last))[1]))
        elif number in (7, 8):
            listed += last - first if kind == BYTES else 1
        elif number in (6, 10, 11, 14, 15, 22, 23):
            raise DamagedError("an operation holds a graph or a list of tensors")
    return max(values, listed) if values >= 0 or listed else values


def _read_tensor(reader: Reader, start: int, end: int) -> tuple[str, tuple[int, ...]]:
    """Return a tensor's name and shape; refuse one that is elsewhere, or longer or shorter than it says."""
    dims: list[int] = []
    name, type_, raw, typed = "", 0, -1, 0
    places: list[tuple[int, int, int, int]] = []
    for number, kind, first, last in reader.fields(start, end):
        if number == 1:
            dims += [first] if kind == VARINT else list(reader.packed(*body(kind, first, last)))
        elif number == 2 and kind == VARINT:
            type_ = first
        elif number == 8:
            name = reader.text(*body(kind, first, last))
        elif number == 9:
            if raw >= 0:
                raise DamagedError("a tensor has its values twice")
            raw = last - body(kind, first, last)[0]
            places.append((number, kind, first, last))
        elif number in _TYPED:
            typed += (last - first) // _TYPED[number] if kind == BYTES else 1
            places.append((number, kind, first, last))
        elif number in (13, 14):
            if number == 13 or first != 0:
                raise DamagedError("its tensors are in another file")
        elif number in (3, 6):
            raise DamagedError("a tensor holds text, or a part of another")
    if type_ not in _WIDTHS:
        raise DamagedError(f"a tensor of type {type_}, which no encoder needs")
    if len(dims) > _DEEPEST or any(size >= 1 << 40 for size in dims):  # a negative size is a huge varint
        raise DamagedError("a tensor's shape cannot be")
    values = math.prod(dims)
    if raw >= 0 and (typed or raw != values * _WIDTHS[type_]):
        raise DamagedError("a tensor is not as long as its shape says")
    if raw < 0 and values > max(typed, 0):
        raise DamagedError("a tensor is shorter than its shape says")
    if type_ in _FLOATS:
        stored, typed_field = _FLOATS[type_]
        here = [_values(reader, stored, *place) for place in places if place[0] in (9, typed_field)]
        # A number alone may be infinite, as the limit of a Clip.
        if any((np.isnan(one) if values == 1 else ~np.isfinite(one)).any() for one in here):
            raise DamagedError(f"a tensor, {name[:60]!r}, holds what is no number")
    return name, tuple(dims)


def _values(reader: Reader, stored: str, number: int, kind: int, first: int, last: int) -> npt.NDArray[np.floating]:
    """Return the floats of a field of a tensor, (k,). stored: how they stand in it."""
    if number == 5:  # 16 bits each, as whole numbers
        found = [first] if kind == VARINT else list(reader.packed(*body(kind, first, last)))
        bits: npt.NDArray[Any] = np.array([one & 0xFFFF for one in found], dtype=np.uint16)
    else:
        width = np.dtype(stored).itemsize
        count = (last - first) // width if kind == BYTES else 1  # a number alone stands without a length
        if first + count * width > len(reader.data):
            raise DamagedError("it is cut off or damaged")
        bits = np.frombuffer(reader.data, stored, count, first)
    if stored == _BFLOAT16:  # the upper half of a float32
        return (bits.astype(np.uint32) << 16).view(np.float32)
    return bits.view(np.float16) if number == 5 else bits


def _check_domain(reader: Reader, start: int, end: int, *, at: int | None) -> None:
    """Refuse operations that are not the standard's. at: the field in which the domain stands; None: the text itself."""
    found = [(start, end)]
    if at is not None:
        found = [body(kind, first, last) for number, kind, first, last in reader.fields(start, end) if number == at]
    for first, last in found:
        if reader.data[first:last] not in (b"", b"ai.onnx"):
            raise DamagedError(f"it uses operations of {reader.text(first, last)[:40]!r}, which are not the standard's")
