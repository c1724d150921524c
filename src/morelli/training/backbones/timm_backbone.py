"""Any backbone of timm, any layer of it, as maps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import get_pretrained_cfg
from torch import Tensor, nn

from morelli.errors import BackboneError, UnknownBackboneError, nearest
from morelli.training.backbones.weights import missing_text

LAST = "last"
PREFIX = "timm/"


class TimmBackbone(nn.Module):
    """Pictures (n, 3, size, size), float in [0, 1] -> the maps (n, channels, h, w) of some layers by name.

    `layers`: name -> channels: those that timm names as its features, any other that was asked for, and `last`, the last map before
    pooling. Channels stand first whatever the network's order; of a transformer's tokens those of patches are the places of the map.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, network: nn.Module, *, name: str, size: int, layers: Sequence[str] = ()) -> None:
        super().__init__()
        cfg: Any = network.pretrained_cfg
        self.size = size
        self.network = network
        self.register_buffer("mean", torch.tensor(cfg["mean"]).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(cfg["std"]).view(1, -1, 1, 1), persistent=False)
        modules = dict(network.named_modules())
        named = [str(info["module"]) for info in getattr(network, "feature_info", ()) if info["module"] in modules]
        for layer in layers:
            if layer != LAST and (not layer or layer not in modules):
                known = ", ".join([*named, LAST])
                raise BackboneError(
                    f"{name} has no layer {layer!r}; {nearest(layer, modules)} Layers that timm names: {known}"
                )
        self._seen = _Seen()
        for layer in dict.fromkeys([*named, *layers]):
            if layer != LAST:
                modules[layer].register_forward_hook(self._seen.keeper(layer))
        self.layers: dict[str, int] = {}
        maps = self._look(name, size)
        for layer in layers:
            if layer not in maps:
                raise BackboneError(f"{name}: {layer!r} stands behind the last map; layers: {', '.join(maps)}")
        self.layers = {layer: one.shape[1] for layer, one in maps.items()}

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Return the map of every layer, (n, channels, h, w) by name."""
        self._seen.maps.clear()
        last = self.network.forward_features((pictures - self.mean) / self.deviation)  # type: ignore[operator]
        outputs = {**self._seen.maps, LAST: last}
        self._seen.maps.clear()
        return {layer: self._as_map(outputs[layer]) for layer in self.layers or outputs}

    @torch.inference_mode()
    def _look(self, name: str, size: int) -> dict[str, Tensor]:
        """Return the maps of an empty picture. Raises BackboneError where a layer's output is no map."""
        try:
            return self.eval()(torch.zeros(1, 3, size, size))  # type: ignore[no-any-return]
        except (RuntimeError, AssertionError, ValueError, TypeError) as err:
            reason = str(err).splitlines()[0]
            raise BackboneError(f"{name}: cannot be used at {size} px, or a layer gives no map: {reason}") from err

    def _as_map(self, output: Any) -> Tensor:
        if isinstance(output, (tuple, list)):
            output = output[0]
        if not isinstance(output, Tensor) or output.ndim not in (3, 4):
            raise TypeError(f"its output is no map ({type(output).__name__})")
        if output.ndim == 3:  # tokens
            return output[:, int(getattr(self.network, "num_prefix_tokens", 0)) :].transpose(1, 2).unsqueeze(3)
        _, one, two, three = output.shape
        last_stand_channels = one == two != three or (
            one == two == three and getattr(self.network, "output_fmt", "") == "NHWC"
        )
        return output.permute(0, 3, 1, 2) if last_stand_channels else output


class _Seen:
    """Keeps what modules put out, by name, while a network runs."""

    def __init__(self) -> None:
        self.maps: dict[str, Any] = {}

    def keeper(self, layer: str) -> Any:
        """Return the hook that keeps the output of one module."""

        def keep(module: nn.Module, inputs: object, output: Any) -> None:
            self.maps[layer] = output

        return keep


def hub_repository(name: str) -> tuple[str, str]:
    """Return the hub's repository of a backbone of timm and its licence. Raises BackboneError for an unknown name."""
    cfg = _configuration(name)
    repository = cfg.hf_hub_id
    if not repository:
        raise BackboneError(
            f"timm has no weights of {name!r} on the hub; give a local file with --weights {PREFIX}{name}=FILE"
        )
    return str(repository), str(cfg.license or "not stated")


def release_url(name: str) -> tuple[str, str]:
    """Return the address of a backbone's weights among timm's releases, and its licence, for one that the hub does not have.

    Raises BackboneError for an unknown name.
    """
    cfg = _configuration(name)
    if not cfg.url:
        raise BackboneError(f"timm has no release of {name!r}; give a local file with --weights")
    return str(cfg.url), str(cfg.license or "not stated")


def build_timm(name: str, *, weights: Path, size: int | None, layers: Sequence[str] = ()) -> TimmBackbone:
    """Build a backbone of timm with weights from a file. size: pixels a side; none: those that it was trained with.

    Raises BackboneError for an unknown name or layer, weights that lack a layer or do not fit.
    """
    cfg = _configuration(name)
    side = size or int(cfg.input_size[-1])
    more: dict[str, Any] = {"img_size": side} if cfg.fixed_input_size else {}
    overlay = {"file": str(weights), "hf_hub_id": None, "url": ""}
    try:
        try:
            # With its top layer: only so timm insists on every weight. Without, it leaves what a file lacks as it was drawn.
            network = timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay, **more)
        except RuntimeError as err:
            if not _only_of_top(str(err), cfg.classifier):
                raise
            network = timm.create_model(name, pretrained=True, num_classes=0, pretrained_cfg_overlay=overlay, **more)
    except (RuntimeError, KeyError, ValueError, OSError) as err:
        raise BackboneError(f"{weights}: {_what_is_wrong(str(err), PREFIX + name)}") from err
    if cfg.num_classes:
        network.reset_classifier(0)
    return TimmBackbone(network.eval(), name=PREFIX + name, size=side, layers=layers)


def _configuration(name: str) -> Any:
    model = name.partition(".")[0]
    if model not in timm.list_models():
        raise UnknownBackboneError(f"timm has no backbone {name!r}; {nearest(model, timm.list_models())}")
    try:
        cfg = get_pretrained_cfg(name)
    except RuntimeError:
        cfg = None
    if cfg is None:
        known = timm.list_pretrained(f"{model}.*")
        raise UnknownBackboneError(f"timm knows no weights {name!r}; {nearest(name, known)}")
    return cfg


def _only_of_top(message: str, classifier: str | Sequence[str] | None) -> bool:
    r"""Tell whether all that torch has against a file is of the top layer, which is not wanted.

    >>> _only_of_top("Error(s) ... Missing key(s) in state_dict: \"fc.weight\", \"fc.bias\". ", "fc")
    True
    >>> _only_of_top("Error(s) ... size mismatch for fc.weight: copying ... Missing key(s) in state_dict: \"conv1.weight\". ", "fc")
    False
    """
    top = tuple(f"{one}." for one in ([classifier] if isinstance(classifier, str) else classifier or ()))
    named = re.findall(r"size mismatch for ([\w.]+):", message) + re.findall(r'"([\w.]+)"', message)
    return bool(named) and bool(top) and all(name.startswith(top) for name in named)


def _what_is_wrong(message: str, name: str) -> str:
    if found := re.search(r"Missing key\(s\) in state_dict: (.*?)\. ?$", message, re.M):
        missing = missing_text(re.findall(r'"([^"]+)"', found[1]))
        return f"lacks weights of {missing}, which {name} needs; give the whole weights"
    return f"not weights of {name}: {' '.join(message.split())[:300]}"
