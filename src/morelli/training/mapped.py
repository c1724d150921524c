"""What each place of a picture has of its embedding: the second output of an encoder, `map`."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.training.backbones.placed import PlacedFeatures
from morelli.training.frozen import FrozenNetwork
from morelli.training.heads import Components, WideHeads, WithHeads
from morelli.training.oddness import Sized
from morelli.training.projected import Projected

CELL = 16  # px a side of what the network reads, of one tile of an embedding's map


class Mapped(nn.Module):
    """The same network with a second output: pictures -> the embeddings (n, d), and their map (n, g, g, d).

    The map is what each tile of the picture has of the embedding: it sums to it over the tiles. Every step from the backbone's maps to the
    discriminants' embedding is linear but for two, and there the divisor is held constant: a deviation (see `PlacedFeatures`), and the
    length that a block of the embedding, and the whole of it, is brought to. A tile that looks as training pictures do on the average
    has nothing of it. Of heads, see `MappedHeads`.
    """

    def __init__(self, encoding: Projected | WithHeads | Sized, network: FrozenNetwork, *, size: int) -> None:
        super().__init__()
        self.oddness = encoding.oddness if isinstance(encoding, Sized) else None
        directed = encoding.encoding if isinstance(encoding, Sized) else encoding
        projected = directed if isinstance(directed, Projected) else directed.projected
        self.encoding, self.projected = directed, projected
        self.grid = max(1, round(size / CELL))
        self.placed = nn.ModuleList(
            [PlacedFeatures(pooled, size=size, grid=self.grid) for pooled in network.backbones]  # type: ignore[arg-type]
        )
        shares = torch.cat([one.shares for one in self.placed]).flatten(1)  # type: ignore[misc]
        for number, ((start, stop), mean, matrix) in enumerate(
            zip(projected.blocks, projected.means, projected.matrices, strict=True)
        ):
            average = (
                shares[start:stop].T @ (mean[:, None] * matrix).detach()
            )  # (tiles, d): of the mean training picture
            self.register_buffer(f"average{number}", average, persistent=False)
        self.heads = None
        if isinstance(directed, WithHeads):
            self.heads = MappedHeads(directed.components, directed.heads, shares)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Embed pictures, and return the map of each embedding."""
        maps = [one.pooled.backbone(pictures) for one in self.placed]  # type: ignore[union-attr, operator]
        features = torch.cat(
            [one.pooled.pool(found) for one, found in zip(self.placed, maps, strict=True)],  # type: ignore[union-attr, operator]
            dim=1,
        )
        parts = torch.cat([one(found) for one, found in zip(self.placed, maps, strict=True)], dim=1).flatten(2)
        tiles = []
        projected = self.projected
        for number, ((start, stop), mean, matrix, length) in enumerate(
            zip(projected.blocks, projected.means, projected.matrices, projected.lengths, strict=True)
        ):
            whole = (features[:, start:stop] - mean) @ matrix
            size = whole.norm(dim=1, keepdim=True).clamp_min(1e-12)
            tile = summing_to(whole, parts[:, start:stop].transpose(1, 2) @ matrix - getattr(self, f"average{number}"))
            tiles.append(tile * (length / size)[:, :, None])
        if self.heads is not None:
            linear, wide = self.encoding.lengths
            tiles = [linear * tile for tile in tiles] + [wide * self.heads(features, parts)]
        together, embeddings = torch.cat(tiles, dim=2), self.encoding.of_features(features)
        if self.oddness is not None:
            length = self.oddness(features)[:, None]
            together, embeddings = together * length[:, :, None], embeddings * length
        return embeddings, together.reshape(-1, self.grid, self.grid, together.shape[2])


def summing_to(whole: Tensor, tiles: Tensor) -> Tensor:
    """Return tiles (n, tiles, d) that sum to the whole (n, d), what they lack of it handed out evenly.

    They lack nothing but rounding: weights are kept narrower than what was computed of them before (`narrow_weights`), and the average
    picture, which is taken off, is many times what is left.
    """
    return tiles + ((whole - tiles.sum(dim=1)) / tiles.shape[1])[:, None]


class MappedHeads(nn.Module):
    """What each tile of a picture has of the embeddings of heads: it sums to them over the tiles.

    A head is linear but for its activation and the length that its embedding is brought to. GELU is its input times a gate, the share of
    a normal distribution that lies below it; with the gates and the length held constant, as they are for the whole picture, each tile
    has its own part. For a rectifier this is the input times the gradient. Biases are handed out evenly.
    """

    averages: Tensor

    def __init__(self, components: Components, heads: WideHeads, shares: Tensor) -> None:
        """Prepare. shares (f, tiles): what each tile has of a feature whose map is even; its sum over the tiles is 1."""
        super().__init__()
        self.components, self.heads = components, heads
        parts = [
            shares[start:stop].T @ (mean[:, None] * matrix).detach()
            for (start, stop), mean, matrix in zip(
                components.columns, components.means, components.matrices, strict=True
            )
        ]
        # (tiles, c): of the mean training picture, whose components are zero together.
        self.register_buffer("averages", torch.cat(parts, dim=1), persistent=False)

    def forward(self, features: Tensor, parts: Tensor) -> Tensor:
        """Return the tiles' (n, tiles, d), from features (n, f) and the tiles' parts of them (n, f, tiles)."""
        whole = self.components(features)
        tiles = torch.cat(
            [
                parts[:, start:stop].transpose(1, 2) @ matrix
                for (start, stop), matrix in zip(self.components.columns, self.components.matrices, strict=True)
            ],
            dim=2,
        )
        tiles = summing_to(whole, tiles - self.averages)
        count, found = tiles.shape[1], []
        for head in self.heads.heads:
            assert isinstance(head, nn.Sequential)
            first, last = head[1], head[4]
            assert isinstance(first, nn.Linear)
            assert isinstance(last, nn.Linear)
            before = first(whole)
            gate = (1 + torch.erf(before / math.sqrt(2))) / 2
            rest = functional.linear(first.bias * gate, last.weight, last.bias) / count
            of_tiles = functional.linear(functional.linear(tiles, first.weight) * gate[:, None], last.weight)
            size = head(whole).norm(dim=1).clamp_min(1e-12)
            found.append((of_tiles + rest[:, None]) / size[:, None, None])
        return torch.cat(found, dim=2) / math.sqrt(len(found))
