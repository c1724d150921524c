"""The backbones that this package builds itself, and how wide their layers are: known without building them."""

from __future__ import annotations

from collections.abc import Mapping

from morelli.errors import SystemFileError, nearest
from morelli.systems.networks import Features

_XCEPTION = dict(zip([f"block{n}" for n in range(1, 15)], [64, 128, 256, *[728] * 9, 1024, 2048], strict=True))
_INCEPTION = {
    "Mixed_5b": 256,
    "Mixed_5c": 288,
    "Mixed_5d": 288,
    "Mixed_6a": 768,
    "Mixed_6b": 768,
    "Mixed_6c": 768,
    "Mixed_6d": 768,
    "Mixed_6e": 768,
    "Mixed_7a": 1280,
    "Mixed_7b": 2048,
    "Mixed_7c": 2048,
}


def _lite(*widths: int) -> dict[str, int]:
    return {f"stage{n}": width for n, width in enumerate(widths)} | {"head": 1280}


# name -> channels of its layers, from the first to the deepest. Those of timm's other backbones are known when they are built.
LAYERS: Mapping[str, Mapping[str, int]] = {
    "inception-v3": _INCEPTION,
    "inception-v3-6c": {name: _INCEPTION[name] for name in list(_INCEPTION)[: list(_INCEPTION).index("Mixed_6c") + 1]},
    "lite0": _lite(16, 24, 40, 80, 112, 192, 320),
    "lite1": _lite(16, 24, 40, 80, 112, 192, 320),
    "lite2": _lite(16, 24, 48, 88, 120, 208, 352),
    "xception": _XCEPTION,
}

# What a fine-tuning may train, and how many values that is. Xception's block 14: two separable convolutions, 1024 -> 1536 -> 2048, each a
# 3 x 3 one channel by channel, a 1 x 1 one across channels, BatchNorm's scale and shift.
TRAINED: Mapping[tuple[str, str], int] = {
    ("xception", "block14"): 1024 * 9 + 1024 * 1536 + 2 * 1536 + 1536 * 9 + 1536 * 2048 + 2 * 2048,
}


def trained_values(backbone: str, layer: str) -> int:
    """Return the trainable values of a layer that a fine-tuning may train. Raises SystemFileError for any other."""
    if (backbone, layer) not in TRAINED:
        can = ", ".join(f"{layer} of {name}" for name, layer in TRAINED)
        raise SystemFileError(f"{layer!r} of {backbone!r} cannot be fine-tuned; what can: {can}")
    return TRAINED[backbone, layer]


def feature_width(features: Features) -> int | None:
    """Return how many features one view of a picture has; None for a backbone of timm, which must be built to know.

    Raises SystemFileError for a layer that a backbone does not have; it lists those that it has.
    """
    if features.backbone.startswith("timm/"):
        return None
    if features.backbone not in LAYERS:
        known = [*LAYERS, "timm/NAME"]
        raise SystemFileError(f"no backbone is called {features.backbone!r}; {nearest(features.backbone, known)}")
    widths = LAYERS[features.backbone]
    for layer in features.layers:
        if layer not in widths:
            known_layers = ", ".join(f"{name} ({width})" for name, width in widths.items())
            raise SystemFileError(f"{features.backbone} has no layer {layer!r}; it has {known_layers}")
    chosen = features.layers or (list(widths)[-1],)
    return len(features.statistics) * sum(widths[layer] for layer in chosen)
