"""The network of a model folder as a torch network again, to be differentiated: rebuilt, and proven to be the folder's.

A folder holds its network as `encoder.onnx`, which runs but has no gradients. A tower is rebuilt from the system in `model.json` and the
weights inside that file, whose names the exporter keeps; where it folded a BatchNorm into the convolution before it, so does this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.errors import ModelError, SystemFileError
from morelli.looking.cells import Cells, find_cells
from morelli.looking.pair_map import Similarity
from morelli.model.encoder import Pixels
from morelli.model.folder import ENCODER
from morelli.model.model import Model
from morelli.model.similarity import check_kind, operator_similarity
from morelli.systems.read import check_system
from morelli.systems.system import System, Tower
from morelli.training.tower import TowerNetwork

Weights = dict[str, npt.NDArray[Any]]
TOLERANCE = 1e-3  # of the embeddings' root mean square, as for an export


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A network in parts: body, pictures (n, 3, s, s) float in [0, 1] -> the map (n, c, h, w); head, map -> embedding (n, d).

    similarity: of embeddings (n, d) and (1, d). layer: what the map is called.
    """

    body: Callable[[Tensor], Tensor]
    head: nn.Module
    similarity: Similarity
    layer: str

    def maps(self, pictures: Pixels) -> Tensor:
        """Return the maps (n, c, h, w) of pictures (n, s, s, 3) uint8."""
        with torch.inference_mode():
            return self.body(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255)

    def cells(self, *, size: int) -> Cells:
        """Return where the map's cells lie."""
        return find_cells(self.body, size=size)


def rebuild(model: Model, pictures: Pixels) -> Rebuilt:
    """Rebuild a model's network; its embeddings of pictures (n, s, s, 3) must be those of the folder's encoder. Raises ModelError."""
    place = model.folder.path
    try:
        system = check_system(model.folder.description.system, place=f"{place}: its system")
    except SystemFileError as err:
        raise ModelError(f"{err}; train the model anew with this version") from err
    kind = type(system.network)
    if kind not in _KINDS:
        known = ", ".join(sorted(one.__name__ for one in _KINDS))
        raise ModelError(f"{place}: a network of kind {kind.__name__} cannot be looked into (can be: {known})")
    weights = onnx_weights(model.folder.read(ENCODER), name=str(place / ENCODER))
    try:
        rebuilt = _KINDS[kind](system, weights)
    except (KeyError, ValueError, RuntimeError) as err:
        raise ModelError(
            f"{place / ENCODER}: its weights do not make the network of its system ({err}); train the model anew"
        ) from err
    check_rebuilt(rebuilt, model, pictures)
    return rebuilt


def check_rebuilt(rebuilt: Rebuilt, model: Model, pictures: Pixels, *, tolerance: float = TOLERANCE) -> float:
    """Return the largest difference between a rebuilt network and the folder's: of embeddings, as a share of their root mean square, and of
    similarities to the first picture, as a share of the largest.

    Raises ModelError where it is above the tolerance: what would be shown is not what the model does.
    """
    wanted = model.encoder.encode(pictures)
    with torch.inference_mode():
        embeddings = rebuilt.head(rebuilt.maps(pictures))
        similarity = rebuilt.similarity(embeddings, embeddings[:1]).numpy()
    got = embeddings.numpy()
    if got.shape != wanted.shape:
        raise ModelError(
            f"{model.folder.path}: rebuilt, it gives {got.shape[1]} values, not {wanted.shape[1]}; train it anew"
        )
    scale = float(np.sqrt(np.mean(np.square(wanted)))) or 1.0
    difference = float(np.abs(wanted - got).max()) / scale
    alike = model.similarity(wanted, np.repeat(wanted[:1], len(wanted), axis=0))
    difference = max(difference, float(np.abs(alike - similarity).max()) / (float(np.abs(alike).max()) or 1.0))
    if not difference <= tolerance:
        raise ModelError(
            f"{model.folder.path}: rebuilt, it differs from its encoder by {difference:.2g} of its size (at most {tolerance:g}); not shown"
        )
    return difference


def onnx_weights(data: bytes, *, name: str) -> Weights:
    """Return the weights inside an ONNX file by name, without the `network.` that the export puts before it. Raises ModelError."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.load_from_string(data).graph
    except DecodeError as err:
        raise ModelError(f"{name}: not an ONNX file: {err}; copy the model folder again") from err
    return {one.name.removeprefix("network."): onnx.numpy_helper.to_array(one) for one in graph.initializer}


def rebuild_tower(system: System, weights: Weights) -> Rebuilt:
    """Rebuild a tower: its map is what its last block gives. Raises KeyError or RuntimeError for weights that do not fit."""
    network = TowerNetwork(system.network, size=system.view.size)
    for number, layer in enumerate(network.features):
        if isinstance(layer, nn.BatchNorm2d) and f"features.{number}.weight" not in weights:
            network.features[number] = nn.Identity()  # folded into the convolution before it
    state = {}
    for name, target in network.state_dict().items():
        folded = name.endswith("num_batches_tracked")
        state[name] = target if folded else torch.from_numpy(np.array(weights[name], dtype=np.float32))
    network.load_state_dict(state)
    network.eval().requires_grad_(False)

    def body(pictures: Tensor) -> Tensor:
        maps: Tensor = network.features((pictures - network.mean) / network.deviation)
        return maps

    similarity = partial(operator_similarity, kind=check_kind(system.similarity))
    return Rebuilt(body, network.head, similarity, f"block {len(system.network.blocks)}")


# One entry a kind of network; a new kind needs its function and its line here.
_KINDS: dict[type, Callable[[System, Weights], Rebuilt]] = {Tower: rebuild_tower}
