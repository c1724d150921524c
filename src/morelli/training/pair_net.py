"""The fully connected siamese net: one branch for both pictures, a merge, layers after it, one output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from morelli.systems.objectives import Merge, PairNet
from morelli.systems.parameters import merged_width

_MERGES: Mapping[Merge, Callable[[Tensor, Tensor], Tensor]] = {
    "concatenate": lambda first, second: torch.cat([first, second], dim=1),
    "product": lambda first, second: first * second,
    "absolute-difference": lambda first, second: (first - second).abs(),
    "squared-difference": lambda first, second: (first - second).square(),
}


def merge(first: Tensor, second: Tensor, *, kinds: Sequence[Merge]) -> Tensor:
    """Bring two sets of vectors (n, d) together, each kind of merge after the other: (n, `merged_width(kinds, d)`)."""
    return torch.cat([_MERGES[kind](first, second) for kind in kinds], dim=1)


class Standardise(nn.Module):
    """(x - mean) / deviation of each feature; a feature that hardly varies is left out, that is 0. Not trained."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        """Take mean and deviation (d,) of the training pictures' features."""
        super().__init__()
        varies = deviation > 1e-3 * deviation[deviation > 0].median() if (deviation > 0).any() else deviation > 0
        self.register_buffer("mean", mean.float())
        self.register_buffer("scale", torch.where(varies, 1 / deviation.clamp_min(1e-30), 0).float())

    def forward(self, features: Tensor) -> Tensor:
        """(n, d) -> the same shape."""
        return (features - self.mean) * self.scale


def fold(standardise: Standardise, branch: nn.Sequential) -> nn.Sequential:
    """Return what standardises and then goes through the branch, as the branch alone: its first linear layer takes both steps.

    For exports. OpenVINO gets a subtraction and a product behind a pooled map wrong (seen in 2026.4: it moves them before the map's
    activation), and in bfloat16 one product is better than two roundings.
    """
    mean, scale = standardise.mean.double(), standardise.scale.double()
    first = branch[0] if len(branch) else None
    weight = (
        first.weight.detach().double() if isinstance(first, nn.Linear) else torch.eye(len(mean), dtype=torch.double)
    )
    bias = first.bias.detach().double() if isinstance(first, nn.Linear) else torch.zeros(len(mean), dtype=torch.double)
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        linear.weight.copy_(weight * scale)
        linear.bias.copy_(bias - weight @ (mean * scale))
    return nn.Sequential(linear, *list(branch)[1:])


class PairHead(nn.Module):
    """What stands behind the branch: two embeddings (n, d) -> how alike they are (n,), the logit of `the same artist`."""

    def __init__(self, objective: PairNet, *, width: int) -> None:
        super().__init__()
        self.kinds = objective.merge
        self.layers = dense(
            (merged_width(objective.merge, width), *objective.hidden, 1), objective, bias=objective.bias, last="bare"
        )

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Compare two sets of embeddings, row by row."""
        logit: Tensor = self.layers(merge(first, second, kinds=self.kinds)).squeeze(1)
        return logit


class PairNetwork(nn.Module):
    """The whole net over features (n, width): `branch` makes embeddings of them, `head` compares two embeddings."""

    def __init__(self, objective: PairNet, *, width: int) -> None:
        super().__init__()
        self.branch = dense((width, *objective.branch), objective, bias=True, last="activation")
        self.width = objective.branch[-1] if objective.branch else width
        self.head = PairHead(objective, width=self.width)

    def forward(self, features: Tensor) -> Tensor:
        """Embed features (n, width)."""
        embedding: Tensor = self.branch(features)
        return embedding


class SiameseNetwork(nn.Module):
    """A network of pictures with a siamese net behind it: pictures -> embeddings (n, d); `head` compares two of them."""

    def __init__(self, network: nn.Module, pairs: PairNetwork) -> None:
        super().__init__()
        self.network = network
        self.pairs = pairs
        self.width = pairs.width

    @property
    def head(self) -> PairHead:
        """What compares two embeddings."""
        return self.pairs.head

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        embedding: Tensor = self.pairs(self.network(pictures))
        return embedding


def dense(widths: Sequence[int], objective: PairNet, *, bias: bool, last: str) -> nn.Sequential:
    """Return linear layers from each width to the next, with activation and dropout between them.

    last: `activation` where the last layer has both too, `bare` where nothing follows it.
    """
    layers: list[nn.Module] = []
    for number, (width, out) in enumerate(pairwise(widths), 2):
        layers.append(nn.Linear(width, out, bias=bias))
        if number < len(widths) or last == "activation":
            if objective.activation == "relu":
                layers.append(nn.ReLU())
            if objective.dropout:
                layers.append(nn.Dropout(objective.dropout))
    return nn.Sequential(*layers)


@torch.inference_mode()
def similarity_of_rows(
    head: nn.Module, embeddings: Tensor, first: Tensor, second: Tensor, *, chunk: int = 1 << 14
) -> Tensor:
    """Return the similarity (n,) of rows `first` and `second` (n,) of embeddings (m, d): the mean of both orders."""
    was_training = head.training
    head.eval()
    parts = []
    for start in range(0, len(first), chunk):
        one, other = embeddings[first[start : start + chunk]], embeddings[second[start : start + chunk]]
        parts.append((head(one, other) + head(other, one)) / 2)
    head.train(was_training)
    return torch.cat(parts)
