"""The mean of a backbone's map for many pictures, through the feature cache: minutes once, seconds later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.features.cache import FeatureCache
from morelli.features.extract import Extracted, extract
from morelli.looking.backbone_map import BackboneMap
from morelli.model.encoder import Embeddings, Encoder, load_openvino
from morelli.model.network import Precision
from morelli.training.backbones.pooled import PooledBackbone
from morelli.training.export import export_encoder

PRECISION: Precision = "bfloat16"  # three times the speed; what a probe learns from it, it is also judged on


def pooled_cache(backbone: BackboneMap, folder: Path) -> FeatureCache:
    """Return the cache of a backbone's pooled maps, bound to weights, layer, view and precision. Raises FeatureCacheError."""
    identity = {
        "backbone": backbone.name,
        "weights": backbone.origin.sha256,
        "layers": [backbone.layer],
        "statistics": ["mean"],
        "view": backbone.view.to_dict(),
        "precision": PRECISION,
    }
    return FeatureCache(folder, identity, width=backbone.channels)


def extract_pooled(
    backbone: BackboneMap,
    files: Sequence[Path],
    *,
    cache: FeatureCache,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Extracted:
    """Fill a cache with the means of a backbone's map over places; the network is compiled only where some are missing."""
    encoder: Encoder = _Later(backbone)
    return extract(files, encoder=encoder, view=backbone.view, cache=cache, workers=workers, progress=progress)


class _Later:
    """An encoder that is exported and compiled when its first picture comes."""

    def __init__(self, backbone: BackboneMap) -> None:
        self._backbone = backbone
        self.size = backbone.size
        self.embedding = backbone.channels
        self.views = 1

    @cached_property
    def _encoder(self) -> Encoder:
        one = self._backbone
        pooled = PooledBackbone(one.network, name=one.name, layers=[one.layer], statistics=["mean"])
        return load_openvino(export_encoder(pooled, size=one.size), name=one.label, precision=PRECISION)

    def encode(self, pictures: npt.NDArray[np.uint8]) -> Embeddings:
        return self._encoder.encode(pictures)
