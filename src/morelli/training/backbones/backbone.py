"""Backbones by name, and where their weights came from. Never random weights by accident."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import msgspec
import torch
from torch import Tensor, nn

from morelli.errors import BackboneError, nearest
from morelli.model.description import Origin
from morelli.training.backbones.efficientnet_lite import EfficientNetLite, load_lite_weights
from morelli.training.backbones.hub import fetch, fetch_release
from morelli.training.backbones.inception import InceptionV3, load_inception_weights
from morelli.training.backbones.probe import EXPECTED, NOT_IMAGENET, differing_layer
from morelli.training.backbones.timm_backbone import PREFIX, build_timm, hub_repository, release_url
from morelli.training.backbones.weights import MissingWeightsError, Weights, missing_text, read_weights
from morelli.training.backbones.xception import Xception, load_keras_weights, load_timm_weights

__all__ = ["Backbone", "BackboneError", "Origin", "Values", "backbone_names", "build_backbone", "check_layers"]

Values = Literal["published", "own"]


class Backbone(Protocol):
    """What every adapter is: pictures (n, 3, size, size), float in [0, 1] -> maps (n, channels, h, w) by layer."""

    size: int
    layers: dict[str, int]

    def __call__(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return the map of every layer."""
        ...


@dataclass(frozen=True)
class _Local:
    """A backbone of this package. make: without weights; load: them; hub: where timm has the same weights; release: the same, where they
    are a file of timm's releases and not on the hub.
    """

    make: Callable[[], nn.Module]
    load: Callable[[nn.Module, Weights], None]
    hub: str | None = None
    release: str | None = None


def _load_inception(network: nn.Module, weights: Weights) -> None:
    assert isinstance(network, InceptionV3)
    # Weights that bring timm's top layer are timm's own; others are Keras', whose average pooling counts no padding.
    load_inception_weights(network, weights, pooling="counts-padding" if _is_timms(weights) else "counts-no-padding")


def _load_lite(network: nn.Module, weights: Weights) -> None:
    assert isinstance(network, EfficientNetLite)
    load_lite_weights(network, weights)


def _load_xception(network: nn.Module, weights: Weights) -> None:
    assert isinstance(network, Xception)
    (load_timm_weights if _has_top(weights) else load_keras_weights)(network, weights)


_LOCAL: Mapping[str, _Local] = {
    "inception-v3": _Local(InceptionV3, _load_inception, "inception_v3.tf_in1k"),
    "inception-v3-6c": _Local(lambda: InceptionV3(deepest="Mixed_6c"), _load_inception),
    "lite0": _Local(lambda: EfficientNetLite(0), _load_lite, "tf_efficientnet_lite0.in1k"),
    "lite1": _Local(lambda: EfficientNetLite(1), _load_lite, "tf_efficientnet_lite1.in1k"),
    "lite2": _Local(lambda: EfficientNetLite(2), _load_lite, "tf_efficientnet_lite2.in1k"),
    "xception": _Local(Xception, _load_xception, release="legacy_xception.tf_in1k"),
}


def backbone_names() -> list[str]:
    """Return the backbones of this package, sorted; `timm/NAME` is any of timm's."""
    return sorted(_LOCAL)


def build_backbone(
    name: str,
    *,
    weights: Path | None = None,
    values: Values = "published",
    size: int | None = None,
    layers: Sequence[str] = (),
) -> tuple[nn.Module, Origin]:
    """Build a backbone in evaluation mode, with weights from a local file, from the hub, or from timm's releases.

    values: `published`, the weights must answer to a test picture as the published ones do; `own`, they are someone's own and are
    taken as they are. size: pixels a side that a backbone of timm is to read; layers: of its that are wanted.

    Raises BackboneError for an unknown name (names the nearest), weights that are missing, lack a layer (names it), do not fit or are
    not the published ones.
    """
    if name.startswith(PREFIX):
        return _from_timm(name.removeprefix(PREFIX), weights=weights, size=size, layers=layers)
    if name not in _LOCAL:
        raise BackboneError(f"no backbone is called {name!r}; {nearest(name, [*_LOCAL, PREFIX + 'NAME'])}")
    local = _LOCAL[name]
    file, found, origin = (
        _find_weights(local, name) if weights is None else (weights, *read_weights(weights, backbone=name))
    )
    network = local.make()
    try:
        local.load(network, found)
    except MissingWeightsError as err:
        raise BackboneError(
            f"{file}: lacks weights of {missing_text(err.args)}, which {name} needs (the file says of itself: {origin.extent}); "
            "give the whole weights"
        ) from err
    except ValueError as err:
        raise BackboneError(f"{file}: not weights of {name}: {err}") from err
    network.eval()
    if weights is not None or local.release is not None:  # the hub's are checked by their checksum
        origin = _check_values(network, found, origin, name=name, file=file, values=values)
    return network, origin


def _find_weights(local: _Local, name: str) -> tuple[Path, Weights, Origin]:
    """Return the file of a backbone's weights from the hub or from timm's releases, what is in it, and where it came from."""
    if local.release is not None:
        url, licence = release_url(local.release)
        file = fetch_release(url, backbone=name).file
        found, origin = read_weights(file, backbone=name)
        source = f"timm's release {file.name}"
        return file, found, msgspec.structs.replace(origin, source=source, licence=licence, extent="whole network")
    if local.hub is None:
        raise BackboneError(
            f"no weights for the backbone {name!r}; give a local file with --weights {name}=FILE.safetensors "
            "(docs/systems.md says where they are to be had)"
        )
    repository, licence = hub_repository(local.hub)
    fetched = fetch(repository, backbone=name)
    found, origin = read_weights(fetched.file, backbone=name)
    return fetched.file, found, _from_hub(origin, repository, fetched.revision, licence)


def _from_timm(name: str, *, weights: Path | None, size: int | None, layers: Sequence[str]) -> tuple[nn.Module, Origin]:
    repository, licence = hub_repository(name) if weights is None else ("", "")
    if weights is None:
        fetched = fetch(repository, backbone=PREFIX + name)
        _, origin = read_weights(fetched.file, backbone=PREFIX + name)
        origin = _from_hub(origin, repository, fetched.revision, licence)
        return build_timm(name, weights=fetched.file, size=size, layers=layers), origin
    _, origin = read_weights(weights, backbone=PREFIX + name)
    return build_timm(name, weights=weights, size=size, layers=layers), origin


def _from_hub(origin: Origin, repository: str, revision: str, licence: str) -> Origin:
    return msgspec.structs.replace(
        origin, source=f"the hub's {repository}, revision {revision[:12]}", licence=licence, extent="whole network"
    )


def _check_values(
    network: nn.Module, weights: Weights, origin: Origin, *, name: str, file: Path, values: Values
) -> Origin:
    """Raise BackboneError where weights answer otherwise than the published ones, unless they are someone's own; say so then."""
    if values == "own":
        return msgspec.structs.replace(origin, extent=f"{origin.extent}; values not checked, taken as someone's own")
    if _is_timms(weights) and isinstance(network, InceptionV3):
        return msgspec.structs.replace(
            origin, extent=f"{origin.extent}; values not checked, there are none to compare with"
        )
    if differs := differing_layer(network, EXPECTED[name]):
        raise BackboneError(
            f"{file}: the names are those of {name}, the values are not its ImageNet weights (of a test picture {differs}): the file is "
            "damaged, scrambled or fine-tuned; give another, or say with --weights-unchecked that they are your own"
        )
    if name == "inception-v3" and differing_layer(network, NOT_IMAGENET) is None:
        raise BackboneError(
            f"{file}: these weights are ImageNet's up to Mixed_6c only and were fine-tuned elsewhere from there on; train inception-v3-6c, "
            "give other weights, or say with --weights-unchecked that they are what you want"
        )
    return origin


def _is_timms(weights: Weights) -> bool:
    return "fc.weight" in weights


def _has_top(weights: Weights) -> bool:
    """Whether these are Xception's in timm's names: before timm renamed its top layer that was `last_linear`."""
    return "fc.weight" in weights or "last_linear.weight" in weights


def check_layers(network: nn.Module, wanted: Sequence[str], *, name: str) -> None:
    """Raise BackboneError for a layer that a backbone does not have; it lists those that it has."""
    layers: dict[str, int] = network.layers  # type: ignore[assignment]
    for layer in wanted:
        if layer not in layers:
            known = ", ".join(f"{one} ({width})" for one, width in layers.items())
            raise BackboneError(f"{name} has no layer {layer!r}; it has {known}")


@torch.inference_mode()
def check_size(network: nn.Module, size: int, *, name: str) -> None:
    """Raise BackboneError where a backbone cannot read pictures of so many pixels a side."""
    try:
        network(torch.zeros(1, 3, size, size))
    except RuntimeError as err:
        raise BackboneError(f"{name} cannot read pictures of {size} px; view.size must be larger") from err
