"""How unlike training pictures a picture's features are, told by the length of its embedding.

Discriminants and heads keep what artists differ in and drop the rest: of noise, of a page of print, they make an embedding that looks like
any painting's. What says that it is none was in the features. A cosine does not look at the length of an embedding, so that is where it is
written, and it goes wherever the embedding goes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.training.frozen import FrozenNetwork
from morelli.training.heads import WithHeads
from morelli.training.projected import Projected

Floats = npt.NDArray[np.float32]
ORDINARY = 0.99  # share of training pictures whose part of the features is nearer to the mean than the part's scale
_LEAST_DEVIATION = (
    0.01  # of the mean deviation of a part: a feature that never stirred in training is no more telling than this
)
_LEAST = 1e-3  # an embedding without a length has no direction


class Oddness(nn.Module):
    """Features (n, f) -> how odd each picture is, (n,) above 0: above 1 what about one training picture in a hundred is, in one part.

    A part is one statistic of one layer. Its distance is the root mean square of the standardised features in it; the oddness is the
    largest of the parts' distances, each as a multiple of the one that 99 % of the training pictures stay below. The largest, not the
    mean: print is odd in the middle layers alone, a line drawing in the first, noise in the last but one.
    """

    means: Tensor
    deviations: Tensor
    scales: Tensor

    def __init__(self, columns: Sequence[tuple[int, int]], features: Floats) -> None:
        """columns: where each part starts and stops; features (m, f): of the training pictures, unaltered."""
        super().__init__()
        self.columns = tuple(columns)
        means = features.mean(axis=0, dtype=np.float64)
        deviations = features.std(axis=0, dtype=np.float64)
        for start, stop in self.columns:
            least = _LEAST_DEVIATION * float(deviations[start:stop].mean())
            deviations[start:stop] = np.maximum(deviations[start:stop], least if least > 0 else 1.0)
        self.register_buffer("means", torch.from_numpy(means.astype(np.float32)))
        self.register_buffer("deviations", torch.from_numpy(deviations.astype(np.float32)))
        self.register_buffer("scales", torch.ones(len(self.columns)))
        with torch.inference_mode():
            found = [
                self.distances(part) for part in torch.split(torch.from_numpy(np.ascontiguousarray(features)), 1024)
            ]
        scales = torch.quantile(torch.cat(found), ORDINARY, dim=0)
        self.scales = torch.where(scales > 0, scales, torch.ones_like(scales))

    def distances(self, features: Tensor) -> Tensor:
        """Return the distance (n, p) of features (n, f) from the training pictures' mean, part by part, in the parts' scales."""
        standard = (features - self.means) / self.deviations
        parts = [standard[:, start:stop].square().mean(dim=1) for start, stop in self.columns]
        return torch.stack(parts, dim=1).sqrt() / self.scales

    def forward(self, features: Tensor) -> Tensor:
        """Return the oddness of features."""
        return self.distances(features).amax(dim=1).clamp_min(_LEAST)


class Sized(nn.Module):
    """An encoding whose embeddings are as long as the pictures are odd: pictures -> embeddings (n, d)."""

    def __init__(self, encoding: Projected | WithHeads, oddness: Oddness) -> None:
        super().__init__()
        self.encoding, self.oddness = encoding, oddness

    @property
    def projected(self) -> Projected:
        """The network and its discriminants."""
        return self.encoding if isinstance(self.encoding, Projected) else self.encoding.projected

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        return self.of_features(self.projected.network(pictures))

    def of_features(self, features: Tensor) -> Tensor:
        """Return the embeddings of features (n, f)."""
        embeddings: Tensor = self.encoding.of_features(features) * self.oddness(features)[:, None]
        return embeddings


def parts_of(network: FrozenNetwork, *, width: int) -> tuple[tuple[int, int], ...]:
    """Return where each statistic of each layer starts and stops among features (n, width), view by view where views stand side by side."""
    sizes: list[int] = []
    for pooled in network.backbones:
        channels: dict[str, int] = pooled.backbone.layers  # type: ignore[union-attr, assignment]
        sizes += [channels[layer] for layer in pooled.layers for _ in pooled.statistics]  # type: ignore[union-attr]
    stops = np.cumsum(sizes * (width // sum(sizes)))
    if int(stops[-1]) != width:
        raise ValueError(f"features of {width} values are not those of this network, {network.width} a view")
    return tuple(zip([0, *stops[:-1].tolist()], stops.tolist(), strict=True))
