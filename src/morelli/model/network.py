"""A network from the bytes of an ONNX file: checked, then compiled for this processor by OpenVINO."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Literal, get_args

from morelli.errors import ModelError, nearest
from morelli.model.compiled_cache import CompiledCache
from morelli.model.onnx_check import check_onnx

Precision = Literal["float32", "bfloat16"]
_MOST_VALUES = 1 << 30  # weights and what comes between, for one picture; the largest encoders here have a tenth


def compile_onnx(
    model: bytes,
    *,
    name: str,
    precision: Precision = "float32",
    threads: int = 0,
    cache: CompiledCache | None = None,
    outputs: Sequence[str] = (),
) -> Any:
    """Check an ONNX model and compile it for this processor. Raises ModelError.

    name: for errors; threads: 0 takes all cores; cache: where compiled networks are kept for the next start. outputs: by name, those that
    are wanted of the network's; what only the others need is left out. Where it has none of these, or none are named, all are kept.
    """
    if precision not in get_args(Precision):
        raise ModelError(f"no precision is called {precision!r}; {nearest(precision, get_args(Precision))}")
    # OpenVINO brings a telemetry package that its tools start; this library never starts it, and says no in case something does.
    os.environ.setdefault("OPENVINO_TELEMETRY_OPT_OUT", "1")
    if cache is None:
        check_onnx(model, name=name)  # before OpenVINO is loaded: it takes longer
    import openvino

    core = openvino.Core()
    options: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": "f32" if precision == "float32" else "bf16",
        # Else what a layer with weights in bytes reads is rounded to bytes too, picture by picture: one part in a hundred off.
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
    }
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    if cache is None:
        return _compile(core, model, name=name, options=options, outputs=outputs)
    processor = [str(core.get_property("CPU", key)) for key in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
    parts = (sha256(model).hexdigest(), openvino.__version__, *processor, json.dumps([options, *outputs]))
    kept = cache.read(*parts)
    if kept is not None:
        try:
            return core.import_model(kept, "CPU", options)
        except RuntimeError:
            pass  # of another build: compile it again
    check_onnx(model, name=name)
    compiled = _compile(core, model, name=name, options=options, outputs=outputs)
    cache.write(compiled.export_model().getvalue(), *parts)
    return compiled


def _compile(core: Any, model: bytes, *, name: str, options: dict[str, Any], outputs: Sequence[str]) -> Any:
    try:
        network = _with_outputs(core.read_model(model, b""), outputs)
        _check_sizes(network, name=name)
        return core.compile_model(network, "CPU", options)
    except RuntimeError as err:
        raise ModelError(f"{name}: OpenVINO cannot load this network: {_meaning(err)}; copy the model again") from err


def _with_outputs(network: Any, names: Sequence[str]) -> Any:
    """Return a network as far as these of its outputs need it."""
    import openvino

    kept = [output for output in network.outputs if output.get_names() & set(names)]
    if not kept or len(kept) == len(network.outputs):
        return network
    return openvino.Model([output.get_node() for output in kept], network.get_parameters(), "network")


def _check_sizes(network: Any, *, name: str) -> None:
    """Refuse a network whose values for one picture, or one pair, would not fit a machine, before any is made."""
    one = network.clone()
    shapes = {place: given.get_partial_shape() for place, given in enumerate(one.inputs)}
    if all(shape.rank.is_static and len(shape) > 0 for shape in shapes.values()):
        one.reshape({place: [1, *list(shape)[1:]] for place, shape in shapes.items()})
    made = [output.get_partial_shape() for operation in one.get_ordered_ops() for output in operation.outputs()]
    if any(shape.is_dynamic for shape in made):
        raise ModelError(f"{name}: the size of what it computes is not known beforehand; export it again")
    total = sum(math.prod(side.get_length() for side in shape) for shape in made)
    if total > _MOST_VALUES:
        raise ModelError(
            f"{name}: asks for {total:,} values for one picture, more than any encoder needs ({_MOST_VALUES:,}); "
            "get the model from whoever made it"
        )


def _meaning(err: RuntimeError) -> str:
    """Return what OpenVINO says, without the lines that name its own source files."""
    lines = [line.strip() for line in str(err).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Exception from", "Check "))]
    return " ".join(told or lines)[:300]
