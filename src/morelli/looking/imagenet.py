"""A backbone's own ImageNet classes, where its weights hold the classifier."""

from __future__ import annotations

import numpy as np

from morelli.looking.backbone_map import BackboneMap
from morelli.looking.linear import LinearClasses
from morelli.training.backbones.backbone import BackboneError
from morelli.training.backbones.efficientnet_lite import EfficientNetLite


def imagenet_classes(backbone: BackboneMap) -> LinearClasses:
    """Return a backbone's thousand classes, by their first name. Raises BackboneError for weights or a layer without a classifier."""
    if not isinstance(backbone.network, EfficientNetLite):
        raise BackboneError(
            f"{backbone.name}: its weights hold no classifier (lite0's do); leave --classes out and give --catalogue and --split, for an "
            "artist probe"
        )
    if backbone.layer != "head":
        raise BackboneError(f"{backbone.name}: its classifier reads the layer 'head', not {backbone.layer!r}")
    from timm.data import ImageNetInfo

    info, classifier = ImageNetInfo(), backbone.network.network.classifier
    names = [str(info.index_to_description(index)).split(",")[0] for index in range(classifier.out_features)]
    weight, bias = (value.detach().numpy().astype(np.float32) for value in (classifier.weight, classifier.bias))
    return LinearClasses(weight, bias, tuple(names))
