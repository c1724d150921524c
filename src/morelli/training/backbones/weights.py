"""Files of weights: read, and put where they belong. A file that lacks layers says which."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from morelli.errors import BackboneError
from morelli.model.description import Origin

Weights = Mapping[str, npt.NDArray[np.floating]]
PICKLED = frozenset({".pth", ".pt", ".bin"})


class MissingWeightsError(KeyError):
    """Weights that a network needs and a file does not have. args: their names."""


@dataclass(frozen=True, eq=False)
class Slot:
    """Where a weight belongs. name: in the file; target: of the network; order: of the file's axes, as the target has them."""

    name: str
    target: Tensor
    order: tuple[int, ...] | None = None


def read_weights(file: Path, *, backbone: str) -> tuple[Weights, Origin]:
    """Read a safetensors file, or a state dict of torch (.pth, .pt, .bin), and what is known of it. Raises BackboneError.

    Nothing in a file is executed.
    """
    try:
        data = file.read_bytes()
    except OSError as err:
        raise BackboneError(
            f"{file}: cannot read these weights: {err.strerror or err}; name a file of weights"
        ) from err
    about: Mapping[str, str] = {}
    if file.suffix in PICKLED:
        weights = _state_dict(file)
    else:
        weights, about = _safetensors(file, data)
    return weights, Origin(
        backbone=backbone,
        source=about.get("origin", file.name),
        sha256=sha256(data).hexdigest(),
        licence=about.get("licence", "not stated in the file"),
        extent=about.get("extent", "not stated in the file"),
    )


def fill(slots: Iterable[Slot], weights: Weights, *, others: Iterable[str] = ()) -> None:
    """Put weights where they belong; the file may hold `others` too, of layers that are not wanted.

    Raises MissingWeightsError with all names that the file lacks, ValueError for a shape that does not fit or a weight without a place.
    """
    wanted = list(slots)
    if missing := [slot.name for slot in wanted if slot.name not in weights]:
        raise MissingWeightsError(*missing)
    if left := set(weights) - {slot.name for slot in wanted} - set(others):
        raise ValueError(f"weights without a place in the network: {', '.join(sorted(left)[:5])}")
    for slot in wanted:
        value = np.asarray(weights[slot.name], dtype=np.float32)
        if slot.order is not None:
            value = value.transpose(slot.order)
        if value.shape != tuple(slot.target.shape):
            raise ValueError(f"{slot.name}: shape {value.shape}, the network's is {tuple(slot.target.shape)}")
        with torch.no_grad():
            slot.target.copy_(torch.from_numpy(np.ascontiguousarray(value)))


def missing_text(names: Iterable[str]) -> str:
    """Return in words which layers lack weights: a name without its last part is a layer's.

    >>> missing_text(["block1_conv1/0", "block14_sepconv2/0", "block14_sepconv2/1"])
    '2 layers: block1_conv1, block14_sepconv2'
    """
    layers = list(dict.fromkeys(name.replace("/", ".").rpartition(".")[0] or name for name in names))
    shown = ", ".join(layers[:6]) + (f", ... {layers[-1]}" if len(layers) > 6 else "")
    return f"{len(layers)} layer{'s' if len(layers) > 1 else ''}: {shown}"


def _safetensors(file: Path, data: bytes) -> tuple[Weights, Mapping[str, str]]:
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import load

    try:
        with safe_open(file, "pt") as opened:
            about = opened.metadata() or {}
        return _as_arrays(load(data), file), about
    except (OSError, SafetensorError, ValueError, KeyError) as err:
        raise BackboneError(f"{file}: cannot read these weights: {err}; give a whole safetensors file") from err


def _state_dict(file: Path) -> Weights:
    try:
        found = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as err:  # torch's words for it advise to run whatever the file holds
        raise BackboneError(
            f"{file}: cannot read these weights: it holds more than tensors, or is no such file; give a state dict of tensors alone, or a "
            "safetensors file"
        ) from err
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as err:
        reason = str(err).strip().splitlines()[0] if str(err).strip() else type(err).__name__
        raise BackboneError(
            f"{file}: cannot read these weights: {reason}; give a state dict of tensors alone, or a safetensors file"
        ) from err
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]
    return _as_arrays(found, file)


def _as_arrays(found: Any, file: Path) -> Weights:
    if not isinstance(found, Mapping) or not all(isinstance(value, Tensor) for value in found.values()):
        raise BackboneError(f"{file}: holds more than tensors by name; give a state dict, or a safetensors file")
    return {str(name).removeprefix("module."): value.detach().float().numpy() for name, value in found.items()}
