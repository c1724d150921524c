"""What the operators of an ONNX file do, in torch: those that the networks of this package are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Attributes = Mapping[str, Any]
Inputs = Sequence[Tensor | None]
Operation = Callable[[Inputs, Attributes], Tensor]


def _conv(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, weight, bias = (*inputs, None)[:3]
    assert x is not None
    assert weight is not None
    x, padding = _padded(x, attributes, value=0.0)
    stride, dilation = _pair(attributes, "strides", 1), _pair(attributes, "dilations", 1)
    return functional.conv2d(x, weight, bias, stride, padding, dilation, attributes.get("group", 1))


def _max_pool(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, padding = _padded(_first(inputs), attributes, value=float("-inf"))
    size, stride, dilation = (_pair(attributes, name, 1) for name in ("kernel_shape", "strides", "dilations"))
    return functional.max_pool2d(x, size, stride, padding, dilation, bool(attributes.get("ceil_mode", 0)))


def _average_pool(inputs: Inputs, attributes: Attributes) -> Tensor:
    counted = bool(attributes.get("count_include_pad", 0))
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    if (top, left) != (bottom, right):
        raise NotImplementedError("AveragePool with padding on one side")
    size, stride = _pair(attributes, "kernel_shape", 1), _pair(attributes, "strides", 1)
    ceiling = bool(attributes.get("ceil_mode", 0))
    return functional.avg_pool2d(_first(inputs), size, stride, (top, left), ceiling, counted)


def _pad(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, pads, value, axes = (*inputs, None, None, None)[:4]
    assert x is not None
    assert pads is not None
    if attributes.get("mode", b"constant") != b"constant":
        raise NotImplementedError(f"Pad, mode {attributes['mode'].decode()}")
    amounts = [int(amount) for amount in pads]
    which = range(x.ndim) if axes is None else [int(axis) % x.ndim for axis in axes]
    by_axis = dict(
        zip(which, zip(amounts[: len(amounts) // 2], amounts[len(amounts) // 2 :], strict=True), strict=True)
    )
    order = [amount for axis in reversed(range(x.ndim)) for amount in by_axis.get(axis, (0, 0))]
    while len(order) > 4 and order[-2:] == [0, 0]:  # batch and channels, which are not padded
        order = order[:-2]
    return functional.pad(x, order, value=0.0 if value is None else float(value))


def _gemm(inputs: Inputs, attributes: Attributes) -> Tensor:
    a, b, c = (*inputs, None)[:3]
    assert a is not None
    assert b is not None
    a, b = (m.T if attributes.get(flag, 0) else m for m, flag in ((a, "transA"), (b, "transB")))
    product: Tensor = float(attributes.get("alpha", 1.0)) * (a @ b)
    return product if c is None else product + float(attributes.get("beta", 1.0)) * c


def _layer_norm(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, scale, bias = (*inputs, None)[:3]
    assert x is not None
    shape = x.shape[attributes.get("axis", -1) :]
    return functional.layer_norm(x, shape, scale, bias, attributes.get("epsilon", 1e-5))


def _batch_norm(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, scale, bias, mean, variance = inputs
    assert x is not None
    return functional.batch_norm(x, mean, variance, scale, bias, eps=attributes.get("epsilon", 1e-5))


def _reduce(how: Callable[..., Tensor]) -> Operation:
    def operation(inputs: Inputs, attributes: Attributes) -> Tensor:
        x, axes = (*inputs, None)[:2]
        assert x is not None
        which = attributes.get("axes") if axes is None else axes.tolist()
        if not which:
            which = list(range(x.ndim))
        return how(x, dim=which, keepdim=bool(attributes.get("keepdims", 1)))

    return operation


def _reshape(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, shape = inputs
    assert x is not None
    assert shape is not None
    wanted = [int(size) for size in shape]
    if not attributes.get("allowzero", 0):
        wanted = [x.shape[place] if size == 0 else size for place, size in enumerate(wanted)]
    return x.reshape(wanted)


def _slice(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, starts, ends, axes, steps = (*inputs, None, None)[:5]
    assert x is not None
    assert starts is not None
    assert ends is not None
    which = range(len(starts)) if axes is None else axes.tolist()
    by = [1] * len(starts) if steps is None else steps.tolist()
    for start, end, axis, step in zip(starts.tolist(), ends.tolist(), which, by, strict=True):
        x = x[(slice(None),) * (axis % x.ndim) + (slice(start, end, step),)]
    return x


def _clip(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, low, high = (*inputs, None, None)[:3]
    assert x is not None
    if low is None and high is None:
        return x
    return x.clamp(min=low, max=high)


def _shape(inputs: Inputs, attributes: Attributes) -> Tensor:
    sizes = list(_first(inputs).shape)
    return torch.tensor(sizes[attributes.get("start", 0) : attributes.get("end", len(sizes))], dtype=torch.int64)


def _transpose(inputs: Inputs, attributes: Attributes) -> Tensor:
    x = _first(inputs)
    return x.permute(attributes.get("perm", tuple(reversed(range(x.ndim)))))


def _flatten(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, axis = _first(inputs), attributes.get("axis", 1)
    rows = 1
    for size in x.shape[:axis]:
        rows *= size
    return x.reshape(rows, -1)


def _expand(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, shape = inputs
    assert x is not None
    assert shape is not None
    return x + x.new_zeros(shape.tolist())


def _cast(inputs: Inputs, attributes: Attributes) -> Tensor:
    kinds = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 11: torch.float64}
    if attributes["to"] not in kinds:
        raise NotImplementedError(f"Cast to type {attributes['to']}")
    return _first(inputs).to(kinds[attributes["to"]])


def _squeeze(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, axes = (*inputs, None)[:2]
    assert x is not None
    return x.squeeze() if axes is None else x.squeeze(tuple(axes.tolist()))


def _unsqueeze(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, axes = inputs
    assert x is not None
    assert axes is not None
    for axis in sorted(int(a) % (x.ndim + len(axes)) for a in axes):
        x = x.unsqueeze(axis)
    return x


def _prelu(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, slope = inputs
    assert x is not None
    assert slope is not None
    return torch.where(x < 0, x * slope, x)


def _gelu(inputs: Inputs, attributes: Attributes) -> Tensor:
    return functional.gelu(_first(inputs), approximate=attributes.get("approximate", b"none").decode())


def _elementwise(how: Callable[..., Tensor]) -> Operation:
    return lambda inputs, attributes: how(*inputs)


def _concatenate(inputs: Inputs, attributes: Attributes) -> Tensor:
    return torch.cat([one for one in inputs if one is not None], dim=attributes["axis"])


def _softmax(inputs: Inputs, attributes: Attributes) -> Tensor:
    return _first(inputs).softmax(dim=attributes.get("axis", -1))


def _global_average(inputs: Inputs, attributes: Attributes) -> Tensor:
    return _first(inputs).mean(dim=(2, 3), keepdim=True)


def _gather(inputs: Inputs, attributes: Attributes) -> Tensor:
    x, index = inputs
    assert x is not None
    assert index is not None
    axis = attributes.get("axis", 0) % x.ndim
    found = x.index_select(axis, index.flatten())
    return found.reshape(*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])


def _norm(x: Tensor, *, dim: list[int], keepdim: bool) -> Tensor:
    return _root(x.square().sum(dim=dim, keepdim=keepdim))


def _root(x: Tensor) -> Tensor:
    """The square root; at zero, where its slope is infinite, it is level: a channel that is the same everywhere has no direction."""
    return x.clamp_min(1e-30).sqrt()


OPERATIONS: Mapping[str, Operation] = {
    "Abs": _elementwise(torch.abs),
    "Add": _elementwise(torch.add),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": _concatenate,
    "Conv": _conv,
    "Div": _elementwise(torch.div),
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "Identity": lambda inputs, attributes: _first(inputs),
    "LayerNormalization": _layer_norm,
    "MatMul": _elementwise(torch.matmul),
    "Max": _elementwise(torch.maximum),
    "MaxPool": _max_pool,
    "Min": _elementwise(torch.minimum),
    "Mul": _elementwise(torch.mul),
    "Neg": _elementwise(torch.neg),
    "PRelu": _prelu,
    "Pad": _pad,
    "Pow": _elementwise(torch.pow),
    "Reciprocal": _elementwise(torch.reciprocal),
    "ReduceL2": _reduce(_norm),
    "ReduceMax": _reduce(torch.amax),
    "ReduceMean": _reduce(torch.mean),
    "ReduceSum": _reduce(torch.sum),
    "Relu": _elementwise(torch.relu),
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": _elementwise(torch.sigmoid),
    "Slice": _slice,
    "Softmax": _softmax,
    "Sqrt": _elementwise(_root),
    "Squeeze": _squeeze,
    "Sub": _elementwise(torch.sub),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}


def _first(inputs: Inputs) -> Tensor:
    assert inputs[0] is not None
    return inputs[0]


def _pair(attributes: Attributes, name: str, default: int) -> tuple[int, int]:
    first, second = attributes.get(name, (default, default))
    return first, second


def _padded(x: Tensor, attributes: Attributes, *, value: float) -> tuple[Tensor, tuple[int, int]]:
    """Return a map and the padding that is left to do: where it is not the same on both sides, none is."""
    if attributes.get("auto_pad", b"NOTSET") != b"NOTSET":
        raise NotImplementedError(f"auto_pad {attributes['auto_pad'].decode()}")
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    if (top, left) == (bottom, right):
        return x, (top, left)
    return functional.pad(x, (left, right, top, bottom), value=value), (0, 0)
