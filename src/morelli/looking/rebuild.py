"""The network of a model folder in torch, to be differentiated: cut where its maps end, and proven to be the folder's.

A folder holds its network as `encoder.onnx`, which has no gradients. Here torch runs the same file. It is cut at its maps: what is a
plane over the picture for the last time. A tower has one, a backbone whose depths are pooled one a depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from morelli.errors import ModelError
from morelli.looking.onnx_network import OnnxNetwork, read_onnx
from morelli.looking.torch_similarity import Similarity, torch_similarity
from morelli.model.encoder import Pixels
from morelli.model.folder import ENCODER
from morelli.model.model import Model
from morelli.pictures.cells import Cells
from morelli.training.backbones.cells import trained_cells

Maps = tuple[Tensor, ...]
TOLERANCE = 1e-3  # of the embeddings' root mean square, as for an export
INPUT, OUTPUT = "pictures", "embedding"


class Head(nn.Module):
    """A network from its maps on: maps, each (n, c, h, w) -> embeddings (n, d), or whatever of its values is wanted."""

    def __init__(self, network: OnnxNetwork, names: Sequence[str], *, size: int, wanted: str = OUTPUT) -> None:
        super().__init__()
        self.wanted = wanted
        self.network = network
        self.names = tuple(names)
        self.size = size

    def forward(self, *maps: Tensor) -> Tensor:
        """Embed."""
        # The pictures themselves are not looked at any more, but for how many there are.
        blank = torch.zeros(1, self.size, self.size, 3, dtype=torch.uint8).expand(len(maps[0]), -1, -1, -1)
        return self.network.run({INPUT: blank, **dict(zip(self.names, maps, strict=True))}, [self.wanted])[0]


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A model's network in torch. names: of its maps in the file; head: from them on; similarity: of embeddings (n, d) and (1, d)."""

    network: OnnxNetwork
    names: tuple[str, ...]
    head: Head
    similarity: Similarity

    @torch.no_grad()
    def maps(self, pictures: Pixels) -> Maps:
        """Return the maps of pictures (n, s, s, 3) uint8."""
        return self.network.run({INPUT: torch.from_numpy(pictures)}, self.names)

    def cells(self, *, size: int) -> list[Cells]:
        """Return where the cells of each map lie. Raises CellsError."""
        return cells_of(self.network, self.names, size=size)


def cells_of(network: OnnxNetwork, names: Sequence[str], *, size: int) -> list[Cells]:
    """Return where the cells of a network's maps of these names lie, for pictures of `size` px. Raises CellsError."""
    [turned] = [
        node.outputs[0] for node in network.nodes if node.inputs[:1] == (INPUT,) and node.operator == "Transpose"
    ]
    return trained_cells(lambda planes: network.run({turned: planes}, names), size=size)


def rebuild(model: Model, pictures: Pixels) -> Rebuilt:
    """Rebuild a model's network; its embeddings of pictures (n, s, s, 3) must be those of the folder's encoder. Raises ModelError."""
    network = read_onnx(model.folder.read(ENCODER), name=str(model.folder.path / ENCODER))
    names = find_maps(network, pictures[:1])
    if not names:
        raise ModelError(f"{network.name}: has no map to look at: nothing in it is a plane over the picture")
    rebuilt = Rebuilt(network, names, Head(network, names, size=model.view.size), torch_similarity(model))
    check_rebuilt(rebuilt, model, pictures)
    return rebuilt


@torch.no_grad()
def find_maps(network: OnnxNetwork, pictures: Pixels, *, wanted: str = OUTPUT) -> tuple[str, ...]:
    """Return the names of the maps that lead to what is wanted: planes (n, c, h, w) that become something else, of which no plane is made
    any more.
    """
    given = {INPUT: torch.from_numpy(pictures)}
    steps = network.between(given, [wanted])
    names = [name for node in steps for name in node.outputs[:1]]
    shapes = dict(zip(names, (value.shape for value in network.run(given, names)), strict=True))
    planes = {name for name, shape in shapes.items() if len(shape) == 4 and shape[2] * shape[3] > 1}
    # From the end: what leads to a plane; the others come after the last one.
    leads: set[str] = set()
    for node in reversed(steps):
        if any(name in planes or name in leads for name in node.outputs[:1]):
            leads |= set(node.inputs)
    found = [
        name
        for node in steps
        if node.outputs[0] not in planes and node.outputs[0] not in leads
        for name in node.inputs
        if name in planes
    ]
    return tuple(dict.fromkeys(found))


def check_rebuilt(rebuilt: Rebuilt, model: Model, pictures: Pixels, *, tolerance: float = TOLERANCE) -> float:
    """Return the largest difference between a rebuilt network and the folder's: of embeddings, as a share of their root mean square, and of
    similarities to the first picture, as a share of the largest.

    Raises ModelError where it is above the tolerance: what would be shown is not what the model does.
    """
    wanted = model.encoder.encode(pictures)
    with torch.no_grad():
        embeddings = rebuilt.head(*rebuilt.maps(pictures))
        similarity = rebuilt.similarity(embeddings, embeddings[:1]).numpy()
    got = embeddings.numpy()
    if got.shape != wanted.shape:
        raise ModelError(f"{rebuilt.network.name}: in torch it gives {got.shape}, not {wanted.shape}; nothing is shown")
    scale = float(np.sqrt(np.mean(np.square(wanted)))) or 1.0
    difference = float(np.abs(wanted - got).max()) / scale
    alike = model.similarity(wanted, np.repeat(wanted[:1], len(wanted), axis=0))
    difference = max(difference, float(np.abs(alike - similarity).max()) / (float(np.abs(alike).max()) or 1.0))
    if not difference <= tolerance:
        raise ModelError(
            f"{rebuilt.network.name}: in torch it differs from itself by {difference:.2g} of its size (at most {tolerance:g}); "
            "nothing is shown"
        )
    return difference
