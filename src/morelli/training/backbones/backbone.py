"""Backbones by name, and where their weights came from. Never random weights by accident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from morelli.errors import MorelliError, nearest
from morelli.training.backbones.inception import InceptionV3, load_inception_weights
from morelli.training.backbones.lite0 import Lite0, load_lite0_weights
from morelli.training.backbones.xception import Xception, load_keras_weights

Weights = dict[str, npt.NDArray[np.floating]]


class BackboneError(MorelliError):
    """A backbone that is not known, a layer that it does not have, or weights that are missing, partial or damaged."""


class Backbone(Protocol):
    """What every adapter is: pictures (n, 3, size, size), float in [0, 1] -> maps (n, channels, h, w) by layer."""

    size: int
    layers: dict[str, int]

    def __call__(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return the map of every layer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where weights came from: the file's or the hub's name, SHA-256 of the file, licence, and how much of the network they are."""

    source: str
    sha256: str
    licence: str
    extent: str


def _make_xception(weights: Weights) -> nn.Module:
    network = Xception()
    load_keras_weights(network, weights)
    return network


def _make_inception(weights: Weights) -> nn.Module:
    network = InceptionV3()
    load_inception_weights(network, weights, pooling="counts-no-padding")
    return network


def _make_inception_6c(weights: Weights) -> nn.Module:
    network = InceptionV3(deepest="Mixed_6c")
    load_inception_weights(network, weights, pooling="counts-no-padding")
    return network


def _make_lite0(weights: Weights) -> nn.Module:
    network = Lite0()
    load_lite0_weights(network, weights)
    return network


_LOCAL: dict[str, Callable[[Weights], nn.Module]] = {
    "inception-v3": _make_inception,
    "inception-v3-6c": _make_inception_6c,
    "lite0": _make_lite0,
    "xception": _make_xception,
}


def backbone_names() -> list[str]:
    """Return the backbones that can be built from a local file of weights, sorted."""
    return sorted(_LOCAL)


def read_weights(file: Path) -> tuple[Weights, Origin]:
    """Read a safetensors file and what its metadata say of it. Raises BackboneError."""
    from safetensors import SafetensorError, safe_open
    from safetensors.numpy import load

    try:
        data = file.read_bytes()
        with safe_open(file, "numpy") as opened:
            about = opened.metadata() or {}
        weights = load(data)
    except (OSError, SafetensorError) as err:
        raise BackboneError(f"{file}: cannot read these weights: {err}; give a whole safetensors file") from err
    origin = Origin(
        source=about.get("origin", file.name),
        sha256=sha256(data).hexdigest(),
        licence=about.get("licence", "not stated in the file"),
        extent=about.get("extent", "not stated in the file"),
    )
    return weights, origin


def build_backbone(name: str, *, weights: Path) -> tuple[nn.Module, Origin]:
    """Build a backbone with weights from a local safetensors file, in evaluation mode.

    Raises BackboneError for an unknown name (names the nearest), weights that lack a layer (names it) or do not fit.
    """
    if name not in _LOCAL:
        raise BackboneError(f"no backbone is called {name!r}; {nearest(name, _LOCAL)}")
    values, origin = read_weights(weights)
    try:
        network = _LOCAL[name](values)
    except KeyError as err:
        raise BackboneError(
            f"{weights}: has no {err.args[0]}, which {name} needs (the file says of itself: {origin.extent}); give the whole weights"
        ) from err
    except ValueError as err:
        raise BackboneError(f"{weights}: not weights of {name}: {err}") from err
    return network.eval(), origin


def check_layers(network: nn.Module, wanted: list[str], *, name: str) -> None:
    """Raise BackboneError for a layer that a backbone does not have; it lists those that it has."""
    layers: dict[str, int] = network.layers  # type: ignore[assignment]
    for layer in wanted:
        if layer not in layers:
            known = ", ".join(f"{one} ({width})" for one, width in layers.items())
            raise BackboneError(f"{name} has no layer {layer!r}; it has {known}")
