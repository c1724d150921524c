"""Principal components: the remedy that the report names for features that are too many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from morelli.errors import TrainingError


def fit_components(features: npt.NDArray[np.float32], count: int, *, seed: int) -> nn.Linear:
    """Return the map of features (n, d) to their `count` principal components, the widest first: (x - mean) @ directions.

    Raises TrainingError where there are not as many.
    """
    from sklearn.decomposition import PCA

    if count > min(features.shape):
        raise TrainingError(
            f"network.components = {count}: {len(features)} training pictures of {features.shape[1]} features have no more than "
            f"{min(features.shape)} components"
        )
    found = PCA(n_components=count, random_state=seed).fit(features)
    linear = nn.Linear(features.shape[1], count)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(found.components_))
        linear.bias.copy_(torch.from_numpy(-(found.mean_ @ found.components_.T)))
    return linear.requires_grad_(False)
